"""Assembling fragments into messages: a command set, then its dataset (PS3.7 section 6.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcmtools.wire.commands import Command, decode_command
from dcmtools.wire.errors import MessageError
from dcmtools.wire.pdus import Buffer
from dcmtools.wire.reading import PDataReader

LONGEST_COMMAND_SET = 1 << 16
"""Bytes that a command set may have; the longest that conforms has some hundreds."""


class CommandArrived(NamedTuple):
    """A whole command set; `raw` is what it was decoded from."""

    context_id: int
    command: Command
    raw: bytes


class DatasetPiece(NamedTuple):
    """The next bytes of the dataset that belongs to the last command set.

    `data` is a slice of the buffer that was fed; it is empty where the peer sent an empty fragment.
    """

    context_id: int
    data: memoryview
    is_last: bool


Event = CommandArrived | DatasetPiece


class MessageReader:
    """Takes a stream of P-DATA-TF PDUs in any pieces and gives command sets and pieces of datasets.

    It keeps no more than the command set under way, and stops before a PDU of another type.
    """

    def __init__(self, maximum_length: int) -> None:
        """Begin at a PDU boundary; `maximum_length` in bytes is what the peer was told, 0 is no limit."""
        self._pdus = PDataReader(maximum_length)
        self._command_set = bytearray()
        self._command_context: int | None = None  # of the command set under way
        self._dataset_context: int | None = None  # of the dataset under way

    @property
    def foreign(self) -> bool:
        """Whether the next PDU is not a P-DATA-TF; nothing is read from there on."""
        return self._pdus.foreign

    @property
    def consumed(self) -> int:
        """How many bytes of the buffer fed last are taken; they include the event given last."""
        return self._pdus.consumed

    @property
    def idle(self) -> bool:
        """Whether what was taken so far ends with a whole message and a whole PDU."""
        return self._command_context is None and self._dataset_context is None and self._pdus.at_boundary

    def feed(self, data: Buffer) -> Iterator[Event]:
        """Yield what `data`, the next bytes of the stream, brings, as it is asked for.

        Exhaust it before feeding again. Raises PduError, CommandError or MessageError at the
        place where the stream is malformed, after the events before it.
        """
        for context_id, is_command, is_last, piece in self._pdus.feed(data):
            if is_command:
                self._add_to_command_set(context_id, piece)
                if is_last:
                    yield self._finish_command_set(context_id)
            elif context_id == self._dataset_context:
                if is_last:
                    self._dataset_context = None
                yield DatasetPiece(context_id, piece, is_last)
            else:
                raise self._misplaced("dataset", context_id)

    def _add_to_command_set(self, context_id: int, piece: memoryview) -> None:
        if self._dataset_context is not None or self._command_context not in (None, context_id):
            raise self._misplaced("command", context_id)
        if len(self._command_set) + len(piece) > LONGEST_COMMAND_SET:
            raise MessageError(f"command set of more than {LONGEST_COMMAND_SET} bytes")
        self._command_context = context_id
        self._command_set += piece

    def _finish_command_set(self, context_id: int) -> CommandArrived:
        raw = bytes(self._command_set)
        self._command_set.clear()
        self._command_context = None
        command = decode_command(raw)
        if command.has_dataset:
            self._dataset_context = context_id
        return CommandArrived(context_id, command, raw)

    def _misplaced(self, kind: str, context_id: int) -> MessageError:
        under_way = "between messages"
        if self._command_context is not None:
            under_way = f"inside a command set on context {self._command_context}"
        elif self._dataset_context is not None:
            under_way = f"inside a dataset on context {self._dataset_context}"
        return MessageError(f"{kind} fragment on presentation context {context_id} {under_way}")
