"""The DICOM JSON Model (PS3.18 annex F)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from pydicom import Dataset, dcmread
from pydicom.data import get_charset_files, get_testdata_file
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.json_model import json_model, json_text
from dcmtools.dicom.text import safe_text

from .datasets import dataset, odd_datasets


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("PatientName=Doe^Jane", {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}),
        (
            "PatientName=A=山田^太郎=や",
            {"vr": "PN", "Value": [{"Alphabetic": "A", "Ideographic": "山田^太郎", "Phonetic": "や"}]},
        ),
        ("PatientName==山田", {"vr": "PN", "Value": [{"Ideographic": "山田"}]}),
        ("OtherPatientNames=A\\\\B", {"vr": "PN", "Value": [{"Alphabetic": "A"}, None, {"Alphabetic": "B"}]}),
        ("StudyDate", {"vr": "DA"}),
        ("ModalitiesInStudy=CT\\\\MR", {"vr": "CS", "Value": ["CT", None, "MR"]}),
        ("SeriesNumber=007", {"vr": "IS", "Value": [7]}),
        ("PatientSize=1.50", {"vr": "DS", "Value": [1.5]}),
        ("PatientSize=1e999", {"vr": "DS", "Value": ["1e999"]}),
        ("Columns=512", {"vr": "US", "Value": [512]}),
        ("SelectorUVValue=18446744073709551615", {"vr": "UV", "Value": ["18446744073709551615"]}),
        ("SelectorATValue=00100010", {"vr": "AT", "Value": ["00100010"]}),
        ("PixelData=00ff", {"vr": "OB", "InlineBinary": "AP8="}),
        ("OtherPatientIDsSequence", {"vr": "SQ"}),
        (
            "OtherPatientIDsSequence[1].PatientID=7",
            {"vr": "SQ", "Value": [{}, {"00100020": {"vr": "LO", "Value": ["7"]}}]},
        ),
    ],
)
def test_attributes(key: str, expected: object) -> None:
    model = json_model(build_identifier([key]))
    model.pop("00080005", None)
    assert list(model.values()) == [expected]


def test_numbers_that_json_does_not_have() -> None:
    values = [math.nan, math.inf, -math.inf, 0.5]
    assert json_model(dataset(SelectorFDValue=values)) == {
        "00720074": {"vr": "FD", "Value": ["NaN", "inf", "-inf", 0.5]},
    }


def test_the_text_is_unicode_whatever_it_was() -> None:
    path = Path(get_charset_files("chrH31.dcm")[0])
    model = json.loads(json_text(dcmread(path)))
    assert model["00080005"] == {"vr": "CS", "Value": ["ISO_IR 192"]}
    assert model["00100010"]["Value"][0]["Ideographic"] == "山田^太郎"


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtplan.dcm", "reportsi.dcm"])
def test_pydicom_reads_it(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    ds = dcmread(path, stop_before_pixels=True)
    read = Dataset.from_json(json_text(ds))
    assert [element.tag for element in read] == [element.tag for element in ds if element.tag.element]
    for element in read:
        if element.VR in {"LO", "PN", "UI", "DA", "SH"}:
            assert element.value == ds[element.tag].value


def test_control_characters_are_escapes() -> None:
    ds = Dataset()
    ds.add_new(0x00104000, "LT", "a\x1b[31m\x9b\u202e\r\nb\U000e0041")
    text = json_text(ds)
    assert safe_text(text) == text
    assert json.loads(text)["00104000"]["Value"] == ["a\x1b[31m\x9b\u202e\r\nb\U000e0041"]


@given(odd_datasets())
def test_any_dataset(ds: Dataset) -> None:
    text = json_text(ds)
    assert safe_text(text) == text
    assert json.loads(text).keys() == {f"{tag:08X}" for tag in ds.keys()}  # noqa: SIM118


def test_nesting_without_end_is_cut() -> None:
    ds = Dataset()
    for _ in range(500):
        outer = Dataset()
        outer.BeamSequence = [ds]
        ds = outer
    assert json_text(ds).count("300A00B0") == 65


def test_a_number_that_is_none_is_text() -> None:
    raw = RawDataElement(Tag("SeriesNumber"), "IS", 4, b"1-2 ", 0, False, True)
    assert json_model(Dataset({raw.tag: raw})) == {"00200011": {"vr": "IS", "Value": ["1-2"]}}
