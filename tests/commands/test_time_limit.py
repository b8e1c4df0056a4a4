"""``--timeout``: an SCU ends in time, with one line, and an exit status that tells what was done."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, QueryRetrievePresentationContexts, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelMove, Verification

from dcmtools.cli.app import run
from dcmtools.commands import movescu
from dcmtools.errors import AssociationError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.server import Server
from dcmtools.net.transfer.takeover import shared_socket
from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.framing import frame_command, frame_dataset

from ..command import ENVIRONMENT, Outcome, dcmtools, qrscp
from ..contract.faulty import stalling, stalling_query
from ..interop.peers.raw import raw_peer, silent, unanswered_port
from ..interop.peers.scripted import serving, silence_at, store_peer
from ..ports import free_port
from ..samples import Sample, sample

Stalling = Callable[[], AbstractContextManager[int]]

KEY = ["-k", "QueryRetrieveLevel=PATIENT"]
LIMIT = 2.0  # seconds
LINE = "E: not done within 2 s (--timeout sets the limit)"


def limited(command: str, *arguments: object) -> Outcome:
    """Run a command that would take longer than its limit."""
    began = time.monotonic()
    outcome = dcmtools(command, "--timeout", LIMIT, *arguments)
    assert LIMIT <= time.monotonic() - began < 20  # and not the 30 s of the other time-outs
    assert [line for line in outcome.errors() if "not done within" in line] == [LINE]
    return outcome


@pytest.mark.parametrize(
    ("app", "peer", "ending"),
    [
        ("echoscu", stalling, []),
        ("storescu", stalling, [str(sample("CT_small.dcm"))]),
        ("findscu", stalling_query, KEY),
        ("getscu", stalling_query, KEY),
        ("movescu", stalling_query, [*KEY, "--store", "--store-port=0"]),
        ("echoscu", lambda: raw_peer(silent), []),
        ("echoscu", unanswered_port, []),
    ],
    ids=["echo", "store", "find", "get", "move", "silent", "unanswered"],
)
def test_nothing_done(app: str, peer: Stalling, ending: list[str]) -> None:
    with peer() as port:
        outcome = limited(app, "127.0.0.1", port, *ending)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert len(outcome.errors()) <= 2  # storescu sums up


def test_sending_in_part(unique_samples: tuple[Sample, ...], tmp_path: Path) -> None:
    paths = [each.path for each in unique_samples[:3]]
    with store_peer(silence_at(2)) as peer:
        outcome = limited("storescu", "127.0.0.1", peer.port, *paths)
        assert len(peer.stored) == 1
    assert outcome.code == 3
    assert "Stored 1 of" in outcome.errors()[-1]


def test_sending_that_waits_for_a_retry() -> None:
    port = free_port()
    options = ("--retries=5", "--retry-delay=60")
    outcome = limited("storescu", *options, "127.0.0.1", port, sample("CT_small.dcm"))
    assert outcome.code == 1


@contextmanager
def stalling_after(answers: int) -> Iterator[int]:
    """A peer that stalls after so many answers to C-ECHOs, and matches or moved objects."""
    ended = threading.Event()
    echoes: list[None] = []

    def echo(event: Event) -> int:
        echoes.append(None)
        if len(echoes) > answers:
            ended.wait()
        return 0x0000

    def find(event: Event) -> Iterator[tuple[int, Dataset | None]]:
        for _ in range(answers):
            match = Dataset()
            match.PatientID = "1"
            yield 0xFF00, match
        ended.wait()
        yield 0x0000, None

    def get(event: Event) -> Iterator[Any]:
        yield answers + 1
        for number in range(answers):
            found = dcmread(sample("CT_small.dcm"))
            found.SOPInstanceUID = f"1.2.3.{number}"
            yield 0xFF00, found
        ended.wait()
        yield 0x0000, None

    ae = AE("PEER")
    for context in QueryRetrievePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax))
    ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    ae.add_supported_context(Verification)
    handlers: list[Any] = [(evt.EVT_C_ECHO, echo), (evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)]
    with serving(ae, handlers) as port:
        try:
            yield port
        finally:
            ended.set()


def test_echoes_and_matches_in_part() -> None:
    with stalling_after(2) as port:
        assert limited("echoscu", "--repeat", 3, "127.0.0.1", port).code == 3
        outcome = limited("findscu", *KEY, "127.0.0.1", port)
    assert outcome.code == 3
    assert "# Match 2" in outcome.stdout


def test_getting_in_part(tmp_path: Path) -> None:
    with stalling_after(2) as port:
        outcome = limited("getscu", *KEY, "127.0.0.1", port, "-od", tmp_path)
    assert outcome.code == 3
    assert len(list(tmp_path.iterdir())) == 2


def test_moving_in_part(tmp_path: Path) -> None:
    """A destination that takes one object and then says nothing."""
    with store_peer(silence_at(2)) as peer:
        with qrscp(tmp_path, destinations={"STORESCP": peer.port}, settings="dimse_timeout: 40") as archive:
            for number in range(3):
                found = dcmread(sample("CT_small.dcm"))
                found.SOPInstanceUID = f"1.2.3.{number}"
                found.save_as(tmp_path / f"{number}.dcm")
            sent = dcmtools("storescu", "127.0.0.1", archive.port, *tmp_path.glob("*.dcm"))
            assert sent.code == 0
            outcome = limited("movescu", *KEY, "-k", "PatientID=1CT1", "127.0.0.1", archive.port)
            peer.ended.set()
    assert outcome.code == 3


def half_an_object(port: int, ended: threading.Event) -> None:
    """Send the first half of an object to the Storage SCP of a movescu, and no more."""
    context = Proposal(CTImageStorage, [ExplicitVRLittleEndian]).context()
    request = Command(
        field=CommandField.C_STORE_RQ,
        message_id=1,
        priority=0,
        has_dataset=True,
        sop_class_uid=CTImageStorage,
        sop_instance_uid="1.2.3",
    )
    half = sample("CT_small.dcm").read_bytes()[344:20000]
    with suppress(AssociationError):
        with associate(Peer("127.0.0.1", port, "STORESCP"), "PEER", [context], Limits()) as association:
            link = shared_socket(association._association).socket
            link.sendall(b"".join(map(bytes, frame_command(1, encode_command(request), 0))))
            link.sendall(b"".join(map(bytes, frame_dataset(1, half, 16382, last=False))))
            ended.wait()
            association.abort()


def test_moving_with_an_object_under_way(tmp_path: Path) -> None:
    """Nothing of it stays."""
    port, ended = free_port(), threading.Event()

    def move(event: Event) -> Iterator[Any]:
        half_an_object(port, ended)
        yield None, None

    ae = AE("PEER")
    ae.add_supported_context(PatientRootQueryRetrieveInformationModelMove)
    with serving(ae, [(evt.EVT_C_MOVE, move)]) as peer:
        try:
            options = ("--store", f"--store-port={port}", "-od", tmp_path, "-v")
            outcome = limited("movescu", *KEY, *options, "127.0.0.1", peer)
        finally:
            ended.set()
    assert "I: Storing DICOM file: CT.1.2.3" in outcome.stderr.splitlines()
    assert outcome.code == 1
    assert list(tmp_path.iterdir()) == []


def test_an_object_under_way_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    graces: list[float] = []

    class Stopped(Server):
        def stop(self, grace: float = 5.0) -> None:
            graces.append(grace)
            super().stop(0)

    monkeypatch.setattr(movescu, "Server", Stopped)
    ending = ["-q", *KEY, "--store", "--store-port=0", "127.0.0.1"]
    with stalling_query() as port:
        assert run(["movescu", "--timeout=0.5", *ending, str(port)]) == 1
    assert run(["movescu", *ending, str(free_port())]) == 1
    assert graces == [0, 0]


def test_a_name_that_is_being_resolved(tmp_path: Path) -> None:
    """No signal gets through while the system waits for a name server."""
    program = (
        "import socket, sys, time\n"
        "asked = socket.getaddrinfo\n"
        "def slow(host, *rest, flags=0, **more):\n"
        "    if not flags: time.sleep(60)\n"
        "    return asked(host, *rest, flags=flags, **more)\n"
        "socket.getaddrinfo = slow\n"
        "from dcmtools.cli.app import run\n"
        "sys.exit(run(['echoscu', '--timeout', '1', 'host.invalid', '104']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, timeout=30
    )
    assert done.stderr == "E: not done within 1 s (--timeout sets the limit)\n"
    assert done.returncode == 1


@pytest.mark.parametrize("seconds", ["0", "30", "1e9"])
def test_enough_time(seconds: str, tmp_path: Path) -> None:
    with store_peer() as peer:
        outcome = dcmtools("storescu", "--timeout", seconds, "127.0.0.1", peer.port, sample("CT_small.dcm"))
    assert (outcome.code, outcome.stderr) == (0, "")


def test_the_alarm_is_switched_off_and_threads_are_left_alone() -> None:
    import signal

    from dcmtools.cli.time_limit import limited as run_limited

    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[1]
    assert run_limited(1000, lambda: 7) == 7
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[1]) == before
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(run_limited(1000, lambda: 7)))
    thread.start()
    thread.join()
    assert results == [7]
