"""Command sets and datasets in P-DATA-TF PDUs."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.wire.errors import FramingError
from dcmtools.wire.framing import LARGEST_FRAGMENT, fragment_size, frame_command, frame_dataset

from .strategies import context_ids, joined, maximum_lengths


def fragments_in(stream: bytes, maximum_length: int) -> list[tuple[int, int, bytes]]:
    """The context ID, control header and data of each PDU, which must hold one PDV."""
    found, offset = [], 0
    while offset < len(stream):
        pdu_type, reserved, length, value_length, context_id, control = struct.unpack_from(
            ">BBIIBB", stream, offset
        )
        assert (pdu_type, reserved) == (4, 0)
        assert length == value_length + 4
        assert not maximum_length or length <= maximum_length
        found.append((context_id, control, stream[offset + 12 : offset + 6 + length]))
        offset += 6 + length
    assert offset == len(stream)
    return found


@pytest.mark.parametrize(
    ("maximum_length", "size"),
    [
        (8, 2),
        (9, 2),
        (10, 4),
        (16382, 16376),
        (16383, 16376),
        (16384, 16378),
        (131072, 131066),
        (0, LARGEST_FRAGMENT),
        (LARGEST_FRAGMENT + 7, LARGEST_FRAGMENT),
        (0xFFFFFFFF, LARGEST_FRAGMENT),
    ],
)
def test_a_fragment_is_as_large_as_fits_and_even(maximum_length: int, size: int) -> None:
    assert fragment_size(maximum_length) == size


@pytest.mark.parametrize("maximum_length", [1, 2, 6, 7, -1])
def test_a_maximum_without_room_for_data_is_an_error(maximum_length: int) -> None:
    message = f"maximum PDU length of {maximum_length} "
    with pytest.raises(FramingError, match=message):
        fragment_size(maximum_length)
    with pytest.raises(FramingError, match=message):
        frame_command(1, b"ab", maximum_length)
    with pytest.raises(FramingError, match=message):
        frame_dataset(1, b"", maximum_length)


@given(context_ids, st.binary(max_size=2000), maximum_lengths, st.booleans())
def test_fragments_are_even_and_only_the_final_one_is_the_last(
    context_id: int, data: bytes, maximum_length: int, command: bool
) -> None:
    frame = frame_command if command else frame_dataset
    fragments = fragments_in(joined(frame(context_id, data, maximum_length)), maximum_length)
    assert b"".join(fragment for _, _, fragment in fragments) == data
    assert {found for found, _, _ in fragments} == {context_id}
    assert [control for _, control, _ in fragments] == [command] * (len(fragments) - 1) + [2 + command]
    assert all(len(fragment) == fragment_size(maximum_length) for _, _, fragment in fragments[:-1])


@given(st.lists(st.binary(max_size=300).map(lambda data: data * 2)), st.binary(max_size=300), maximum_lengths)
def test_a_dataset_in_pieces_has_one_last_fragment(
    pieces: list[bytes], final: bytes, maximum_length: int
) -> None:
    stream = b"".join(joined(frame_dataset(1, piece, maximum_length, last=False)) for piece in pieces)
    fragments = fragments_in(stream + joined(frame_dataset(1, final, maximum_length)), maximum_length)
    assert b"".join(fragment for _, _, fragment in fragments) == b"".join(pieces) + final
    assert [control for _, control, _ in fragments] == [0] * (len(fragments) - 1) + [2]
    assert all(fragment and len(fragment) % 2 == 0 for _, _, fragment in fragments[:-1])


def test_an_empty_dataset_is_one_empty_last_fragment() -> None:
    assert fragments_in(joined(frame_dataset(3, b"", 8)), 8) == [(3, 2, b"")]


def test_an_empty_piece_before_the_last_is_nothing() -> None:
    assert frame_dataset(3, b"", 8, last=False) == []


def test_an_odd_piece_before_the_last_is_an_error() -> None:
    with pytest.raises(FramingError, match="3 bytes"):
        frame_dataset(1, b"abc", 16382, last=False)


def test_data_are_not_copied() -> None:
    data = bytearray(40000)
    for buffers in (frame_dataset(1, data, 16382), frame_dataset(1, memoryview(data), 0)):
        slices = buffers[1::2]
        data[:] = b"\x55" * len(data)
        assert joined(slices) == data
        data[:] = bytes(len(data))


def test_tiny_fragments_take_few_buffers() -> None:
    """A list of millions of slices would take far more memory than the dataset."""
    assert len(frame_dataset(1, bytes(100_000), 8)) < 10
