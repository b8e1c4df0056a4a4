from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.element_group import GroupReader
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_LITTLE, Encoding

from .encoded import ENCODINGS, element

WANTED = (0x16, 0x18)
values = st.binary(max_size=6).map(lambda value: value + b"\0" * (len(value) % 2))
numbers = st.sampled_from((0x00, 0x05, 0x08, 0x16, 0x18, 0x20))
vrs = st.sampled_from((b"UI", b"CS", b"OB", b"UN"))
groups = st.lists(st.tuples(numbers, vrs, values), max_size=6)


def encoded(members: list[tuple[int, bytes, bytes]], encoding: Encoding) -> bytes:
    return b"".join(element(0x00080000 | number, vr, value, encoding) for number, vr, value in members)


def read_anew(data: bytes, start: int, encoding: Encoding) -> tuple[dict[int, bytes], int]:
    return GroupReader(0x0008, WANTED, encoding, last=0x18).read(data, start)


@given(
    st.lists(st.tuples(groups, st.integers(0, 5), st.integers(0, 40)), max_size=12),
    st.sampled_from(ENCODINGS),
)
def test_what_was_read_before_changes_nothing(files, encoding):
    reader = GroupReader(0x0008, WANTED, encoding, last=0x18)
    for members, start, cut in files * 2:
        data = bytes(start) + encoded(members, encoding) + element(0x00100010, b"PN", b"A^B ", encoding)
        for head in (data, data[: len(data) - cut], bytearray(data)):
            assert reader.read(head, start) == read_anew(head, start, encoding)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_are_read_alike(first, second):
    reader = GroupReader(0x0008, WANTED, EXPLICIT_LITTLE)
    group = encoded([(0x16, b"UI", b"1.2 "), (0x18, b"UI", b"1.3 ")], EXPLICIT_LITTLE)
    for data in (first, group + first, group + second, first + second, group + first):
        assert reader.read(data, 0) == GroupReader(0x0008, WANTED, EXPLICIT_LITTLE).read(data, 0)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_values_differ_where_headers_do_not(encoding):
    reader = GroupReader(0x0008, WANTED, encoding, last=0x18)
    for uid in (b"1.2.3.4 ", b"1.2.3.5 ", b"1.2.3.45", b"1.2.3.456\0", b"1.2.3.6 "):
        members = [
            (0x05, b"CS", b"ISO_IR 100"),
            (0x16, b"UI", b"1.2 "),
            (0x18, b"UI", uid),
            (0x20, b"DA", b""),
        ]
        data = encoded(members, encoding) + bytes(12)
        assert reader.read(data, 0) == ({0x16: b"1.2 ", 0x18: uid}, len(encoded(members[:3], encoding)))


def test_of_two_elements_of_one_number_the_first_counts():
    data = encoded([(0x18, b"UI", b"1.2 "), (0x18, b"UI", b"1.3 ")], EXPLICIT_LITTLE) + bytes(12)
    reader = GroupReader(0x0008, WANTED, EXPLICIT_LITTLE, last=0x18)
    for _ in range(2):
        assert reader.read(data, 0)[0] == {0x18: b"1.2 "}
