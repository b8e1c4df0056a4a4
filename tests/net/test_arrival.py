"""Requests that arrive too slowly, or without an end, cost one association and nothing else."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
import time

import pytest
import trustme

from dcmtools.dicom.storing import InstanceStore
from dcmtools.net import arrival
from dcmtools.net.arrival import SlowRequestError, arriving, drain
from dcmtools.net.association import Limits
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.events import NotReceived, Received
from dcmtools.net.reception import StorageProvider
from dcmtools.net.transfer.stream import ByteStream, LinkTimeoutError
from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.errors import MessageError
from dcmtools.wire.framing import frame_command, frame_dataset
from tests.net.conftest import serving
from tests.net.test_service import CT, DATASET, FILE, STORE, RawPeer, raw

IMPATIENT = Limits(connect=5, acse=5, dimse=5, network=0.6)
_DRIP = 0.05  # seconds


def storing(folder, max_size=None, **settings):
    store = InstanceStore(folder)
    store.prepare()
    return serving(
        lambda report: StorageProvider(store, report, max_size=max_size),
        sop_classes=[CT, VERIFICATION],
        **settings,
    )


def drip(peer: RawPeer, pieces) -> float:
    """Send `pieces`, one every now and then, until the server ends the association; how long that took."""
    began = time.monotonic()
    ended = threading.Event()

    def watch() -> None:
        peer.is_ended()
        ended.set()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for piece in pieces:
            if ended.wait(_DRIP):
                break
            peer.send(piece)
    except OSError:
        pass
    assert ended.wait(10)
    watching.join()
    return time.monotonic() - began


def stream(dataset_size: int) -> bytes:
    """A C-STORE request whose dataset is one fragment of this size."""
    request = Command(
        field=CommandField.C_STORE_RQ,
        message_id=7,
        priority=2,
        has_dataset=True,
        sop_class_uid=CT,
        sop_instance_uid=FILE.sop_instance_uid,
    )
    framed = [
        *frame_command(STORE, encode_command(request), 0),
        *frame_dataset(STORE, bytes(dataset_size), 0),
    ]
    return b"".join(map(bytes, framed))


def empty_fragments(control: int):
    """Fragments without content, of a command set (control 1) or a dataset (0), for ever."""
    return itertools.repeat(b"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x02\x01" + bytes([control]))


@pytest.mark.parametrize(
    "pieces",
    [
        (bytes([byte]) for byte in stream(0)),
        empty_fragments(1),
        itertools.chain([stream(0)[:-12]], empty_fragments(0)),
        itertools.chain([stream(4000)[:-3500]], (b"\x00" for _ in range(3500))),
    ],
    ids=["the command set", "empty command fragments", "empty dataset fragments", "the dataset"],
)
def test_dripping_renews_no_time_out(tmp_path, pieces):
    with storing(tmp_path, limits=IMPATIENT) as running:
        with raw(running.port) as peer:
            assert drip(peer, pieces) < 5
        running.wait_until_idle()
        assert list(tmp_path.iterdir()) == []
        with raw(running.port) as peer:
            peer.store()
            assert peer.response().status == 0


@pytest.mark.parametrize("beginning", [b"\x01\x00\x00\x01\x00\x00", b""])
def test_dripping_an_association_request_renews_no_time_out(beginning):
    """The whole request has to be there within the ACSE time-out; a byte now and then is none."""
    with serving(limits=Limits(connect=5, acse=0.6, dimse=5, network=5)) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            assert drip(RawPeer(connection), itertools.chain([beginning], itertools.repeat(b"\x01"))) < 5


def test_dripping_a_tls_record_renews_no_time_out(tmp_path):
    """Nothing of a record can be used before it is whole, and yet the socket is readable with each byte."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    mine = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(mine)
    there, here = socket.socketpair()
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = mine.wrap_bio(received, to_send, server_hostname="localhost")

    def shake_hands() -> None:
        while True:
            try:
                return client.do_handshake()
            except ssl.SSLWantReadError:
                here.sendall(to_send.read())
                received.write(here.recv(65536))

    hands = threading.Thread(target=shake_hands)
    hands.start()
    with context.wrap_socket(there, server_side=True, do_handshake_on_connect=False) as server, here:
        here.settimeout(10)
        finishing = threading.Thread(target=server.do_handshake)
        finishing.start()
        hands.join(10)
        here.sendall(to_send.read())
        finishing.join(10)
        client.write(bytes(1000))
        record, ended = to_send.read(), threading.Event()

        def send() -> None:
            for byte in record[:-1]:
                here.sendall(bytes([byte]))
                if ended.wait(_DRIP):
                    return

        sending = threading.Thread(target=send)
        sending.start()
        began = time.monotonic()
        with pytest.raises(LinkTimeoutError):
            ByteStream(server).receive_into(memoryview(bytearray(100)), 0.5)
        assert time.monotonic() - began < 5
        ended.set()
        sending.join()


def test_a_server_that_stops_does_not_wait_for_drips(tmp_path):
    server = storing(tmp_path)
    with raw(server.__enter__().port) as peer:
        times = []
        dripping = threading.Thread(target=lambda: times.append(drip(peer, empty_fragments(1))))
        dripping.start()
        server.__exit__(None, None, None)
        dripping.join()
        assert times[0] < 5


def test_a_limit_for_a_whole_request(tmp_path):
    """An object that comes fast enough, and yet takes longer than is allowed."""
    with storing(tmp_path, request_timeout=0.5) as running:
        with raw(running.port) as peer:
            fast_enough = (bytes(1000) for _ in range(14))
            assert drip(peer, itertools.chain([stream(16000)[:-16000]], fast_enough)) < 5
        running.wait_until_idle()
        assert list(tmp_path.iterdir()) == []


def test_pieces_are_counted_only_while_they_are_waited_for():
    def slow(pause):
        for _ in range(3):
            time.sleep(pause)
            yield memoryview(b"x")

    for _ in arriving(slow(0), patience=0.05, longest=0.05):
        time.sleep(0.06)  # what is done with a piece is not the peer's fault
    with pytest.raises(SlowRequestError):
        list(arriving(slow(0.04), patience=0.05))
    with pytest.raises(SlowRequestError):
        list(arriving(slow(0.04), patience=None, longest=0.05))
    assert len(list(arriving(slow(0.04), patience=None))) == 3


def test_an_object_that_is_too_large_is_refused_and_the_association_goes_on(tmp_path):
    with storing(tmp_path, max_size=len(DATASET)) as running, raw(running.port) as peer:
        peer.store(DATASET + bytes(2))
        response = peer.response()
        assert response.status == 0xA700
        assert response.error_comment == f"the object is larger than {len(DATASET)} bytes"
        assert list(tmp_path.iterdir()) == []
        peer.store()
        assert peer.response().status == 0
        kinds = [type(running.event()) for _ in range(5)]
        assert NotReceived in kinds
        assert Received in kinds


def test_an_object_that_never_ends_ends_the_association(tmp_path, monkeypatch):
    monkeypatch.setattr(arrival, "MOST_DRAINED", 1 << 20)
    with storing(tmp_path, max_size=1000) as running, raw(running.port) as peer:
        peer.send(stream(16000))
        assert peer.response().status == 0xA700
        peer.send(stream(0)[:-12])
        with pytest.raises(ConnectionError):
            for _ in range(10_000):
                peer.send(b"".join(map(bytes, frame_dataset(STORE, bytes(16000), 0, last=False))))
        running.wait_until_idle()
    assert list(tmp_path.iterdir()) == []


def test_draining_has_an_end(monkeypatch):
    monkeypatch.setattr(arrival, "MOST_DRAINED", 10)
    drain(memoryview(bytes(5)) for _ in range(2))
    with pytest.raises(MessageError):
        drain(memoryview(bytes(5)) for _ in range(3))
