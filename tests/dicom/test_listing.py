"""The listing of a dataset, line by line as pynetdicom writes it, safe for a terminal."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from pydicom import Dataset, dcmread
from pydicom.data import get_charset_files, get_testdata_file
from pydicom.dataelem import RawDataElement
from pydicom.filereader import read_dataset
from pydicom.tag import Tag
from pynetdicom.dsutils import pretty_dataset

from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.text import safe_text

from .datasets import odd_datasets


def listing(*keys: str) -> list[str]:
    return list(list_dataset(build_identifier(keys)))


def read(content: bytes) -> Dataset:
    return read_dataset(BytesIO(content), is_implicit_VR=False, is_little_endian=True)


def test_one_line_for_each_element() -> None:
    assert listing(
        "QueryRetrieveLevel=STUDY",
        "PatientName=",
        "ModalitiesInStudy=CT\\MR",
        "Columns=1\\2",
        "PatientSize=1.50",
        "SelectorATValue=00100010",
        "(6000,3000)=00ff",
        "PixelData=" + 14 * "00",
        "(0009,0010)=CREATOR",
        "(0009,1001)=41",
    ) == [
        "(0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel",
        "(0008,0061) CS [CT\\MR]                                  # 2 ModalitiesInStudy",
        "(0009,0010) LO [CREATOR]                                # 1 ",
        "(0009,1001) UN [41]                                     # 1 ",
        "(0010,0010) PN (no value available)                     # 0 PatientName",
        "(0010,1020) DS [1.50]                                   # 1 PatientSize",
        "(0028,0011) US [1\\2]                                    # 2 Columns",
        "(0072,0060) AT [(0010,0010)]                            # 1 SelectorATValue",
        "(6000,3000) OB [00 ff]                                  # 1 OverlayData",
        "(7FE0,0010) OB (14 bytes of binary data)                # 1 PixelData",
    ]


def test_items_are_indented() -> None:
    assert listing("BeamSequence[1].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1") == [
        "(300A,00B0) SQ (Sequence with 2 items)                  # 1 BeamSequence",
        "  (Sequence item #1)",
        "  (Sequence item #2)",
        "    (300A,00B6) SQ (Sequence with 1 item)                   # 1 BeamLimitingDeviceSequence",
        "      (Sequence item #1)",
        "        (300A,00BC) IS [1]                                      # 1 NumberOfLeafJawPairs",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small.dcm",
        "rtplan.dcm",
        "reportsi.dcm",
        "image_dfl.dcm",
    ],
)
def test_same_lines_as_pynetdicom(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    compare(Path(path))


@pytest.mark.parametrize("name", ["chrH31.dcm", "chrX1.dcm", "chrRuss.dcm", "chrSQEncoding1.dcm"])
def test_same_lines_as_pynetdicom_in_other_scripts(name: str) -> None:
    compare(Path(get_charset_files(name)[0]))


def compare(path: Path) -> None:
    ours, theirs = list(list_dataset(dcmread(path))), pretty_dataset(dcmread(path))
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        if ") SQ (" in their:  # not indented by pynetdicom
            assert our.lstrip() == their
        elif ") UN [b" not in their:  # pynetdicom shows these bytes as Python writes them
            assert our == their


def test_control_characters_are_shown_as_escapes() -> None:
    ds = read(b"\x10\x00\x10\x00PN\x08\x00\x1b[31mA\n ")
    assert list(list_dataset(ds)) == [
        r"(0010,0010) PN [\x1b[31mA\x0a]                          # 1 PatientName"
    ]


@pytest.mark.parametrize(
    ("vr", "value", "shown"),
    [
        ("IS", b"abc ", "[abc]"),
        ("IS", b"\xe9bc ", "[ébc]"),
        ("US", b"abc", "[61 62 63]"),
        ("ZZ", b"abcd", "[61 62 63 64]"),
        ("\x1b\n", b"ab", "[61 62]"),
        ("ZZ", bytes(14), "(14 bytes of binary data)"),
    ],
)
def test_a_value_that_cannot_be_decoded_is_shown_as_it_is(vr: str, value: bytes, shown: str) -> None:
    raw = RawDataElement(Tag("Rows"), vr, len(value), value, 0, False, True)
    assert list(list_dataset(Dataset({raw.tag: raw}))) == [
        f"(0028,0010) {safe_text(vr)} {shown: <40} # 1 Rows"
    ]


def test_text_that_does_not_fit_its_character_set_is_shown() -> None:
    ds = read(b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192\x10\x00\x10\x00PN\x02\x00\xe9A")
    assert list(list_dataset(ds))[1].startswith("(0010,0010) PN [\N{REPLACEMENT CHARACTER}A]")


def test_nesting_without_end_is_cut() -> None:
    ds = Dataset()
    for _ in range(500):
        outer = Dataset()
        outer.BeamSequence = [ds]
        ds = outer
    assert list(list_dataset(ds))[-1].strip() == "(nested too deep to be shown)"


@given(odd_datasets())
def test_no_dataset_raises_or_warns(ds: Dataset) -> None:
    lines = list(list_dataset(ds))
    assert len(lines) >= len(ds)
    for line in lines:
        assert safe_text(line) == line
