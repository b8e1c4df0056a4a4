"""What the data dictionary says, by whatever name somebody asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary
from pydicom.uid import UID_dictionary

from dcmtools.dicom.dictionary import VALUE_REPRESENTATIONS, Entry, look_up, similar_names

PATIENT_NAME = Entry(
    "(0010,0010)",
    "data element",
    "Patient's Name",
    {"keyword": "PatientName", "VR": "PN (Person Name)", "VM": "1"},
)
JPEG_2000 = Entry(
    "1.2.840.10008.1.2.4.90",
    "Transfer Syntax",
    "JPEG 2000 Image Compression (Lossless Only)",
    {"keyword": "JPEG2000Lossless", "encoding": "explicit VR, little endian, compressed pixel data"},
)


@pytest.mark.parametrize(
    "text",
    [
        "(0010,0010)",
        "0010,0010",
        "00100010",
        "0x00100010",
        "PatientName",
        "patientname",
        "Patient's Name",
        " PatientName ",
    ],
)
def test_an_element_by_each_of_its_names(text: str) -> None:
    assert list(look_up(text)) == [PATIENT_NAME]


@pytest.mark.parametrize(
    "text", ["1.2.840.10008.1.2.4.90", "JPEG2000Lossless", "JPEG 2000 Image Compression (Lossless Only)"]
)
def test_a_uid_by_each_of_its_names(text: str) -> None:
    assert list(look_up(text)) == [JPEG_2000]


@pytest.mark.parametrize(
    ("text", "name", "fact", "value"),
    [
        ("1.2.840.10008.1.2", "Implicit VR Little Endian", "encoding", "implicit VR, little endian"),
        ("1.2.840.10008.1.2.2", "Explicit VR Big Endian", "encoding", "explicit VR, big endian"),
        (
            "1.2.840.10008.1.2.1.99",
            "Deflated Explicit VR Little Endian",
            "encoding",
            "explicit VR, little endian, deflated data set",
        ),
        ("1.2.840.10008.1.2.2", "Explicit VR Big Endian", "retired", "yes"),
        ("(6002,3000)", "Overlay Data", "VR", "OB (Other Byte) or OW (Other Word)"),
        ("(0010,0000)", "Group Length", "VR", "UL (Unsigned Long)"),
        ("(0009,0010)", "Private Creator", "reserves", "(0009,10xx)"),
        (
            "(0019,100C)",
            "as its private creator has it",
            "creator",
            "(0019,0010) in the data set says whose it is",
        ),
        ("(0019,100C)", "as its private creator has it", "SIEMENS MR HEADER", "B_value (IS)"),
    ],
)
def test_facts(text: str, name: str, fact: str, value: str) -> None:
    (entry,) = look_up(text)
    assert entry.name == name
    assert entry.facts[fact] == value


def test_value_representations() -> None:
    assert list(look_up("pn")) == [Entry("PN", "value representation", "Person Name", {})]


def test_all_of_the_dictionary_is_found() -> None:
    for tag in DicomDictionary:
        assert len(list(look_up(f"{tag:08X}"))) == 1
    for uid in UID_dictionary:
        assert len(list(look_up(uid))) == 1
    vrs = {vr for entry in DicomDictionary.values() for vr in entry[0].split(" or ")} - {"NONE"}
    assert vrs <= VALUE_REPRESENTATIONS.keys()


@given(st.text())
def test_whatever_somebody_asks(text: str) -> None:
    for entry in look_up(text):
        assert entry.name


def test_similar_names() -> None:
    assert similar_names("PatientNam")[0] == "PatientName"
    assert similar_names("CTImageStorag")[0] == "CTImageStorage"
    assert similar_names("qqqqqqqq") == []
