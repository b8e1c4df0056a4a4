"""The bytes of an established association: never blocking but in a wait that has a time-out."""

from __future__ import annotations

import select
import socket
import ssl
import time

from dcmtools.wire.framing import Buffer

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


class ByteStream:
    """Sends and receives over a connected socket, which it makes non-blocking.

    Time-outs are in seconds, None is for ever. All methods raise `LinkEndedError` when the
    connection is closed, and `LinkTimeoutError`.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._encrypted = isinstance(connection, ssl.SSLSocket)
        try:
            connection.setblocking(False)
            self._input = _Readiness(connection, for_input=True)
            self._output = _Readiness(connection, for_input=False)
        except (OSError, ValueError):  # pynetdicom has just closed it: the peer was quick to go
            raise LinkEndedError from None
        self._answer_awaited = False

    def receive_into(self, buffer: memoryview, timeout: float | None) -> int:
        """Return how many bytes were put into `buffer`, once there are any.

        With TLS `timeout` is for a whole record, however it comes.
        """
        deadline: float | None = None
        if self._answer_awaited and not self.readable(timeout):  # to try first would be in vain
            raise LinkTimeoutError
        self._answer_awaited = False
        while True:
            try:
                received = self._socket.recv_into(buffer)
            except (BlockingIOError, ssl.SSLWantReadError):
                if self._encrypted and timeout is not None:
                    now = time.monotonic()
                    deadline = deadline or now + timeout
                    timeout = max(deadline - now, 0)
                if not self.readable(timeout):
                    raise LinkTimeoutError from None
            except ssl.SSLWantWriteError:
                if not self._output.wait(timeout):
                    raise LinkTimeoutError from None
            except OSError:
                raise LinkEndedError from None
            else:
                if not received:
                    raise LinkEndedError
                return received

    def send(self, buffers: list[Buffer], timeout: float | None) -> None:
        """Send all of `buffers`, in as few writes as may be; `timeout` is for each of them."""
        if self._encrypted:
            buffers = [b"".join(buffers)]
        self._answer_awaited = True
        first, left = 0, sum(map(len, buffers))
        while left:
            try:
                sent = self._write(buffers[first : first + _MOST_BUFFERS])
            except (BlockingIOError, ssl.SSLWantWriteError):
                if not self._output.wait(timeout):
                    raise LinkTimeoutError(sending=True) from None
                continue
            except ssl.SSLWantReadError:
                if not self._input.wait(timeout):
                    raise LinkTimeoutError(sending=True) from None
                continue
            except OSError:
                raise LinkEndedError from None
            left -= sent
            if left:
                while sent >= len(buffers[first]):
                    sent -= len(buffers[first])
                    first += 1
                buffers[first] = memoryview(buffers[first])[sent:]

    def _write(self, buffers: list[Buffer]) -> int:
        return self._socket.send(buffers[0]) if self._encrypted else self._socket.sendmsg(buffers)

    def readable(self, timeout: float | None) -> bool:
        """Wait up to `timeout` for data or the end of the connection."""
        if self._encrypted:
            if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                return True
        elif timeout != 0 and _QUICK_ACKNOWLEDGE is not None:
            # Linux forgets it after each use; without it a sender with Nagle on waits 40 ms
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACKNOWLEDGE, 1)
        return self._input.wait(timeout)


class _Readiness:
    """Waits until a socket can be read, or written to."""

    def __init__(self, connection: socket.socket, *, for_input: bool) -> None:
        self._socket = connection
        self._for_input = for_input
        self._poll = None
        if hasattr(select, "poll"):  # select() cannot watch descriptors from 1024 on
            self._poll = select.poll()
            self._poll.register(connection, select.POLLIN if for_input else select.POLLOUT)

    def wait(self, timeout: float | None) -> bool:
        """Wait up to `timeout`; a connection that is closed is ready: using it says so."""
        try:
            if self._poll is not None:
                return bool(self._poll.poll(None if timeout is None else timeout * 1000))
            watched = [self._socket]
            inputs, outputs = (watched, []) if self._for_input else ([], watched)
            return any(select.select(inputs, outputs, [], timeout))
        except (OSError, ValueError):
            return True
