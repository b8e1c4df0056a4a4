"""DIMSE messages over the socket of an established association (PS3.7, PS3.8 section 9.3.5)."""

from __future__ import annotations

import mmap
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dcmtools.dicom.privacy import are_hidden, discreet
from dcmtools.net.transfer import dumps
from dcmtools.net.transfer.stream import ByteStream, LinkEndedError, LinkTimeoutError
from dcmtools.net.transfer.takeover import give_back, shared_socket, take_over
from dcmtools.net.transfer.traffic import Traffic
from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.errors import PduError
from dcmtools.wire.framing import Buffer, frame_command, frame_dataset
from dcmtools.wire.messages import CommandArrived, DatasetPiece, MessageReader
from dcmtools.wire.pdus import ENDING

if TYPE_CHECKING:
    from pynetdicom.association import Association

_RECEIVE_SIZE = 256 * 1024

if sys.platform == "win32":

    def _lazy_buffer(size: int) -> memoryview:
        return memoryview(bytearray(size))

else:

    def _lazy_buffer(size: int) -> memoryview:
        """Return a buffer that takes memory as it is filled: most of 500 associations send little."""
        return memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


class Channel:
    """Sends and receives messages over `association`, from one thread.

    It takes the association's socket over at once. `close` gives it back. All time-outs are in
    seconds, None is for ever.
    """

    def __init__(self, association: Association) -> None:
        self.association = association
        take_over(association)
        link = shared_socket(association)
        try:
            if link.socket is None:
                raise LinkEndedError
            self._stream = ByteStream(link.socket)
        except LinkEndedError:
            give_back(association)
            raise
        local, remote = association.requestor, association.acceptor
        if association.is_acceptor:
            local, remote = remote, local
        self.maximum_length = remote.maximum_length or 0
        """What the peer takes in a PDU, in bytes; 0 is no limit."""
        self._reader = MessageReader(local.maximum_length or 0)
        self._events: Iterator[CommandArrived | DatasetPiece] = iter(())
        self._peeked: CommandArrived | DatasetPiece | None = None
        self._buffer = _lazy_buffer(_RECEIVE_SIZE)
        self._filled = 0
        self._open = True
        self._traffic = Traffic(association)

    def close(self) -> None:
        """Give the socket back to pynetdicom, with what was read and not used."""
        if self._open:
            self._open = False
            whole = self._reader.foreign or self._reader.idle
            give_back(self.association, self._buffer[self._reader.consumed : self._filled] if whole else b"")

    def send(self, context_id: int, command: Command, dataset: Iterable[Buffer] | None = None) -> None:
        """Send `command`, and the pieces of its dataset, which need `command.has_dataset`.

        Raises `LinkEndedError`, `LinkTimeoutError`, and FramingError when the peer's maximum PDU
        length leaves no room for data.
        """
        encoded = encode_command(command)
        dumps.sent(self.association, context_id, encoded, has_dataset=command.has_dataset)
        buffers = frame_command(context_id, encoded, self.maximum_length)
        traffic = self._traffic
        held: Buffer | None = None
        if dataset is not None:
            for piece in dataset:  # one piece is held back: only the last may carry the last bit
                if held is not None:
                    buffers += frame_dataset(context_id, held, self.maximum_length, last=False)
                    self.transmit(buffers)
                    traffic.current += len(held)
                    buffers = []
                    if self._is_refused(command):
                        held = b""
                        break
                held = piece
            buffers += frame_dataset(context_id, held or b"", self.maximum_length, last=True)
        self.transmit(buffers)
        if command.field == CommandField.C_STORE_RQ:
            traffic.current += len(held or b"")
            traffic.end_object()

    def _is_refused(self, request: Command) -> bool:
        """Whether the peer has refused `request` already: then the rest of its dataset is of no use.

        Raises `LinkEndedError` when it has ended the association.
        """
        if self._peeked is None and self._stream.readable(0):
            try:
                self._receive(0)
            except LinkTimeoutError:  # it was only a part of a TLS record
                return False
            self._peeked = next(self._events, None)
            if self._peeked is None and self._reader.foreign:
                raise self._ended()
        answer = self._peeked
        return (
            isinstance(answer, CommandArrived)
            and answer.command.responded_to == request.message_id
            and answer.command.status != 0
        )

    def transmit(self, buffers: list[Buffer]) -> None:
        """Send framed messages as they are; raises `LinkEndedError` and `LinkTimeoutError`."""
        self._stream.send(buffers, self.association.network_timeout)

    def next(self, timeout: float | None) -> CommandArrived | DatasetPiece:
        """Return the next command set or piece of a dataset.

        A piece's data are valid until the next call. Raises `LinkEndedError`, `LinkTimeoutError`
        when it has not come after `timeout` seconds, and WireError for what is no DICOM message.
        """
        deadline: float | None = None
        while True:
            event, self._peeked = self._peeked or next(self._events, None), None
            if event is not None:
                if isinstance(event, CommandArrived):
                    dumps.received(self.association, event)
                return event
            if self._reader.foreign:
                raise self._ended()
            if timeout is not None:  # in all: it may come in many small parts
                now = time.monotonic()
                if deadline is None:
                    deadline = now + timeout
                elif now >= deadline:
                    raise LinkTimeoutError
                timeout = deadline - now
            self._receive(timeout)

    def _ended(self) -> LinkEndedError:
        pdu = bytes(self._buffer[self._reader.consumed : self._filled])
        if pdu[0] not in ENDING:
            raise PduError(f"PDU of type 0x{pdu[0]:02X} between messages")
        return LinkEndedError(pdu)

    def command(self, timeout: float | None) -> CommandArrived:
        """Return the next command set; the dataset before it has to be read. Raises as `next`.

        Where patients are hidden so is its Error Comment, in which the peer may name one.
        """
        arrived = self.next(timeout)
        if not isinstance(arrived, CommandArrived):
            raise AssertionError("a dataset was left unread")
        command = arrived.command
        if command.error_comment is not None and are_hidden():
            arrived = arrived._replace(
                command=command._replace(error_comment=discreet(command.error_comment))
            )
        return arrived

    def pieces(self, arrived: CommandArrived, timeout: float | None) -> Iterator[memoryview]:
        """Yield the dataset of `arrived` piece by piece, each valid until the next."""
        traffic = self._traffic
        last = not arrived.command.has_dataset
        while not last:
            piece = self.next(timeout)
            if isinstance(piece, CommandArrived):
                raise AssertionError("a command set came before the end of the dataset")
            last = piece.is_last
            traffic.current += len(piece.data)
            yield piece.data
        if arrived.command.field == CommandField.C_STORE_RQ:
            traffic.end_object()
        else:
            traffic.current = 0

    def waiting(self, seconds: float | None) -> bool:
        """Whether something can be read within `seconds`: a message, or the end of the connection."""
        if self._peeked is None:
            self._peeked = next(self._events, None)
        return self._peeked is not None or self._reader.foreign or self._stream.readable(seconds)

    def _receive(self, timeout: float | None) -> None:
        self._filled = self._stream.receive_into(self._buffer, timeout)
        self._events = iter(self._reader.feed(self._buffer[: self._filled]))
