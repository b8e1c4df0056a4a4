"""The socket under an association, used by pynetdicom's state machine and the data plane in turn."""

from __future__ import annotations

import logging
import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pynetdicom import evt
from pynetdicom.transport import T_CONNECT, AddressInformation, AssociationSocket

from dcmtools.net.tls_failures import TlsHandshakeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pynetdicom.association import Association

LOGGER = logging.getLogger(__name__)

# an A-ASSOCIATE-RQ of 128 contexts with all their transfer syntaxes has some 200 KB
LARGEST_CONTROL_PDU = 1 << 20

_LONGEST_WAIT = 0.5  # seconds until pynetdicom's thread looks at its other duties
_IDLE_WAIT = 0.1  # seconds between two looks at the time-out for the request
_LARGEST_RECORD = 1 << 14  # what a TLS record can hold (RFC 8446 section 5.1)
_LAST_READS = 1.0  # seconds for a peer to read why there is no TLS

Endpoint = tuple[socket.AddressFamily, Any]


class PduTooLargeError(OSError):
    """A PDU header announces more than any PDU of association control can have."""


class SharedSocket(AssociationSocket):
    """pynetdicom's association socket, which can be taken from it while messages are exchanged.

    While `driven` is set, pynetdicom's thread sees no data; bytes that the data plane has read
    too far are put back with `unread`. While `deaf` is set it sees none either: what the peer still
    sends is of no more interest. Outside of that every PDU has to arrive within
    `patience` seconds of its first byte, and may not announce more than `LARGEST_CONTROL_PDU`.
    """

    def __init__(
        self,
        assoc: Association,
        client_socket: socket.socket | None = None,
        *,
        endpoints: Sequence[Endpoint] = (),
    ) -> None:
        self.deaf = False
        self.answered = threading.Event()
        """Set when an acceptor has sent its A-ASSOCIATE-AC."""
        self._reading = threading.Lock()
        self._shared = threading.Event()
        self._shared.set()
        self.failure: OSError | None = None
        self.patience: float | None = None
        self.greeting = b""  # the first bytes from the peer
        self._endpoints = endpoints
        self._unread = bytearray()
        self._pdu_deadline: float | None = None
        unused = None if client_socket is not None else AddressInformation("0.0.0.0", 0)  # noqa: S104
        super().__init__(assoc, client_socket=client_socket, address=unused)
        if client_socket is not None:
            tune(client_socket)

    def _create_socket(self, address: AddressInformation) -> socket.socket:  # noqa: ARG002
        # made again for each address family when connecting
        return socket.socket()

    def connect(self, primitive: T_CONNECT) -> None:
        """Connect to the first of the endpoints that answers (called by pynetdicom's DUL thread).

        A failure is kept in `failure`, and logged in pynetdicom's words where it is one of TCP.
        """
        try:
            self._replace(self._connected())
            self._is_connected = True
            here = self._raw().getsockname()
            self.assoc.requestor.address_info = AddressInformation.from_tuple(here)
            there = primitive.address_info.as_tuple
            evt.trigger(self.assoc, evt.EVT_CONN_OPEN, {"address": there})
            primitive.result = "Evt2"
        except OSError as exc:
            self.failure = exc
            if not isinstance(exc, TlsHandshakeError):
                logger = logging.getLogger("pynetdicom.transport")
                logger.error("Association request failed: unable to connect to remote")
                logger.error("TCP Initialisation Error: %s", exc)
            self._shutdown_socket()
            self.socket = None
            primitive.result = "Evt17"
        finally:
            self.provider_queue.put(primitive)
            self._ready.set()

    def _connected(self) -> socket.socket:
        failure: OSError = OSError("no address to connect to")
        for family, address in self._endpoints:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(self.assoc.connection_timeout)
                sock.connect(address)
            except OSError as exc:
                sock.close()
                failure = exc
                continue
            tune(sock)
            if self.tls_args:
                context, server_name = self.tls_args
                sock = _secured(sock, context, server_name)
            sock.settimeout(self.assoc.network_timeout)
            return sock
        raise failure

    def secure(self, context: ssl.SSLContext, timeout: float | None) -> None:
        """Be the server of a TLS handshake, all of which has to be over within `timeout` seconds.

        Raises `TlsHandshakeError`, and closes the connection.
        """
        raw = self._raw()
        raw.settimeout(timeout)
        self.socket = None
        self.socket = _secured(raw, context)

    def discard(self) -> None:
        """Close the connection of an association that was never established, if it is still open."""
        self._shutdown_socket()

    def _shutdown_socket(self) -> None:
        """Close the socket (pynetdicom's own leaves it open when the peer was first)."""
        if self.socket is not None:
            if isinstance(self.socket, ssl.SSLSocket):
                with suppress(OSError, ValueError):  # say that this is the end, and wait for no answer
                    self.socket.settimeout(0)
                    self.socket.unwrap()
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()

    def _replace(self, sock: socket.socket) -> None:
        self._raw().close()
        self.socket = sock

    def _raw(self) -> socket.socket:
        if self.socket is None:
            raise OSError("the connection is closed")
        return self.socket

    @property
    def driven(self) -> bool:
        """Whether the data plane has the socket, and pynetdicom's thread waits."""
        return not self._shared.is_set()

    @driven.setter
    def driven(self, driven: bool) -> None:
        if driven:
            with self._reading:
                self._shared.clear()
        else:
            self._shared.set()

    @property
    def ready(self) -> bool:
        """Whether pynetdicom may read a PDU now; its thread, which asks, waits here while it may not."""
        if not self._shared.wait(_LONGEST_WAIT) or self.deaf or self._is_acceptor_in("Sta13"):
            return False  # in Sta13 it has ended the association: what still comes is not read
        sock = self.socket
        if sock is None or not self._is_connected:
            return False
        # an acceptor has nothing to say before the request: a crowd of silent peers must cost no time
        patience = _IDLE_WAIT if self._is_acceptor_in("Sta2") else 0
        if not self._unread and not readable(sock, patience):
            return False
        with self._reading:
            # meanwhile the data plane may have taken the socket, and what has come may be for it
            if self.driven or self.deaf or not (self._unread or self._has_data(sock)):
                return False
        self._pdu_deadline = None if self.patience is None else time.monotonic() + self.patience
        return True

    def _is_acceptor_in(self, state: str) -> bool:
        return self.assoc.is_acceptor and self.assoc.dul.state_machine.current_state == state

    def _has_data(self, sock: socket.socket) -> bool:
        """Whether what can be read is data, or the end of the connection, and no part of a TLS record."""
        if not isinstance(sock, ssl.SSLSocket):
            return True
        # it may be no data at all (a session ticket); one byte tells, and more could be of the next
        # PDU, which may be for the data plane
        timeout = sock.gettimeout()
        sock.settimeout(0)
        try:
            self._unread += sock.recv(1)
        except ssl.SSLWantReadError:
            return False
        except OSError as exc:
            self.failure = TlsHandshakeError(exc)
        finally:
            sock.settimeout(timeout)
        return True

    def recv(self, nr_bytes: int) -> bytearray:
        """Return `nr_bytes` bytes, fewer if the connection is closed first.

        Raises `PduTooLargeError`, and TimeoutError when the PDU takes longer than `patience`.
        """
        try:
            return self._received(nr_bytes)
        except OSError:
            self.deaf = self.deaf or self.assoc.is_acceptor  # else what drips on would be another PDU
            raise

    def _received(self, nr_bytes: int) -> bytearray:
        if nr_bytes > LARGEST_CONTROL_PDU:
            raise PduTooLargeError(f"a PDU of {nr_bytes} bytes is refused")
        received = self._unread[:nr_bytes]
        del self._unread[:nr_bytes]
        sock = self._raw()
        while len(received) < nr_bytes and not self._is_lost:
            if self._pdu_deadline is not None:
                remaining = self._pdu_deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeoutError("the PDU did not arrive in time")
                sock.settimeout(remaining)
            piece = sock.recv(nr_bytes - len(received))
            if not piece:
                break
            received += piece
        if not self.greeting:
            self.greeting = bytes(received)
        return received

    @property
    def _is_lost(self) -> bool:
        """Whether TLS has failed after its handshake: in TLS 1.3 the peer refuses a certificate then."""
        return isinstance(self.failure, TlsHandshakeError)

    def set_timeout(self, seconds: float | None) -> None:
        """Set the time-out of reading and writing, if the connection is still there."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.settimeout(seconds)

    def unread(self, data: bytes | bytearray | memoryview) -> None:
        """Put bytes back: pynetdicom reads them before what still comes from the network."""
        self._unread += data


def _secured(raw: socket.socket, context: ssl.SSLContext, server_name: str | None = None) -> ssl.SSLSocket:
    """Do the TLS handshake on a connection, as its server where there is no `server_name` to expect.

    Raises `TlsHandshakeError`, and closes the connection.
    """
    try:
        raw.getpeername()  # ssl leaves the socket open when it is the first to see that the peer is gone
        sock = context.wrap_socket(
            raw,
            server_side=server_name is None,
            server_hostname=server_name,
            do_handshake_on_connect=False,
        )
    except OSError as exc:  # the peer is gone already
        raw.close()
        raise TlsHandshakeError(exc) from exc
    try:
        sock.do_handshake()
    except OSError as exc:
        _let_read(sock)
        raise TlsHandshakeError(exc) from exc
    cipher = sock.cipher()
    LOGGER.debug("TLS: %s, %s", sock.version(), cipher[0] if cipher else None)
    return sock


def _let_read(sock: ssl.SSLSocket) -> None:
    """Close the connection when the peer has read what was sent, which says why there is no TLS.

    To close it while something of the peer is unread would destroy that on its way.
    """
    deadline = time.monotonic() + _LAST_READS
    with suppress(OSError, ValueError):
        sock.shutdown(socket.SHUT_WR)
        while (remaining := deadline - time.monotonic()) > 0:
            sock.settimeout(remaining)
            if not sock.recv(_LARGEST_RECORD):
                break
    sock.close()


def tune(sock: socket.socket) -> None:
    """Send at once (no Nagle), and let the system find out that the other host is gone."""
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def readable(sock: socket.socket, seconds: float | None) -> bool:
    """Wait up to `seconds` (None: for ever) for data or the end of the connection."""
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    try:
        if hasattr(select, "poll"):  # select() cannot watch descriptors from 1024 on
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return bool(poll.poll(None if seconds is None else seconds * 1000))
        return bool(select.select([sock], [], [], seconds)[0])
    except (OSError, ValueError):
        return True  # closed: reading will say so
