"""DIMSE messages over the socket of an established association (PS3.7, PS3.8 section 9.3.5)."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dcmtools.net.transfer import dumps
from dcmtools.net.transfer.stream import ByteStream, LinkEndedError, LinkTimeoutError
from dcmtools.net.transfer.takeover import give_back, shared_socket, take_over
from dcmtools.wire.commands import Command, encode_command
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
        if link.socket is None:
            raise LinkEndedError
        self._stream = ByteStream(link.socket)
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
        if dataset is not None:
            held: Buffer | None = None
            for piece in dataset:  # one piece is held back: only the last may carry the last bit
                if held is not None:
                    buffers += frame_dataset(context_id, held, self.maximum_length, last=False)
                    self.transmit(buffers)
                    buffers = []
                    if self._is_refused(command):
                        held = b""
                        break
                held = piece
            buffers += frame_dataset(context_id, held or b"", self.maximum_length, last=True)
        self.transmit(buffers)

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
        when nothing comes for `timeout` seconds, and WireError for what is no DICOM message.
        """
        while True:
            event, self._peeked = self._peeked or next(self._events, None), None
            if event is not None:
                if isinstance(event, CommandArrived):
                    dumps.received(self.association, event)
                return event
            if self._reader.foreign:
                raise self._ended()
            self._receive(timeout)

    def _ended(self) -> LinkEndedError:
        pdu = bytes(self._buffer[self._reader.consumed : self._filled])
        if pdu[0] not in ENDING:
            raise PduError(f"PDU of type 0x{pdu[0]:02X} between messages")
        return LinkEndedError(pdu)

    def command(self, timeout: float | None) -> CommandArrived:
        """Return the next command set; the dataset before it has to be read. Raises as `next`."""
        arrived = self.next(timeout)
        if not isinstance(arrived, CommandArrived):
            raise AssertionError("a dataset was left unread")
        return arrived

    def pieces(self, arrived: CommandArrived, timeout: float | None) -> Iterator[memoryview]:
        """Yield the dataset of `arrived` piece by piece, each valid until the next."""
        last = not arrived.command.has_dataset
        while not last:
            piece = self.next(timeout)
            if isinstance(piece, CommandArrived):
                raise AssertionError("a command set came before the end of the dataset")
            last = piece.is_last
            yield piece.data

    def waiting(self, seconds: float | None) -> bool:
        """Whether something can be read within `seconds`: a message, or the end of the connection."""
        if self._peeked is None:
            self._peeked = next(self._events, None)
        return self._peeked is not None or self._reader.foreign or self._stream.readable(seconds)

    def _receive(self, timeout: float | None) -> None:
        self._filled = self._stream.receive_into(self._buffer, timeout)
        self._events = iter(self._reader.feed(self._buffer[: self._filled]))
