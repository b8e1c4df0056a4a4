"""Cutting command sets and datasets into P-DATA-TF PDUs (PS3.8 section 9.3.5, annexes D and E).

Each PDU carries one presentation data value (PDV) with one fragment.
"""

from __future__ import annotations

import struct

from dcmtools.wire.errors import FramingError
from dcmtools.wire.pdus import P_DATA_TF, PDU_HEADER_SIZE, Buffer

__all__ = [
    "COMMAND_BIT",
    "CONTROL_SIZE",
    "LARGEST_FRAGMENT",
    "LAST_BIT",
    "PDU_HEADER_SIZE",
    "PDV_HEADER_SIZE",
    "Buffer",
    "fragment_size",
    "frame_command",
    "frame_dataset",
]

PDV_HEADER_SIZE = 6
"""Bytes before the fragment in a PDV: length (4), presentation context ID, message control header."""

CONTROL_SIZE = 2
"""Those of them that the length of a PDV counts: the context ID and the message control header."""

LARGEST_FRAGMENT = 1 << 20
"""No fragment is longer, in bytes, even when the peer would take more."""

COMMAND_BIT = 0x01
"""In the message control header: the fragment is of a command set, not of a dataset (PS3.8 annex E.2)."""

LAST_BIT = 0x02
"""In the message control header: the fragment is the last of its command set or dataset."""

_HEADERS = struct.Struct(">BxIIBB")
_GATHERED_FRAGMENT = 512  # bytes; smaller ones are copied, a buffer for each would take far more memory


def fragment_size(maximum_length: int) -> int:
    """Return the size in bytes of the largest fragment to send to a peer: even, at most 1 MiB.

    `maximum_length` is what the peer announced (PS3.8 annex D.1): the most that the variable
    field of a P-DATA-TF may have, 0 for no limit. Raises FramingError below 8, where no even
    fragment fits.
    """
    if maximum_length == 0:
        return LARGEST_FRAGMENT
    size = (maximum_length - PDV_HEADER_SIZE) & ~1
    if size < 2:
        raise FramingError(f"the peer's maximum PDU length of {maximum_length} is too small for any data")
    return min(size, LARGEST_FRAGMENT)


def frame_command(context_id: int, command_set: Buffer, maximum_length: int) -> list[Buffer]:
    """Return the buffers that carry an encoded command set, in order.

    Raises FramingError as `fragment_size` does.
    """
    return _frame(context_id, command_set, maximum_length, COMMAND_BIT, COMMAND_BIT | LAST_BIT)


def frame_dataset(context_id: int, data: Buffer, maximum_length: int, *, last: bool = True) -> list[Buffer]:
    """Return the buffers that carry a dataset, or one piece of it, in order.

    The fragments are slices of `data`, which is not copied (but for fragments of less than 512
    bytes, which are gathered); it must not change until they are sent. `last` marks the end of
    the dataset; an empty dataset is one empty fragment. Raises FramingError as `fragment_size`
    does, and for an odd piece that is not the last.
    """
    if last:
        return _frame(context_id, data, maximum_length, 0, LAST_BIT)
    if len(data) % 2:
        raise FramingError(f"a piece of {len(data)} bytes before the last one makes an odd fragment")
    return _frame(context_id, data, maximum_length, 0, 0) if len(data) else []


def _frame(
    context_id: int, data: Buffer, maximum_length: int, control: int, final_control: int
) -> list[Buffer]:
    """Return `data` in fragments; `final_control` is the message control header of the final one."""
    size, length = fragment_size(maximum_length), len(data)
    if length <= size:
        return [_headers(context_id, length, final_control), data]
    view = memoryview(data)
    full = _headers(context_id, size, control)
    final_start = (length - 1) // size * size
    buffers: list[Buffer] = []
    if size < _GATHERED_FRAGMENT:
        gathered = bytearray()
        for start in range(0, final_start, size):
            gathered += full
            gathered += view[start : start + size]
        buffers.append(gathered)
    else:
        for start in range(0, final_start, size):
            buffers += (full, view[start : start + size])
    buffers += (_headers(context_id, length - final_start, final_control), view[final_start:])
    return buffers


def _headers(context_id: int, size: int, control: int) -> bytes:
    """Return the PDU header and PDV header of a fragment of `size` bytes."""
    return _HEADERS.pack(P_DATA_TF, size + PDV_HEADER_SIZE, size + CONTROL_SIZE, context_id, control)
