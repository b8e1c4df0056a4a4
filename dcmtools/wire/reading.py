"""Reading a stream of P-DATA-TF PDUs as it arrives (PS3.8 section 9.3.5, annex E)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from dcmtools.wire.errors import PduError
from dcmtools.wire.framing import COMMAND_BIT, CONTROL_SIZE, LAST_BIT, PDV_HEADER_SIZE
from dcmtools.wire.pdus import P_DATA_TF, Buffer

LENGTH_SLACK = 1024
"""Bytes by which a PDU may be longer than announced, for peers that do not count the headers of PDVs."""

_NO_LIMIT = 0xFFFFFFFF  # what the length field can say

_PDU_HEADER = struct.Struct(">xxI")
_PDV_HEADER = struct.Struct(">IBB")
_BOTH_HEADERS = struct.Struct(">xxIIBB")
_HEADER_SIZE: Final = 6  # of a PDU and of a PDV
_LENGTH_SIZE = PDV_HEADER_SIZE - CONTROL_SIZE


class Fragment(NamedTuple):
    """A fragment of a command set or a dataset, or a piece of a fragment.

    `data` is a slice of the buffer that was fed. `is_last` is true on the piece with which the
    command set or dataset ends.
    """

    context_id: int
    is_command: bool
    is_last: bool
    data: memoryview


class PDataReader:
    """Takes a stream of P-DATA-TF PDUs in any pieces and gives their fragments, keeping none.

    It stops before a PDU of another type, which is known from its first byte.
    """

    def __init__(self, maximum_length: int) -> None:
        """Begin at a PDU boundary; `maximum_length` in bytes is what the peer was told, 0 is no limit."""
        self.foreign = False
        """Whether the next PDU is not a P-DATA-TF; nothing is read from there on."""
        self.consumed = 0
        """How many bytes of the buffer fed last are taken; they include the fragment given last."""
        self._longest = maximum_length + LENGTH_SLACK if maximum_length else _NO_LIMIT
        self._cut_header = b""
        self._pdu_left = 0  # bytes of the current PDU after the current fragment
        self._value_left = 0  # bytes of the current fragment to come
        self._in_value = False
        self._context_id = 0
        self._control = 0

    @property
    def at_boundary(self) -> bool:
        """Whether what was taken so far ends with a whole PDU."""
        return not self._pdu_left and not self._in_value and not self._cut_header

    def feed(self, data: Buffer) -> Iterator[Fragment]:
        """Yield the fragments in `data`, the next bytes of the stream, as they are asked for.

        Exhaust it before feeding again. Raises PduError at the place where the stream is
        malformed, after the fragments before it.
        """
        view = memoryview(data)
        offset, end = 0, len(view)
        self.consumed = 0
        while offset < end and not self.foreign:
            if not self._in_value:
                self.consumed = offset = self._take_header(view, offset)
            if not self._in_value or (offset == end and self._value_left):
                continue
            start, offset = offset, offset + self._value_left
            if offset > end:
                self._value_left = offset - end
                offset = end
            else:
                self._in_value = False
                if not self._pdu_left and offset < end:
                    self.foreign = view[offset] != P_DATA_TF
            self.consumed = offset
            control = self._control
            yield Fragment(
                self._context_id,
                control & COMMAND_BIT != 0,
                control & LAST_BIT != 0 and not self._in_value,
                view[start:offset],
            )

    def _take_header(self, view: memoryview, offset: int) -> int:
        """Take the next header or two, as far as they are there; return where they end."""
        if self._pdu_left or self._cut_header:
            return self._take_one_header(view, offset)
        if view[offset] != P_DATA_TF:
            self.foreign = True
            return offset
        if len(view) - offset < _BOTH_HEADERS.size:
            return self._take_one_header(view, offset)
        length, value_length, self._context_id, self._control = _BOTH_HEADERS.unpack_from(view, offset)
        self._open_pdu(length)
        self._open_value(value_length)
        return offset + _BOTH_HEADERS.size

    def _take_one_header(self, view: memoryview, offset: int) -> int:
        """Take a PDU header or a PDV header, as far as it is there; return where it ends."""
        rest = view[offset : offset + _HEADER_SIZE - len(self._cut_header)]
        header = self._cut_header + rest
        if len(header) < _HEADER_SIZE:
            self._cut_header = header
        else:
            self._cut_header = b""
            if self._pdu_left:
                value_length, self._context_id, self._control = _PDV_HEADER.unpack(header)
                self._open_value(value_length)
            else:
                self._open_pdu(*_PDU_HEADER.unpack(header))
        return offset + len(rest)

    def _open_pdu(self, length: int) -> None:
        if not PDV_HEADER_SIZE <= length <= self._longest:
            raise PduError(
                f"P-DATA-TF PDU with a length of {length}, not {PDV_HEADER_SIZE} to {self._longest}"
            )
        self._pdu_left = length

    def _open_value(self, length: int) -> None:
        pdu_left = self._pdu_left - _LENGTH_SIZE - length
        if length < CONTROL_SIZE or pdu_left < 0:
            raise PduError(f"PDV with a length of {length} where {self._pdu_left} bytes of its PDU are left")
        if 0 < pdu_left < PDV_HEADER_SIZE:
            raise PduError(f"P-DATA-TF PDU with {pdu_left} bytes after its last PDV")
        self._pdu_left = pdu_left
        self._value_left = length - CONTROL_SIZE
        self._in_value = True
