"""DIMSE messages over the socket of an established association (PS3.7, PS3.8 section 9.3.5)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dcmtools.net.transfer import dumps
from dcmtools.net.transfer.sockets import readable
from dcmtools.net.transfer.takeover import give_back, shared_socket, take_over
from dcmtools.wire.commands import Command, encode_command
from dcmtools.wire.errors import PduError
from dcmtools.wire.framing import Buffer, frame_command, frame_dataset
from dcmtools.wire.messages import CommandArrived, DatasetPiece, MessageReader
from dcmtools.wire.pdus import ENDING

if TYPE_CHECKING:
    from pynetdicom.association import Association

_RECEIVE_SIZE = 256 * 1024
_MOST_BUFFERS = 512  # a vectored write takes 1,024 on Linux
_QUICK_ACKNOWLEDGE = getattr(socket, "TCP_QUICKACK", None)


class LinkEndedError(Exception):
    """The peer closed the connection, or ends the association with a PDU, which is for pynetdicom.

    `pdu` begins with that PDU, as far as it has come; it is empty when the connection was closed.
    """

    def __init__(self, pdu: bytes = b"") -> None:
        super().__init__()
        self.pdu = pdu


class LinkTimeoutError(Exception):
    """Nothing came within the time-out, or (`sending`) the peer read nothing."""

    def __init__(self, *, sending: bool = False) -> None:
        super().__init__()
        self.sending = sending


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
        self._socket = link.socket
        self._encrypted = isinstance(link.socket, ssl.SSLSocket)
        local, remote = association.requestor, association.acceptor
        if association.is_acceptor:
            local, remote = remote, local
        self._maximum_length = remote.maximum_length or 0
        self._reader = MessageReader(local.maximum_length or 0)
        self._events: Iterator[CommandArrived | DatasetPiece] = iter(())
        self._peeked: CommandArrived | DatasetPiece | None = None
        self._buffer = memoryview(bytearray(_RECEIVE_SIZE))
        self._filled = 0
        self._timeout: float | None = -1.0  # not known
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
        buffers = frame_command(context_id, encoded, self._maximum_length)
        if dataset is not None:
            held: Buffer | None = None
            for piece in dataset:  # one piece is held back: only the last may carry the last bit
                if held is not None:
                    buffers += frame_dataset(context_id, held, self._maximum_length, last=False)
                    self._transmit(buffers)
                    buffers = []
                    if self._is_refused(command):
                        held = b""
                        break
                held = piece
            buffers += frame_dataset(context_id, held or b"", self._maximum_length, last=True)
        self._transmit(buffers)

    def _is_refused(self, request: Command) -> bool:
        """Whether the peer has refused `request` already: then the rest of its dataset is of no use.

        Raises `LinkEndedError` when it has ended the association.
        """
        if self._peeked is None and readable(self._socket, 0):
            self._receive(0)
            self._peeked = next(self._events, None)
            if self._peeked is None and self._reader.foreign:
                raise self._ended()
        answer = self._peeked
        return (
            isinstance(answer, CommandArrived)
            and answer.command.responded_to == request.message_id
            and answer.command.status != 0
        )

    def _transmit(self, buffers: list[Buffer]) -> None:
        self._set_timeout(self.association.network_timeout)
        try:
            if self._encrypted:
                self._socket.sendall(b"".join(buffers))
                return
            first = 0
            while first < len(buffers):
                sent = self._socket.sendmsg(buffers[first : first + _MOST_BUFFERS])
                while first < len(buffers) and sent >= len(buffers[first]):
                    sent -= len(buffers[first])
                    first += 1
                if sent:
                    buffers[first] = memoryview(buffers[first])[sent:]
        except TimeoutError:
            raise LinkTimeoutError(sending=True) from None
        except OSError:
            raise LinkEndedError from None

    def _set_timeout(self, seconds: float | None) -> None:
        if seconds != self._timeout:  # each change costs a system call
            self._timeout = seconds
            self._socket.settimeout(seconds)

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
        return self._peeked is not None or self._reader.foreign or readable(self._socket, seconds)

    def _receive(self, timeout: float | None) -> None:
        if _QUICK_ACKNOWLEDGE is not None and not self._encrypted:
            # Linux forgets it after each use; without it a sender with Nagle on waits 40 ms
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACKNOWLEDGE, 1)
        try:
            self._set_timeout(timeout)
            self._filled = self._socket.recv_into(self._buffer)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            raise LinkTimeoutError from None
        except OSError:
            raise LinkEndedError from None
        if not self._filled:
            raise LinkEndedError
        self._events = iter(self._reader.feed(self._buffer[: self._filled]))
