"""The elements of a dataset with plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from dcmtools.dicom.element_values import Element, element, elements
from dcmtools.dicom.identifier import build_identifier

from .datasets import odd_datasets


def only(*keys: str) -> Element:
    (found,) = (each for each in elements(build_identifier(keys)) if each.tag != 0x00080005)
    return found


@pytest.mark.parametrize(
    ("key", "vr", "values"),
    [
        ("PatientName=Doe^Jane", "PN", ("Doe^Jane",)),
        ("PatientName=Yamada^Tarou=山田^太郎", "PN", ("Yamada^Tarou=山田^太郎",)),
        ("PatientName=^^^^", "PN", ()),
        ("PatientName", "PN", ()),
        ("ModalitiesInStudy=CT\\MR", "CS", ("CT", "MR")),
        ("ModalitiesInStudy=CT\\\\MR", "CS", ("CT", "", "MR")),
        ("ImageType=DERIVED \\ PRIMARY", "CS", ("DERIVED", "PRIMARY")),
        ("PatientSize=1.50", "DS", ("1.50",)),
        ("SeriesNumber=7", "IS", ("7",)),
        ("Columns=1\\2", "US", (1, 2)),
        ("SelectorATValue=00100010", "AT", ("00100010",)),
        ("SelectorFDValue=1.5", "FD", (1.5,)),
        ("PixelData=00ff", "OB", (b"\0\xff",)),
        ("(0009,1001)=4142", "UN", (b"AB",)),
    ],
)
def test_values(key: str, vr: str, values: tuple[object, ...]) -> None:
    found = only(key)
    assert (found.vr, found.values, found.items) == (vr, values, ())


def test_items() -> None:
    found = only("OtherPatientIDsSequence[1].PatientID=7")
    assert (found.vr, found.values, len(found.items)) == ("SQ", (), 2)
    assert [each.values for each in elements(found.items[1])] == [("7",)]


def raw(vr: str, value: bytes, tag: str = "SeriesNumber") -> Dataset:
    element = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
    return Dataset({element.tag: element})


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("IS", b"abc ", ("IS", ("abc",))),
        ("IS", b"1\\abc ", ("IS", ("1", "abc"))),
        ("US", b"abc", ("UN", (b"abc",))),
        ("ZZ", b"ab", ("UN", (b"ab",))),
    ],
)
def test_what_cannot_be_decoded(vr: str, value: bytes, expected: tuple[str, tuple[object, ...]]) -> None:
    (found,) = elements(raw(vr, value))
    assert (found.vr, found.values) == expected


def test_group_lengths_and_absent_elements() -> None:
    ds = Dataset()
    ds.add_new(0x00100000, "UL", 10)
    assert list(elements(ds)) == []
    assert element(ds, Tag("PatientID")) is None


@given(odd_datasets())
def test_any_dataset(ds: Dataset) -> None:
    for found in elements(ds):
        assert len(found.vr) == 2
        assert all(isinstance(value, str | int | float | bytes) for value in found.values)
