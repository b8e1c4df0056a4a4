from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.file_head import read_dataset_uids, read_file_meta, shown_transfer_syntax
from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from dcmtools.dicom.walk import CutDatasetError

from .encoded import element, item, sequence

ELEMENTS = (
    element(0x00020001, b"OB", b"\0\1"),
    element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
    element(0x00020003, b"UI", b"1.2.3\0"),
    element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0"),
    element(0x00020016, b"AE", b"SOMEONE "),
)
META = b"".join(ELEMENTS)
DATASET = element(0x00080005, b"CS", b"ISO_IR 100")


def with_length(group: bytes, length: int | None = None) -> bytes:
    stated = len(group) if length is None else length
    return element(0x00020000, b"UL", stated.to_bytes(4, "little")) + group


def file(group: bytes) -> bytes:
    return bytes(128) + b"DICM" + group


@pytest.mark.parametrize("stated", [None, 0, 10, 4000, 0xFFFFFFFF])
def test_the_group_ends_where_another_begins(stated):
    for head in (file(with_length(META, stated)), with_length(META, stated), META, file(META)):
        meta = read_file_meta(head + DATASET)
        assert meta == ("1.2.840.10008.5.1.4.1.1.2", EXPLICIT_VR_LITTLE_ENDIAN, len(head))
        assert read_file_meta(head).end == len(head)


def test_a_file_may_have_no_file_meta_information():
    assert read_file_meta(DATASET) == ("", "", 0)
    assert read_file_meta(file(DATASET)) == ("", "", 132)
    assert read_file_meta(b"") == ("", "", 0)


@pytest.mark.parametrize("count", range(len(ELEMENTS)))
def test_a_cut_inside_the_group_is_found(count):
    whole = file(with_length(b"".join(ELEMENTS[:count])))
    assert read_file_meta(whole).end == len(whole)
    for kept in range(2, len(ELEMENTS[count])):
        with pytest.raises(CutDatasetError):
            read_file_meta(whole + ELEMENTS[count][:kept])


def test_the_group_length_counts_before_a_deflated_dataset():
    group = META.replace(b"\x14\x001.2.840.10008.1.2.1\0", b"\x16\x001.2.840.10008.1.2.1.99")
    head = file(with_length(group))
    meta = read_file_meta(head + b"\x02\x00\x10\x00 anything")
    assert (meta.transfer_syntax_uid, meta.end) == (DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, len(head))


@pytest.mark.parametrize(
    ("encoding", "uid"),
    [
        (EXPLICIT_LITTLE, EXPLICIT_VR_LITTLE_ENDIAN),
        (EXPLICIT_BIG, EXPLICIT_VR_BIG_ENDIAN),
        (IMPLICIT_LITTLE, IMPLICIT_VR_LITTLE_ENDIAN),
    ],
)
def test_the_first_element_shows_its_transfer_syntax(encoding, uid):
    for first in (
        element(0x00080005, b"CS", b"ISO_IR 100", encoding),
        element(0x00081140, b"SQ", b"", encoding),
    ):
        assert shown_transfer_syntax(first, 0) == uid
        assert shown_transfer_syntax(b"xyz" + first, 3) == uid


@pytest.mark.parametrize("data", [b"", b"\x08", b"\x00\x08\x00\x05\x00\x00\x00\x0a"])
def test_what_is_no_element_shows_no_transfer_syntax(data):
    assert shown_transfer_syntax(data, 0) == ""


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE])
@pytest.mark.parametrize("defined", [True, False])
def test_the_uids_of_the_dataset_are_found_behind_sequences(encoding, defined):
    syntax = {
        EXPLICIT_LITTLE: EXPLICIT_VR_LITTLE_ENDIAN,
        EXPLICIT_BIG: EXPLICIT_VR_BIG_ENDIAN,
        IMPLICIT_LITTLE: IMPLICIT_VR_LITTLE_ENDIAN,
    }[encoding]
    uids = element(0x00080016, b"UI", b"1.2\0", encoding) + element(0x00080018, b"UI", b"1.2.3\0", encoding)
    other = element(0x00080018, b"UI", b"9.9\0", encoding)
    before = sequence(0x00080006, [item(other, encoding, defined=defined)], encoding, defined=defined)
    for data in (uids, before + uids):
        assert read_dataset_uids(b"xyz" + data, 3, syntax) == ("1.2", "1.2.3")
        assert read_dataset_uids(data[:-1], 0, syntax)[1] == ""


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_cut(data):
    for head in (data, file(data), file(with_length(data))):
        try:
            meta = read_file_meta(head)
        except CutDatasetError:
            continue
        read_dataset_uids(head, meta.end, shown_transfer_syntax(head, meta.end))
