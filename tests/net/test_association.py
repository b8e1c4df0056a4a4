"""Requesting associations: everything that can go wrong is its own error, in time."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from dcmtools.errors import (
    AssociationAbortedError,
    AssociationError,
    AssociationRejectedError,
    AssociationTimeoutError,
    ConnectionFailedError,
    ListenError,
    NoContextError,
    UnknownHostError,
)
from dcmtools.net.access import Access
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.server import Server, ServerSettings
from tests.net.conftest import BRIEF, serving

CONTEXTS = [verification_context(["1.2.840.10008.1.2"])]


@contextmanager
def raw_peer(behave: Callable[[socket.socket], None]):
    """A TCP server that runs `behave` on its first connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                behave(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield Peer("127.0.0.1", listener.getsockname()[1])
        thread.join(10)


def _until_closed(connection: socket.socket) -> None:
    connection.settimeout(10)
    while connection.recv(65536):
        pass


def _associate(peer: Peer, limits: Limits = BRIEF, contexts=CONTEXTS) -> None:
    with associate(peer, "SCU", contexts, limits):
        pass


def test_echo_on_an_association():
    with (
        serving() as running,
        associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF) as association,
    ):
        answers = list(echo(association, 3))
    assert [(answer.number, answer.status) for answer in answers] == [(1, 0), (2, 0), (3, 0)]
    assert all(0 < answer.seconds < 5 for answer in answers)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_all_interfaces_are_ipv4_and_ipv6(host):
    with serving(bind_address="") as running:
        with associate(Peer(host, running.port), "SCU", CONTEXTS, BRIEF) as association:
            assert next(echo(association, 1)).status == 0


def test_ipv6_peer_is_named_with_brackets():
    assert str(Peer("::1", 104)) == "[::1]:104"


def test_unknown_host():
    with pytest.raises(UnknownHostError, match="unknown host"):
        _associate(Peer("no-such-host.invalid", 104))


def test_connection_refused():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionFailedError, match="connection refused"):
        _associate(Peer("127.0.0.1", port))


def test_rejected_called_ae_title():
    with serving(access=Access(called_aet="SCP")) as running:
        with pytest.raises(AssociationRejectedError, match="called AE title not recognised"):
            _associate(Peer("127.0.0.1", running.port, "WRONG"))
        _associate(Peer("127.0.0.1", running.port, "SCP"))


def test_no_context_accepted():
    with serving() as running, pytest.raises(NoContextError, match="CT Image Storage"):
        contexts = [Proposal("1.2.840.10008.5.1.4.1.1.2", ("1.2.840.10008.1.2",)).context()]
        _associate(Peer("127.0.0.1", running.port), contexts=contexts)


def test_too_many_associations_are_rejected_and_places_are_freed():
    with serving(max_associations=1) as running:
        peer = Peer("127.0.0.1", running.port)
        with associate(peer, "SCU", CONTEXTS, BRIEF):
            with pytest.raises(AssociationRejectedError, match="local limit exceeded"):
                _associate(peer)
        deadline = time.monotonic() + 5
        while running.server.busy and time.monotonic() < deadline:
            time.sleep(0.01)
        _associate(peer)


def test_half_open_connections_take_no_place():
    with serving(max_associations=1) as running:
        idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(30)]
        try:
            _associate(Peer("127.0.0.1", running.port))
        finally:
            for connection in idle:
                connection.close()


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (lambda connection: None, AssociationAbortedError),
        (lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), AssociationError),
        (
            lambda connection: connection.sendall(b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x00"),
            AssociationAbortedError,
        ),
        (lambda connection: connection.sendall(b"\x02\x00\xff\xff\xff\xff"), AssociationError),
    ],
    ids=["closes", "is no DICOM", "aborts", "lies about the length"],
)
def test_strange_answers(behave, error):
    with raw_peer(behave) as peer, pytest.raises(error):
        _associate(peer)


@pytest.mark.parametrize(
    ("answer", "reason", "hint"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the peer speaks HTTP on this port", "port"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "the peer speaks SSH", "port"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "the peer speaks TLS", "--tls"),
        (b"\xff\xff\xff\xff\xff\xff\xff", "does not speak DICOM", "port"),
        (b"", "ended the connection during association negotiation", "--tls"),
    ],
    ids=["HTTP", "SSH", "TLS", "something", "nothing"],
)
def test_what_the_peer_speaks_in_place_of_dicom(answer, reason, hint):
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with raw_peer(behave) as peer, pytest.raises(AssociationAbortedError) as raised:
        _associate(peer)
    assert reason in raised.value.reason
    assert hint in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EHOSTUNREACH, "host unreachable"),
        (errno.ENETUNREACH, "host unreachable"),
        (errno.EPERM, "connection not permitted"),
        (errno.EADDRNOTAVAIL, "cannot connect: "),
    ],
)
def test_connections_that_the_system_does_not_make(number, reason, monkeypatch):
    def fail(self: socket.socket, address: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", fail)
    with pytest.raises(ConnectionFailedError, match=reason) as raised:
        _associate(Peer("127.0.0.1", 104))
    assert raised.value.hint


def test_no_answer_to_the_request_ends_in_time():
    limits = Limits(connect=5, acse=0.5, dimse=5, network=5)
    began = time.monotonic()
    with raw_peer(_until_closed) as peer, pytest.raises(AssociationTimeoutError, match=r"0\.5 s"):
        _associate(peer, limits)
    assert time.monotonic() - began < 4


def test_an_answer_that_drips_ends_in_time():
    def drip(connection: socket.socket) -> None:
        try:
            for byte in b"\x02\x00\x00\x00\x10\x00" + bytes(1000):
                connection.sendall(bytes([byte]))
                time.sleep(0.05)
        except OSError:
            pass

    limits = Limits(connect=5, acse=1, dimse=5, network=1)
    with raw_peer(drip) as peer, pytest.raises(AssociationError):
        _associate(peer, limits)


def test_a_port_in_use_is_one_clear_error():
    with serving() as running, pytest.raises(ListenError, match="Address already in use"):
        Server(
            ServerSettings(
                ae_title="SCP",
                port=running.port,
                sop_classes=["1.2.840.10008.1.1"],
                transfer_syntaxes=["1.2.840.10008.1.2"],
                bind_address="127.0.0.1",
            ),
            lambda event: None,
        )


def test_an_error_in_the_block_aborts_the_association():
    with serving() as running:
        with pytest.raises(ZeroDivisionError):
            with associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF):
                raise ZeroDivisionError
        assert running.server.busy is False or _becomes_idle(running.server)


def _becomes_idle(server: Server) -> bool:
    deadline = time.monotonic() + 5
    while server.busy and time.monotonic() < deadline:
        time.sleep(0.01)
    return not server.busy
