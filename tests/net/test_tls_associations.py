"""Associations over TLS: the data plane works, and every failure has one clear line, on both sides."""

from __future__ import annotations

import gc
import logging
import queue
import socket
import ssl
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.association import Association

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.storing import InstanceStore
from dcmtools.errors import AssociationError, AssociationTimeoutError, TlsFailedError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import STORAGE_SOP_CLASSES
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.events import Stored
from dcmtools.net.inputs import plan_inputs
from dcmtools.net.reception import StorageProvider
from dcmtools.net.store import StoreRequest, store
from dcmtools.net.tls import PeerTls, TlsSettings, TlsVersion, client_context, server_context
from dcmtools.net.tls_failures import TlsHandshakeError
from dcmtools.net.transfer.sockets import SharedSocket
from tests.certificates import Certificates, Identity
from tests.net.conftest import BRIEF, Running, serving
from tests.samples import Sample, read_sample, sample

CONTEXTS = [verification_context(["1.2.840.10008.1.2"])]


class Refusals(logging.Handler):
    """What servers log about connections without TLS."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("TLS with 127.0.0.1:"):
            self._lines.put((record.levelname, record.getMessage()))

    def next(self, level: str = "ERROR") -> str:
        """The next line, which has to come at `level`."""
        found, line = self._lines.get(timeout=10)
        assert found == level, line
        return line


@pytest.fixture
def refusals() -> Iterator[Refusals]:
    logger, handler = logging.getLogger("dcmtools.net.transfer.entity"), Refusals()
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


@contextmanager
def secured(
    certificates: Certificates, identity: Identity | None = None, *, require: bool = False, **settings: Any
) -> Iterator[Running]:
    """A server with TLS; a client's certificate has to be good."""
    mine = identity or certificates.server
    tls = TlsSettings(certificate=mine.certificate, key=mine.key, authorities=certificates.authority)
    with serving(tls=server_context(tls, require_certificate=require), **settings) as running:
        yield running


def peer(
    port: int,
    certificates: Certificates,
    identity: Identity | None = None,
    *,
    verify: bool = True,
    **tls: object,
) -> Peer:
    """The server, as a client with these settings sees it."""
    values: dict[str, object] = {"authorities": certificates.authority}
    if identity is not None:
        values |= {"certificate": identity.certificate, "key": identity.key}
    context = client_context(TlsSettings(**(values | tls)), verify=verify)  # type: ignore[arg-type]
    return Peer("127.0.0.1", port, tls=PeerTls(context))


def verify(there: Peer) -> str | None:
    """Send a C-ECHO; return the version of TLS."""
    with associate(there, "SCU", CONTEXTS, BRIEF) as association:
        assert [answer.status for answer in echo(association, 2)] == [0, 0]
        sock = association._association.dul.socket.socket
        return sock.version() if isinstance(sock, ssl.SSLSocket) else None


def refusal(there: Peer) -> str:
    """Try to associate; return the one line about it."""
    with pytest.raises(TlsFailedError) as caught:
        verify(there)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("mutual", [False, True])
def test_echo(certificates: Certificates, version: str, mutual: bool) -> None:
    with secured(certificates, require=mutual) as running:
        there = peer(running.port, certificates, certificates.client if mutual else None)
        assert there.tls is not None
        there.tls.context.maximum_version = {
            "TLSv1.2": ssl.TLSVersion.TLSv1_2,
            "TLSv1.3": ssl.TLSVersion.TLSv1_3,
        }[version]
        assert verify(there) == version


def test_a_server_without_authorities_asks_for_no_certificate(certificates: Certificates) -> None:
    tls = TlsSettings(certificate=certificates.server.certificate, key=certificates.server.key)
    with serving(tls=server_context(tls)) as running:
        assert verify(peer(running.port, certificates)) == "TLSv1.3"


def test_the_name_in_the_certificate_can_be_said(certificates: Certificates) -> None:
    with secured(certificates, certificates.elsewhere) as running:
        there = peer(running.port, certificates)
        assert there.tls is not None
        named = Peer("127.0.0.1", running.port, tls=PeerTls(there.tls.context, "elsewhere.example.org"))
        assert verify(named) == "TLSv1.3"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("expired", "the certificate of the peer has expired"),
        ("future", "the certificate of the peer is not valid yet"),
        ("elsewhere", "the certificate of the peer is for another host"),
        ("foreign", "the certificate of the peer comes from an authority that is not known"),
    ],
)
def test_a_bad_certificate_of_the_server(certificates: Certificates, name: str, reason: str) -> None:
    with secured(certificates, getattr(certificates, name)) as running:
        assert reason in refusal(peer(running.port, certificates))
        assert verify(peer(running.port, certificates, verify=False)) == "TLSv1.3"


def test_a_certificate_can_be_trusted_itself(certificates: Certificates) -> None:
    with secured(certificates, certificates.foreign) as running:
        there = peer(running.port, certificates, authorities=certificates.foreign.certificate)
        assert verify(there) == "TLSv1.3"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("name", "here", "there"),
    [
        (None, "wants a certificate|may want a certificate", "the peer has no certificate"),
        ("foreign", "does not know the authority of my certificate", "an authority that is not known"),
        ("expired", "says that my certificate has expired", "the certificate of the peer has expired"),
    ],
)
def test_a_bad_certificate_of_the_client(
    certificates: Certificates,
    version: ssl.TLSVersion,
    name: str | None,
    here: str,
    there: str,
    refusals: Refusals,
) -> None:
    """With TLS 1.3 the client hears of it when its handshake is over already."""
    with secured(certificates, require=True) as running:
        client = peer(running.port, certificates, getattr(certificates, name) if name else None)
        assert client.tls is not None
        client.tls.context.maximum_version = version
        with pytest.raises(TlsFailedError, match=here):
            verify(client)
        assert there in refusals.next()
        assert verify(peer(running.port, certificates, certificates.client)) == "TLSv1.3"


def test_older_versions_are_refused(certificates: Certificates, refusals: Refusals) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    _limit_to_1_1(old)
    with secured(certificates) as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as raw:
            with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
                old.wrap_socket(raw, server_hostname="localhost")
        assert "there is no TLS version that both sides speak" in refusals.next()


def test_a_server_of_older_versions_is_refused(certificates: Certificates) -> None:
    tls = TlsSettings(certificate=certificates.server.certificate, key=certificates.server.key)
    context = server_context(tls)
    _limit_to_1_1(context)
    with serving(tls=context) as running:
        assert "there is no TLS version that both sides speak" in refusal(peer(running.port, certificates))


def _limit_to_1_1(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")


def test_a_higher_version_can_be_asked_for(certificates: Certificates) -> None:
    mine = certificates.server
    tls = TlsSettings(certificate=mine.certificate, key=mine.key, minimum_version=TlsVersion.TLS_1_3)
    with serving(tls=server_context(tls)) as running:
        there = peer(running.port, certificates)
        assert there.tls is not None
        there.tls.context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert "there is no TLS version that both sides speak" in refusal(there)


def test_no_common_cipher(certificates: Certificates) -> None:
    with secured(certificates) as running:
        there = peer(running.port, certificates, ciphers="ECDHE-ECDSA-AES256-GCM-SHA384:AES256-SHA")
        assert there.tls is not None
        there.tls.context.maximum_version = ssl.TLSVersion.TLSv1_2
        there.tls.context.set_ciphers("AES256-SHA")
        assert "the peer refused the handshake" in refusal(there)


def test_a_server_without_tls(certificates: Certificates) -> None:
    with serving(limits=Limits(acse=1, dimse=1, network=1)) as running:
        assert "TLS failed: " in refusal(peer(running.port, certificates))


def test_a_peer_that_answers_something_else(certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.settimeout(10)
                with suppress(OSError):
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=answer)
        thread.start()
        assert "the peer does not speak TLS" in refusal(peer(listener.getsockname()[1], certificates))
        thread.join(10)


def test_a_peer_that_ends_the_handshake_and_says_nothing(certificates: Certificates) -> None:
    """The session tickets that it sends are no answer to wait for the rest of."""
    tls = TlsSettings(certificate=certificates.server.certificate, key=certificates.server.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            connection, _ = listener.accept()
            with server_context(tls).wrap_socket(connection, server_side=True) as secure, suppress(OSError):
                secure.settimeout(10)
                while secure.recv(65536):
                    pass

        thread = threading.Thread(target=listen)
        thread.start()
        there = peer(listener.getsockname()[1], certificates)
        began = time.monotonic()
        with pytest.raises(AssociationTimeoutError, match=r"0\.5 s"):
            with associate(there, "SCU", CONTEXTS, Limits(connect=5, acse=0.5, dimse=5, network=5)):
                pass
        assert time.monotonic() - began < 3
        thread.join(10)


def test_a_client_without_tls(certificates: Certificates, refusals: Refusals) -> None:
    with secured(certificates) as running:
        with pytest.raises(AssociationError):
            verify(Peer("127.0.0.1", running.port))
        assert "the peer does not speak TLS" in refusals.next()


def test_who_says_nothing_holds_up_nobody(certificates: Certificates, refusals: Refusals) -> None:
    """The handshake is the work of the association's thread, and has to be over in time."""
    limits = Limits(connect=5, acse=1, dimse=5, network=5)
    with secured(certificates, limits=limits) as running:
        idle = [socket.create_connection(("127.0.0.1", running.port), timeout=10) for _ in range(20)]
        idle[0].sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a handshake
        began = time.monotonic()
        assert verify(peer(running.port, certificates)) == "TLSv1.3"
        assert time.monotonic() - began < 1
        for connection in idle:
            with connection:
                while connection.recv(100):
                    pass
        assert time.monotonic() - began < 5
        assert verify(peer(running.port, certificates)) == "TLSv1.3"
    for _ in idle:
        assert "the peer did not end the handshake within the time-out" in refusals.next("INFO")


@pytest.mark.parametrize("said", [b"", b"\x16\x03"], ids=["nothing said", "something said"])
def test_who_resets_the_connection_at_once_leaves_no_socket(certificates: Certificates, said: bytes) -> None:
    """Python's ssl would, when it is the first to see that the peer is gone (a ResourceWarning)."""
    tls = TlsSettings(certificate=certificates.server.certificate, key=certificates.server.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        link = SharedSocket(Association(AE(), MODE_ACCEPTOR), connection)
        client.sendall(said)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with pytest.raises(TlsHandshakeError) as failure:
                link.secure(server_context(tls), 5)
            assert failure.value.is_silent
            del failure
            gc.collect()
        assert not caught


@contextmanager
def dripping(port: int) -> Iterator[int]:
    """A way to the server on which each byte of its answers comes alone: TLS records come in pieces."""

    def forward(source: socket.socket, target: socket.socket, size: int) -> None:
        with suppress(OSError):
            while data := source.recv(size):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=forward, args=(server, client, 1))
            back.start()
            forward(client, server, 65536)
            back.join(10)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def test_records_that_come_in_pieces(certificates: Certificates) -> None:
    paths = [str(sample(name)) for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm")]
    files = [found for found in plan_inputs(paths, recurse=False) if isinstance(found, InstanceFile)]

    def ignoring(report: Callable[[object], None]) -> StorageProvider:
        return StorageProvider(None, report)

    with secured(certificates, storage=ignoring, sop_classes=STORAGE_SOP_CLASSES) as running:
        with dripping(running.port) as port:
            events = list(store(StoreRequest(peer(port, certificates), "SCU", BRIEF), files))
    assert [event.status for event in events if isinstance(event, Stored)] == [0, 0, 0]


def test_what_is_stored_over_tls_is_what_was_sent(
    certificates: Certificates, unique_samples: tuple[Sample, ...], tmp_path: Path
) -> None:
    """The data plane, with objects of more than one TLS record."""
    paths = [str(sample.path) for sample in unique_samples]
    files = [found for found in plan_inputs(paths, recurse=False) if isinstance(found, InstanceFile)]

    def storage(report: Callable[[object], None]) -> StorageProvider:
        objects = InstanceStore(tmp_path)
        objects.prepare()
        return StorageProvider(objects, report)

    with secured(certificates, require=True, storage=storage, sop_classes=STORAGE_SOP_CLASSES) as running:
        there = peer(running.port, certificates, certificates.client)
        stored = [
            event for event in store(StoreRequest(there, "SCU", BRIEF), files) if isinstance(event, Stored)
        ]
    sent = {sample.sop_instance: sample.on_the_wire for sample in unique_samples}
    assert len(stored) > 150
    for path in tmp_path.iterdir():
        kept = read_sample(path)
        assert kept.dataset == sent[kept.sop_instance], path
    assert len(list(tmp_path.iterdir())) == len(stored)
