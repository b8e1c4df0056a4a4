"""Faults on purpose, seen from the peer that meets them; no thread may be left of any."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dcmtools.cli.fault_grammar import parse_fault
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.storing import InstanceStore
from dcmtools.errors import AssociationAbortedError, AssociationRejectedError, AssociationTimeoutError
from dcmtools.net.association import Peer, associate
from dcmtools.net.echo import VERIFICATION, echo, verification_context
from dcmtools.net.events import Injected, Listening, NotStored, Received, Receiving, Stored
from dcmtools.net.faults import FaultPlan, Operation
from dcmtools.net.reception import StorageProvider
from dcmtools.net.store import StoreRequest, store
from dcmtools.net.transfer.takeover import shared_socket
from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.framing import frame_command
from tests.net.conftest import BRIEF, Running, serving
from tests.net.sent_files import CT, write_file

CONTEXTS = [verification_context(["1.2.840.10008.1.2"])]
SHORT = replace(BRIEF, acse=2, dimse=2)
ABORT = 7


@contextmanager
def faulty(folder: Path, *faults: str):
    """A server that stores in `folder`/stored, and makes these faults."""
    instances = InstanceStore(folder / "stored")
    instances.prepare()
    plan = FaultPlan([parse_fault(text, Operation) for text in faults], 0)
    with serving(
        lambda report: StorageProvider(instances, report), sop_classes=[CT, VERIFICATION], faults=plan
    ) as running:
        assert isinstance(running.event(), Listening)
        yield running


def stored(folder: Path) -> list[str]:
    """The names of the files, temporary ones too."""
    return sorted(path.name for path in (folder / "stored").iterdir())


def send(running: Running, files: list[InstanceFile], limits=BRIEF) -> list[Stored | NotStored]:
    request = StoreRequest(Peer("127.0.0.1", running.port), "SCU", limits)
    return [event for event in store(request, files) if isinstance(event, Stored | NotStored)]


def echoed(running: Running, limits=BRIEF, count: int = 1) -> list[int]:
    with associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, limits) as association:
        return [event.status for event in echo(association, count)]


@pytest.fixture
def files(tmp_path: Path) -> list[InstanceFile]:
    return [write_file(tmp_path, number) for number in range(1, 6)]


def test_a_failure_is_answered_and_nothing_is_stored(tmp_path, files):
    with faulty(tmp_path, "store:2,4:status=0xA700") as running:
        events = send(running, files)
        assert [getattr(event, "status", None) for event in events] == [0, 0xA700, 0, 0xA700, 0]
        assert len(stored(tmp_path)) == 3
        reported = [running.event() for _ in range(8)]
    assert [event for event in reported if isinstance(event, Injected)] == [
        Injected("store", 2, "status=0xA700", "SCU"),
        Injected("store", 4, "status=0xA700", "SCU"),
    ]


def test_a_warning_is_answered_and_the_object_is_stored(tmp_path, files):
    with faulty(tmp_path, "store:every2:status=0xB000") as running:
        events = send(running, files)
    assert [event.status for event in events] == [0, 0xB000, 0, 0xB000, 0]
    assert len(stored(tmp_path)) == 5


def test_what_fails_in_truth_is_not_made_better(tmp_path):
    with faulty(tmp_path, "store:all:status=0x0000") as running:
        with associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF) as association:
            request = Command(
                field=CommandField.C_STORE_RQ,
                message_id=5,
                sop_class_uid=CT,
                sop_instance_uid="1.2",
                priority=0,
                has_dataset=True,
            )
            association.send(1, request, [b"on the context of another SOP class"])
            response, _ = association.response(5, 5)
    assert response.status == 0x0122


@pytest.mark.parametrize("how", ["abort", "drop", "reset"])
@pytest.mark.parametrize(("stage", "kept"), [("request", 4), ("dataset", 4), ("response", 5)])
def test_an_association_that_ends_at_a_stage(tmp_path, files, how, stage, kept):
    """The object is there only where the response alone is missing; the others come by a new association."""
    with faulty(tmp_path, f"store:3:{how}@{stage}") as running:
        events = send(running, files)
        running.wait_until_idle()
    assert [isinstance(event, Stored) for event in events] == [True, True, False, True, True]
    assert len(stored(tmp_path)) == kept


@pytest.mark.parametrize(("how", "seen"), [("abort", "A-ABORT"), ("drop", "closed"), ("reset", "reset")])
def test_how_the_connection_ends(tmp_path, how, seen):
    with faulty(tmp_path, f"echo:1:{how}") as running:
        with associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF) as association:
            connection = shared_socket(association._association).socket
            connection.settimeout(10)
            request = Command(field=CommandField.C_ECHO_RQ, message_id=1, sop_class_uid=VERIFICATION)
            connection.sendall(b"".join(map(bytes, frame_command(1, encode_command(request), 0))))
            try:
                data = connection.recv(100)
                found = "A-ABORT" if data[:1] == bytes([ABORT]) else "closed" if not data else "data"
            except ConnectionResetError:
                found = "reset"
            association.abort()
        running.wait_until_idle()
    assert found == seen


@pytest.mark.parametrize("stage", ["request", "response"])
def test_a_delay(tmp_path, stage):
    with faulty(tmp_path, f"echo:2:delay=0.4@{stage}") as running:
        with associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF) as association:
            first, second = echo(association, 2)
    assert first.status == second.status == 0
    assert second.seconds >= 0.4


def test_a_hang_lasts_until_the_peer_has_enough(tmp_path, files):
    with faulty(tmp_path, "store:1:hang@response") as running:
        events = send(running, files[:2], SHORT)
        running.wait_until_idle()
        assert [isinstance(event, Stored) for event in events] == [False, True]
    assert len(stored(tmp_path)) == 2


@pytest.mark.parametrize("fault", ["hang", "delay=60", "hang@response", "delay=60@response"])
def test_a_server_that_stops_waits_no_longer(tmp_path, fault):
    with faulty(tmp_path, f"echo:1:{fault}") as running:
        with associate(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF) as association:
            request = Command(field=CommandField.C_ECHO_RQ, message_id=1, sop_class_uid=VERIFICATION)
            association.send(1, request)
            assert isinstance(running.event(), Injected)
            began = time.monotonic()
            running.server.stop(grace=30)
            assert time.monotonic() - began < 10
            with pytest.raises(AssociationAbortedError):
                association.response(1, 5)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reject", AssociationRejectedError),
        ("reject=limit", AssociationRejectedError),
        ("abort", AssociationAbortedError),
        ("drop", AssociationAbortedError),
        ("reset", AssociationAbortedError),
        ("hang", AssociationTimeoutError),
        ("delay=30", AssociationTimeoutError),
    ],
)
def test_a_request_for_an_association(tmp_path, fault, error):
    with faulty(tmp_path, f"associate:2:{fault}") as running:
        assert echoed(running) == [0]
        with pytest.raises(error):
            echoed(running, SHORT if error is AssociationTimeoutError else BRIEF)
        assert echoed(running) == [0]
        running.wait_until_idle()


def test_a_rejection_says_what_was_asked_for(tmp_path):
    with faulty(tmp_path, "associate:1:reject=congestion") as running:
        with pytest.raises(AssociationRejectedError, match="temporary congestion") as caught:
            echoed(running)
    assert caught.value.is_transient


def test_a_late_answer_to_a_request_for_an_association(tmp_path):
    with faulty(tmp_path, "associate:1:delay=0.4") as running:
        began = time.monotonic()
        assert echoed(running) == [0]
        assert time.monotonic() - began >= 0.4


def test_in_each_association(tmp_path):
    with faulty(tmp_path, "echo/association:2:status=0x0110") as running:
        assert [echoed(running, count=3) for _ in range(2)] == [[0, 0x0110, 0]] * 2


def test_what_comes_behind_a_fault_is_as_ever(tmp_path, files):
    with faulty(tmp_path, "store:1:delay=0.1") as running:
        assert [event.status for event in send(running, files)] == [0] * 5
        reported = [running.event() for _ in range(11)]
    kinds = [type(event) for event in reported]
    assert kinds == [Injected, *[Receiving, Received] * 5]
