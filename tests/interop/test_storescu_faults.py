"""storescu against peers that fail: it says what was not stored, and stores all that can be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, build_context
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification

from ..command import Outcome, dcmtools
from ..ports import free_port
from ..samples import Sample, write_instance
from .peers.raw import Talk, close, garbage, raw_peer, silent, unanswered_port
from .peers.scripted import Fault, StorePeer, abort_at, close_at, silence_at, status_at, store_peer

pytestmark = pytest.mark.interop

FOURTH = 3


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Ten instances, in the order in which storescu sends them."""
    folder = tmp_path_factory.mktemp("files")
    return [write_instance(folder / f"{number:02}.dcm") for number in range(10)]


def send(port: int, files: list[Sample], *options: object) -> Outcome:
    return dcmtools("storescu", *options, "127.0.0.1", port, *[item.path for item in files])


def all_but(lost: Sample, files: list[Sample]) -> set[str]:
    return {item.sop_instance for item in files} - {lost.sop_instance}


@pytest.mark.parametrize("status", [0xA700, 0xA900, 0xC210, 0x0122])
def test_one_failing_status(files: list[Sample], status: int) -> None:
    lost = files[FOURTH]
    with store_peer(status_at([FOURTH + 1], status)) as peer:
        outcome = send(peer.port, files)
    assert outcome.code == 3
    assert set(peer.stored) == all_but(lost, files)
    outcome.error_about(lost.path, f"0x{status:04X}")
    assert not any(str(item.path) in outcome.stderr for item in files if item != lost)


def test_every_status_fails(files: list[Sample]) -> None:
    with store_peer(status_at(range(1, 11), 0xA700)) as peer:
        outcome = send(peer.port, files)
    assert outcome.code == 1
    assert len(peer.requests) == 10
    for item in files:
        outcome.error_about(item.path, "0xA700", "out of resources")


def test_failing_status_in_the_log(files: list[Sample]) -> None:
    with store_peer(status_at([1], 0xA700)) as peer:
        outcome = send(peer.port, files[:2], "-v")
    assert "I: Received Store Response (Status: 0xA700 - Failure)" in outcome.stderr.splitlines()
    assert outcome.code == 3


@pytest.mark.parametrize("status", [0xB000, 0xB007])
def test_warning_status_is_stored(files: list[Sample], status: int) -> None:
    """The peer has the instance (PS3.4 section B.2.3); the warning does not go unseen."""
    with store_peer(status_at([FOURTH + 1], status)) as peer:
        outcome = send(peer.port, files, "-v")
    assert len(peer.requests) == 10
    assert outcome.code in (0, 3)
    assert f"0x{status:04X}" in outcome.stderr


@pytest.mark.parametrize("fault", [abort_at(FOURTH + 1), close_at(FOURTH + 1)], ids=["abort", "close"])
def test_association_lost(files: list[Sample], fault: Fault) -> None:
    """The others go over a new association, each once; only the file in flight is in doubt."""
    lost = files[FOURTH]
    with store_peer(fault) as peer:
        outcome = send(peer.port, files)
    check_continued(outcome, peer, lost, files)


def check_continued(outcome: Outcome, peer: StorePeer, lost: Sample, files: list[Sample]) -> None:
    assert outcome.code == 3, outcome.stderr
    assert len(peer.requests) == len(set(peer.requests)), "an instance was sent twice"
    assert set(peer.requests) - {lost.sop_instance} == all_but(lost, files)
    assert peer.associations == 2
    outcome.error_about(lost.path)


def test_silence(files: list[Sample]) -> None:
    lost = files[FOURTH]
    start = time.monotonic()
    with store_peer(silence_at(FOURTH + 1)) as peer:
        outcome = send(peer.port, files, "-td", 1)
    assert time.monotonic() - start < 10
    check_continued(outcome, peer, lost, files)
    outcome.error_about(lost.path, "time")


def test_answer_to_another_message(files: list[Sample]) -> None:
    """An answer with a message ID that was never sent says nothing about the file."""
    lost = files[FOURTH]
    with store_peer(wrong_message_id_at=FOURTH + 1) as peer:
        outcome = send(peer.port, files, "-td", 1)
    assert outcome.code == 3
    outcome.error_about(lost.path)
    assert set(peer.requests) == {item.sop_instance for item in files}


def test_peer_that_loses_every_association(files: list[Sample]) -> None:
    """storescu gives up after some associations instead of going on for ever."""

    def fault(event: Event, number: int, peer: StorePeer) -> int | None:
        return abort_at(number)(event, number, peer)

    with store_peer(fault) as peer:
        outcome = send(peer.port, files)
    assert outcome.code == 1
    for item in files:
        outcome.error_about(item.path)
    assert peer.associations <= 10


@pytest.mark.parametrize(
    ("demand", "reason"),
    [
        (lambda ae: setattr(ae, "require_called_aet", True), "Called AE title not recognised"),
        (lambda ae: setattr(ae, "require_calling_aet", ["FRIEND"]), "Calling AE title not recognised"),
    ],
    ids=["called", "calling"],
)
def test_association_rejected(files: list[Sample], demand: object, reason: str) -> None:
    with store_peer(demand=demand) as peer:
        outcome = send(peer.port, files)
    assert outcome.code == 1
    assert reason.lower() in outcome.stderr.lower()
    assert "rejected" in outcome.stderr.lower()


def test_too_many_associations(files: list[Sample]) -> None:
    with store_peer(demand=lambda ae: setattr(ae, "maximum_associations", 1)) as peer:
        first = AE().associate("127.0.0.1", peer.port, contexts=[build_context(Verification)])
        assert first.is_established
        outcome = send(peer.port, files)
        first.release()
    assert outcome.code == 1
    assert "local limit exceeded" in outcome.stderr.lower()


def test_no_context_accepted(files: list[Sample]) -> None:
    with store_peer(contexts=["1.2.840.10008.5.1.4.1.1.88.67"]) as peer:
        outcome = send(peer.port, files)
    assert outcome.code == 1
    assert outcome.errors() != []
    assert peer.requests == []


def test_one_sop_class_refused(files: list[Sample], tmp_path: Path) -> None:
    other = write_instance(tmp_path / "other.dcm", sop_class="1.2.826.0.1.3680043.10.999.7")
    with store_peer(syntaxes=[ExplicitVRLittleEndian]) as peer:
        outcome = send(peer.port, [*files[:2], other])
    assert outcome.code == 3
    assert len(peer.stored) == 2
    outcome.error_about(other.path)


def test_connection_refused(files: list[Sample]) -> None:
    outcome = send(free_port(), files)
    assert outcome.code == 1
    assert "refused" in outcome.stderr.lower()


def test_unknown_host(files: list[Sample]) -> None:
    outcome = dcmtools("storescu", "no-such-host.invalid", 104, files[0].path)
    assert outcome.code == 1
    outcome.error_about("no-such-host.invalid")


@pytest.mark.parametrize("talk", [silent, garbage, close])
def test_peer_that_speaks_no_dicom(files: list[Sample], talk: Talk) -> None:
    start = time.monotonic()
    with raw_peer(talk) as port:
        outcome = send(port, files, "-ta", 1)
    assert time.monotonic() - start < 10
    assert outcome.code == 1
    assert outcome.errors() != []


def test_connection_that_is_never_made(files: list[Sample]) -> None:
    start = time.monotonic()
    with unanswered_port() as port:
        outcome = send(port, files, "-to", 1)
    assert time.monotonic() - start < 10
    assert outcome.code == 1
    assert outcome.errors() != []


def test_quiet_says_nothing_but_fails(files: list[Sample]) -> None:
    outcome = send(free_port(), files, "-q")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (1, "", "")


def test_rejected_after_an_abort(files: list[Sample]) -> None:
    """After an abort the peer takes no new association: what was not sent is named, all of it."""
    entities: list[AE] = []

    def close_the_door(event: Event, number: int, peer: StorePeer) -> int | None:
        if number == FOURTH + 1:
            entities[0].require_called_aet = True
            return abort_at(number)(event, number, peer)
        return 0

    with store_peer(close_the_door, demand=entities.append) as peer:
        outcome = send(peer.port, files)
    assert outcome.code == 3
    assert set(peer.stored) == {item.sop_instance for item in files[:FOURTH]}
    for item in files[FOURTH:]:
        outcome.error_about(item.path)
