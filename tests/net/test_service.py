"""The SCP side against peers that keep no rules: each ends in an answer or an abort, and no thread stays."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from dcmtools.dicom.part10 import read_instance
from dcmtools.dicom.storing import InstanceStore, OnExisting
from dcmtools.net.association import Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import VERIFICATION, verification_context
from dcmtools.net.events import NotReceived, Received, Receiving
from dcmtools.net.reception import StorageProvider
from dcmtools.net.transfer.takeover import shared_socket
from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.framing import frame_command, frame_dataset
from dcmtools.wire.messages import CommandArrived, MessageReader
from tests.net.conftest import BRIEF, serving
from tests.samples import sample

CT = str(CTImageStorage)
CONTEXTS = [
    Proposal(CT, (str(ExplicitVRLittleEndian),)).context(),
    verification_context(["1.2.840.10008.1.2"]),
]
STORE, ECHO = 1, 3  # context IDs

FILE = read_instance(sample("CT_small.dcm"))
DATASET = Path(FILE.path).read_bytes()[FILE.offset :]


class RawPeer:
    """Writes whatever it likes on an established association, and reads the responses."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(10)
        self._reader = MessageReader(0)
        self._events: list[object] = []

    def send(self, *buffers: bytes) -> None:
        self.connection.sendall(b"".join(map(bytes, buffers)))

    def store(self, dataset: bytes = DATASET, **changes: object) -> None:
        request = Command(
            field=CommandField.C_STORE_RQ,
            message_id=7,
            priority=2,
            has_dataset=True,
            sop_class_uid=CT,
            sop_instance_uid=FILE.sop_instance_uid,
        )._replace(**changes)
        self.send(*frame_command(STORE, encode_command(request), 0), *frame_dataset(STORE, dataset, 16382))

    def echo(self) -> None:
        request = Command(field=CommandField.C_ECHO_RQ, message_id=9, sop_class_uid=VERIFICATION)
        self.send(*frame_command(ECHO, encode_command(request), 0))

    def response(self) -> Command:
        while True:
            while self._events:
                event = self._events.pop(0)
                if isinstance(event, CommandArrived):
                    return event.command
            data = self.connection.recv(65536)
            assert data, "the connection was closed"
            self._events += list(self._reader.feed(data))
            assert not self._reader.foreign, "the association was aborted"

    def is_ended(self) -> bool:
        """Whether the server ends the association: by an abort, and then the connection."""
        try:
            while self.connection.recv(65536):
                pass
        except ConnectionError:
            pass
        return True


@contextmanager
def archive(folder: Path, **changes: object):
    store = InstanceStore(folder, on_existing=changes.pop("on_existing", None))
    store.prepare()

    def storage(report):
        return StorageProvider(store, report)

    with serving(storage, sop_classes=[CT, VERIFICATION], **changes) as running:
        yield running


@contextmanager
def raw(port: int):
    with associate(Peer("127.0.0.1", port), "SCU", CONTEXTS, BRIEF) as association:
        link = shared_socket(association._association)
        yield RawPeer(link.socket)
        association.abort()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_an_object_is_stored_byte_for_byte_before_it_is_acknowledged(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        peer.store()
        assert peer.response().status == 0
        [path] = _files(tmp_path)
        assert path.name == f"CT.{FILE.sop_instance_uid}"
        stored = read_instance(path)
        assert path.read_bytes()[stored.offset :] == DATASET
        assert stored.transfer_syntax_uid == ExplicitVRLittleEndian
    kinds = [type(running.event()) for _ in range(3)][1:]
    assert kinds == [Receiving, Received]


@pytest.mark.parametrize(
    ("dataset", "changes", "status"),
    [
        (DATASET[:-100], {}, 0xC000),
        (DATASET, {"sop_instance_uid": "1.2.3"}, 0xA900),
        (DATASET, {"sop_instance_uid": "../../etc/passwd"}, 0xA900),
        (DATASET, {"sop_instance_uid": None}, 0x0117),
        (DATASET, {"sop_class_uid": "1.2.840.10008.5.1.4.1.1.4"}, 0x0122),
        (b"no dataset at all, but some text", {}, 0xC210),
        (b"", {}, 0xC210),
    ],
    ids=["cut", "other UID", "path as UID", "no UID", "other SOP class", "text", "empty"],
)
def test_what_cannot_be_kept_is_refused_and_the_association_goes_on(tmp_path, dataset, changes, status):
    with archive(tmp_path) as running, raw(running.port) as peer:
        peer.store(dataset, **changes)
        response = peer.response()
        assert response.status == status
        assert response.error_comment
        assert _files(tmp_path) == []
        peer.store()
        assert peer.response().status == 0
    assert [file.name for file in _files(tmp_path)] == [f"CT.{FILE.sop_instance_uid}"]


def test_a_full_disk_costs_one_object(tmp_path, monkeypatch):
    with archive(tmp_path) as running, raw(running.port) as peer:
        with monkeypatch.context() as patched:
            patched.setattr("os.write", _no_space)
            peer.store()
            response = peer.response()
        assert (response.status, response.responded_to) == (0xA700, 7)
        assert _files(tmp_path) == []
        peer.store()
        assert peer.response().status == 0


def _no_space(descriptor: int, data: bytes) -> int:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("on_existing", "status", "files"),
    [(None, 0, 2), (OnExisting.RENAME, 0, 2), (OnExisting.REPLACE, 0, 1), (OnExisting.KEEP, 0x0111, 1)],
)
def test_another_object_with_the_same_uid(tmp_path, on_existing, status, files):
    other = DATASET.replace(b"JFK IMAGING CENTER", b"ANOTHER HOSPITAL !")
    assert other != DATASET
    with archive(tmp_path, on_existing=on_existing) as running, raw(running.port) as peer:
        peer.store()
        assert peer.response().status == 0
        peer.store(other)
        assert peer.response().status == status
    assert len(_files(tmp_path)) == files


def test_the_same_object_again_is_one_file(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        for _ in range(2):
            peer.store()
            assert peer.response().status == 0
    assert len(_files(tmp_path)) == 1


def test_messages_that_come_together_are_answered_one_by_one(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        for _ in range(5):
            peer.echo()
        assert [peer.response().field for _ in range(5)] == [CommandField.C_ECHO_RSP] * 5


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_any_split_of_the_bytes(tmp_path, size):
    request = Command(field=CommandField.C_ECHO_RQ, message_id=9, sop_class_uid=VERIFICATION)
    stream = b"".join(map(bytes, frame_command(ECHO, encode_command(request), 0)))
    with archive(tmp_path) as running, raw(running.port) as peer:
        for start in range(0, len(stream), size):
            peer.send(stream[start : start + size])
        assert peer.response().responded_to == 9


def test_a_request_that_is_not_supported_is_answered(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        request = Command(field=CommandField.C_FIND_RQ, message_id=3, sop_class_uid=CT, has_dataset=True)
        peer.send(*frame_command(STORE, encode_command(request), 0), *frame_dataset(STORE, DATASET, 16382))
        assert (peer.response().status, peer.connection.gettimeout()) == (0x0211, 10)


def test_a_cancel_for_nothing_is_passed_over(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        cancel = Command(field=CommandField.C_CANCEL_RQ, responded_to=3)
        peer.send(*frame_command(ECHO, encode_command(cancel), 0))
        peer.echo()
        assert peer.response().status == 0


BROKEN = {
    "data before its command": frame_dataset(STORE, b"xx", 0),
    "context that was not accepted": frame_command(
        99, encode_command(Command(field=CommandField.C_ECHO_RQ, message_id=1, sop_class_uid=VERIFICATION)), 0
    ),
    "PDU of another type": [b"\x55\x00\x00\x00\x00\x04abcd"],
    "PDV longer than its PDU": [b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\xff\x01\x03ab"],
    "PDU longer than announced": [b"\x04\x00\xff\xff\xff\xff" + bytes(100_000)],
    "command set of noise": frame_command(ECHO, b"\xff" * 50, 0),
    "associate request again": [b"\x01\x00\x00\x00\x00\x04\x00\x01\x00\x00"],
}


@pytest.mark.parametrize("stream", BROKEN.values(), ids=BROKEN)
def test_broken_streams_end_the_association_and_no_other(tmp_path, stream):
    with archive(tmp_path) as running:
        with raw(running.port) as peer:
            peer.send(*stream)
            assert peer.is_ended()
        with raw(running.port) as peer:
            peer.store()
            assert peer.response().status == 0


def test_a_sender_that_dies_in_the_middle_leaves_nothing(tmp_path):
    with archive(tmp_path) as running:
        with raw(running.port) as peer:
            request = Command(
                field=CommandField.C_STORE_RQ,
                message_id=1,
                priority=0,
                has_dataset=True,
                sop_class_uid=CT,
                sop_instance_uid=FILE.sop_instance_uid,
            )
            half = DATASET[: len(DATASET) // 4 * 2]
            peer.send(*frame_command(STORE, encode_command(request), 0))
            peer.send(*frame_dataset(STORE, half, 16382, last=False))
            peer.connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + 10
        while running.server.busy and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not running.server.busy
    assert _files(tmp_path) == []


def test_a_server_that_is_stopping_can_be_hurried(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        peer.send(*frame_dataset(STORE, DATASET, 16382)[:1])  # a header, and nothing behind it
        began = time.monotonic()
        running.server.stop(grace=0.1)
        running.server.stop(grace=0)
        assert time.monotonic() - began < 10


def test_an_idle_association_is_ended_by_the_network_timeout(tmp_path):
    from dataclasses import replace

    with archive(tmp_path, limits=replace(BRIEF, network=0.5)) as running, raw(running.port) as peer:
        began = time.monotonic()
        assert peer.is_ended()
        assert 0.3 < time.monotonic() - began < 4


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_messages_never_stop_the_service(mutated_archive, data):
    _, port = mutated_archive
    request = Command(
        field=CommandField.C_STORE_RQ,
        message_id=1,
        priority=0,
        has_dataset=True,
        sop_class_uid=CT,
        sop_instance_uid=FILE.sop_instance_uid,
    )
    stream = bytearray(b"".join(map(bytes, frame_command(STORE, encode_command(request), 0))))
    stream += b"".join(map(bytes, frame_dataset(STORE, DATASET[:600], 200)))
    for _ in range(data.draw(st.integers(1, 6))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    with raw(port) as peer:
        peer.send(bytes(stream))
        peer.connection.shutdown(socket.SHUT_WR)
        peer.is_ended()
    with raw(port) as peer:
        peer.echo()
        assert peer.response().status == 0


@pytest.fixture
def mutated_archive(tmp_path):
    with archive(tmp_path) as running:
        yield tmp_path, running.port


def test_events_of_a_refusal_name_the_instance(tmp_path):
    with archive(tmp_path) as running, raw(running.port) as peer:
        peer.store(DATASET[:-100])
        peer.response()
        events = [running.event() for _ in range(3)]
    [refused] = [event for event in events if isinstance(event, NotReceived)]
    assert (refused.sop_instance_uid, refused.status) == (FILE.sop_instance_uid, 0xC000)
