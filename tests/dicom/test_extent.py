"""How much a dataset may hold that is to be decoded as a whole."""

from __future__ import annotations

import struct

import pytest
from pydicom import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from dcmtools.dicom.encoding import decode_dataset, deflate, encode_dataset
from dcmtools.dicom.extent import MOST_PARTS, MOST_VALUES, check_extent
from dcmtools.dicom.transfer_syntaxes import encoding_of

SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    UID("1.2.840.10008.1.2.2"),
]
ITEM = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"


def sequence(body: bytes) -> bytes:
    return b"\x08\x00\x40\x11SQ\x00\x00" + struct.pack("<I", len(body)) + body


def nested(items: int) -> Dataset:
    """A dataset with a sequence in a sequence, which has so many items of one element."""
    inner = []
    for number in range(items):
        entry = Dataset()
        entry.ReferencedSOPInstanceUID = f"1.2.{number}"
        inner.append(entry)
    outer = Dataset()
    outer.ReferencedSOPSequence = inner
    dataset = Dataset()
    dataset.ReferencedSeriesSequence = [outer]
    dataset.PatientName = "Doe"
    return dataset


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_elements_and_items_are_counted_in_sequences_too(syntax: UID) -> None:
    around = 4  # the two sequences, an item, a name
    fitting = (MOST_PARTS - around) // 2
    check_extent(encode_dataset(nested(fitting), syntax), encoding_of(syntax))
    with pytest.raises(ValueError, match="more than"):
        check_extent(encode_dataset(nested(fitting + 1), syntax), encoding_of(syntax))


def test_many_empty_items() -> None:
    with pytest.raises(ValueError, match="elements and items"):
        decode_dataset(sequence(ITEM * 300_000), ExplicitVRLittleEndian)


def test_many_values() -> None:
    dataset = Dataset()
    dataset.StudyInstanceUID = ["1.2"] * (MOST_VALUES + 1)
    encoded = encode_dataset(dataset, ImplicitVRLittleEndian)
    with pytest.raises(ValueError, match="values"):
        decode_dataset(encoded, ImplicitVRLittleEndian)


def test_many_elements_in_a_deflated_dataset() -> None:
    with pytest.raises(ValueError, match="elements and items"):
        decode_dataset(deflate(sequence(ITEM * 300_000)), DeflatedExplicitVRLittleEndian)


def test_a_list_of_uids_that_an_archive_may_be_asked_for() -> None:
    dataset = Dataset()
    dataset.SOPInstanceUID = [f"1.2.826.0.1.3680043.8.498.1{number:031}" for number in range(20_000)]
    encoded = encode_dataset(dataset, ImplicitVRLittleEndian)
    assert decode_dataset(encoded, ImplicitVRLittleEndian) == dataset


def test_what_cannot_be_decoded_is_said_on_one_line() -> None:
    """The messages of pydicom have a traceback behind their first line."""
    odd = b"\x28\x00\x10\x00US\x03\x00abc"  # Rows, of three bytes
    with pytest.raises(ValueError, match=r"\(0028,0010\)") as caught:
        decode_dataset(odd, ExplicitVRLittleEndian)
    assert "\n" in str(caught.value.__cause__)
    assert "\n" not in str(caught.value)
