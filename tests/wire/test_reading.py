"""P-DATA-TF PDUs, in any pieces, to fragments."""

import struct
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.wire.errors import PduError
from dcmtools.wire.framing import frame_dataset
from dcmtools.wire.reading import LENGTH_SLACK, Fragment, PDataReader

from .strategies import joined, pdu, pdv, split

RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"

COMMAND, LAST = 1, 2

pdvs = st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=30))
pdv_lists = st.lists(st.lists(pdvs, min_size=1, max_size=4), max_size=6)


def merged(
    fragments: Iterable[Fragment | tuple[int, bool, bool, bytes]],
) -> list[tuple[int, bool, bool, bytes]]:
    """The fragments with the pieces of one context and kind put together, up to each last one."""
    whole: list[tuple[int, bool, bool, bytes]] = []
    for context_id, is_command, is_last, data in fragments:
        before = b""
        if whole and whole[-1][:3] == (context_id, is_command, False):
            before = whole.pop()[3]
        whole.append((context_id, is_command, is_last, before + bytes(data)))
    return whole


def read(reader: PDataReader, pieces: Iterable[bytes]) -> list[tuple[int, bool, bool, bytes]]:
    return merged(fragment for piece in pieces for fragment in reader.feed(piece))


@given(pdv_lists, st.data())
def test_any_pdus_in_any_pieces_are_read(
    pdus: list[list[tuple[int, int, bytes]]], data: st.DataObject
) -> None:
    stream = b"".join(pdu(*(pdv(*value) for value in values)) for values in pdus)
    expected = merged(
        (context_id, control & COMMAND != 0, control & LAST != 0, fragment)
        for values in pdus
        for context_id, control, fragment in values
    )
    reader = PDataReader(16382)
    assert read(reader, data.draw(split(stream))) == expected
    assert reader.at_boundary
    assert not reader.foreign


def test_byte_by_byte_a_boundary_and_a_last_piece_come_with_the_end_of_a_pdu() -> None:
    first = pdu(pdv(1, COMMAND, b"ab"), pdv(1, COMMAND | LAST, b""))
    stream = first + pdu(pdv(1, LAST, b"cd"))
    reader = PDataReader(0)
    boundaries, ends = [], []
    for size in range(1, len(stream) + 1):
        ends += [size for fragment in reader.feed(stream[size - 1 : size]) if fragment.is_last]
        assert reader.consumed == 1
        if reader.at_boundary:
            boundaries.append(size)
    assert boundaries == ends == [len(first), len(stream)]


def test_a_cut_fragment_is_last_only_with_its_last_piece() -> None:
    stream = pdu(pdv(5, LAST, b"abcdef"))
    reader = PDataReader(0)
    pieces = [list(reader.feed(piece)) for piece in (stream[:12], stream[12:15], stream[15:])]
    assert pieces == [
        [],
        [Fragment(5, False, False, memoryview(b"abc"))],
        [Fragment(5, False, True, memoryview(b"def"))],
    ]


def test_data_are_slices_of_what_was_fed() -> None:
    fed = bytearray(pdu(pdv(1, LAST, b"abcdef")))
    (fragment,) = PDataReader(0).feed(fed)
    assert fragment.data.obj is fed


@pytest.mark.parametrize("control", range(256))
def test_reserved_bits_of_the_control_header_are_ignored(control: int) -> None:
    (fragment,) = PDataReader(0).feed(pdu(pdv(1, control, b"ab")))
    assert (fragment.is_command, fragment.is_last) == (control % 2 == 1, control // 2 % 2 == 1)


@given(st.binary(max_size=100), st.integers(0, 255).filter(lambda first: first != 4), st.data())
def test_reading_stops_before_a_foreign_pdu(rest: bytes, pdu_type: int, data: st.DataObject) -> None:
    before = pdu(pdv(1, 0, b"ab"), pdv(1, LAST, b"cd"))
    stream = before + bytes([pdu_type]) + rest
    reader = PDataReader(0)
    left = b""
    for piece in data.draw(split(stream)):
        list(reader.feed(piece))
        left += piece[reader.consumed :]
    assert reader.foreign
    assert reader.at_boundary
    assert left == stream[len(before) :]


def test_what_is_consumed_and_what_follows_is_known_with_each_fragment() -> None:
    stream = pdu(pdv(1, 0, b"ab"), pdv(1, LAST, b"cd"))
    reader = PDataReader(0)
    states = [
        (reader.consumed, reader.foreign, reader.at_boundary) for _ in reader.feed(stream + stream + RELEASE)
    ]
    size = len(stream)
    assert states == [
        (14, False, False),
        (size, False, True),
        (size + 14, False, False),
        (2 * size, True, True),
    ]
    assert list(reader.feed(stream)) == []
    assert reader.consumed == 0


def test_the_type_is_looked_at_before_the_length() -> None:
    reader = PDataReader(16382)
    assert list(reader.feed(b"GET / HTTP/1.1\r\n")) == []
    assert reader.foreign
    assert reader.consumed == 0


@pytest.mark.parametrize("maximum_length", [8, 9, 16382, 16383])
def test_a_pdu_may_be_a_little_longer_than_announced(maximum_length: int) -> None:
    longest = maximum_length + LENGTH_SLACK
    list(PDataReader(maximum_length).feed(struct.pack(">BxI", 4, longest)))
    with pytest.raises(PduError, match=f"length of {longest + 1}"):
        list(PDataReader(maximum_length).feed(struct.pack(">BxI", 4, longest + 1)))


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(pdu(), id="without a PDV"),
        pytest.param(pdu(b"abcde"), id="too short for the header of a PDV"),
        pytest.param(pdu(struct.pack(">IBB", 0, 1, 2)), id="PDV length 0"),
        pytest.param(pdu(struct.pack(">IBB", 1, 1, 2)), id="PDV length 1"),
        pytest.param(pdu(struct.pack(">IBB", 0, 1, 2), pdv(1, 2, b"ab")), id="PDV length 0 before another"),
        pytest.param(pdu(struct.pack(">IBB", 1, 1, 2), pdv(1, 2, b"abc")), id="PDV length 1 before another"),
        pytest.param(pdu(struct.pack(">IBB", 3, 1, 2)), id="PDV longer than its PDU"),
        pytest.param(pdu(struct.pack(">IBB", 0xFFFFFFFF, 1, 2)), id="PDV of 4 GiB"),
        pytest.param(pdu(pdv(1, 0, b"ab"), b"abcde"), id="half a header after the last PDV"),
        pytest.param(pdu(pdv(1, 0, b"ab"), b"abcdef"), id="a second PDV longer than its PDU"),
        pytest.param(pdu(pdv(1, 0, b"ab"), b"\0\0\0\1\1\2"), id="a second PDV of length 1"),
    ],
)
@pytest.mark.parametrize("step", [1, 5, 1000])
def test_malformed_pdus_are_errors_after_what_was_whole(stream: bytes, step: int) -> None:
    good = pdu(pdv(7, LAST, b"good"))
    reader = PDataReader(16382)
    found = b""
    with pytest.raises(PduError):
        for start in range(0, len(good + stream), step):
            for fragment in reader.feed((good + stream)[start : start + step]):
                found += fragment.data
    assert found.startswith(b"good")


@pytest.mark.parametrize("maximum_length", [0, 16382])
@given(
    st.binary(max_size=200)
    | pdv_lists.map(lambda pdus: b"".join(pdu(*(pdv(*value) for value in values))[4:] for values in pdus)),
    st.data(),
)
def test_any_bytes_are_fragments_or_a_pdu_error_and_so_are_those_after_an_error(
    maximum_length: int, stream: bytes, data: st.DataObject
) -> None:
    reader = PDataReader(maximum_length)
    size = 0
    for piece in data.draw(split(b"\x04\x00\x00\x00" + stream)):
        try:
            for fragment in reader.feed(piece):
                size += len(fragment.data)
        except PduError as error:
            assert str(error)
    assert size <= len(stream)


def test_a_huge_pdu_is_read_in_constant_memory() -> None:
    size = 0xFFFFFFFF
    piece = bytes(1 << 20)
    reader = PDataReader(0)
    tracemalloc.start()
    try:
        list(reader.feed(struct.pack(">BxIIBB", 4, size, size - 4, 1, LAST)))
        left = size - 6
        while left:
            for fragment in reader.feed(piece[: min(left, len(piece))]):
                left -= len(fragment.data)
                assert fragment.is_last == (left == 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reader.at_boundary
    assert peak < 2 * len(piece)


def test_millions_of_empty_fragments_are_read_in_constant_memory() -> None:
    stream = joined(frame_dataset(1, b"", 8)) * 20_000
    reader = PDataReader(8)
    tracemalloc.start()
    try:
        assert sum(fragment.is_last for fragment in reader.feed(stream)) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100_000
