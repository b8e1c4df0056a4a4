"""storescu and peers that fail: what it says, what it goes on with, and what it sends again."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pynetdicom import AE

from dcmtools.dicom.part10 import InstanceFile

from ..command import dcmtools
from ..contract.faulty import hang_up, refusing_all, rejecting
from ..interop.peers.processes import wait_until
from ..interop.peers.raw import close, garbage, raw_peer, silent, unanswered_port
from ..interop.peers.scripted import Fault, abort_at, close_at, silence_at, status_at, store_peer
from ..interop.test_storescu_resuming import entries, lines, sending
from ..net.conftest import serving
from ..net.sent_files import Archive, success
from ..ports import free_port
from .objects import CT, Expected, write_object, write_objects
from .peers_at_fault import STALLING, failing_peer, garbage_at, reset_at, side_by_side, spread
from .registry import Figure, figure, row
from .servers import storescp

_FOURTH = 4
_LONGEST = 20.0  # seconds of a run against a peer that fails, time-outs and the start included
_LIMITS = ("-to", 5, "-ta", 5, "-td", 2, "-tn", 5)  # peers in this process may take a second to accept
_SHORT_LIMITS = ("-to", 1, "-ta", 1, "-td", 1, "-tn", 1)


class _Case(NamedTuple):
    """A fault and the exit statuses that tell of it; `lost` are the files that must be named."""

    name: str
    peer: Callable[[], object]
    statuses: set[int]
    lost: tuple[int, ...] = ()
    prepare: Callable[[list[InstanceFile]], None] = lambda files: None


@contextmanager
def _storing(fault: Fault, **options: object) -> Iterator[int]:
    with store_peer(fault, **options) as peer:  # type: ignore[arg-type]
        yield peer.port


@contextmanager
def _nobody() -> Iterator[int]:
    yield free_port()


def _good() -> object:
    return _storing(status_at([], 0))


def _calling(ae: AE) -> None:
    ae.require_calling_aet = ["FRIEND"]


def _other_class(files: list[InstanceFile]) -> None:
    path = Path(files[3].path)
    path.write_bytes(path.read_bytes().replace(CT.encode(), CT[:-1].encode() + b"7"))


_ALL = tuple(range(5))
_EVERY = range(1, 6)


def _cases() -> list[_Case]:
    failing = (0xA700, 0xA900, 0xC000, 0x0122)
    lost = (_FOURTH - 1,)
    files_at_fault: dict[str, Callable[[list[InstanceFile]], None]] = {
        "no DICOM": lambda files: Path(files[3].path).write_text("This is a letter."),
        "empty": lambda files: Path(files[3].path).write_bytes(b""),
        "missing": lambda files: Path(files[3].path).unlink(),
        "cut": lambda files: Path(files[3].path).write_bytes(Path(files[3].path).read_bytes()[:-100]),
    }
    return [
        _Case("no fault", _good, {0}),
        *(_Case(f"one 0x{s:04X}", lambda s=s: _storing(status_at([4], s)), {3}, lost) for s in failing),
        *(_Case(f"all 0x{s:04X}", lambda s=s: _storing(status_at(_EVERY, s)), {1}, _ALL) for s in failing),
        _Case("0xB000", lambda: _storing(status_at([4], 0xB000)), {0, 3}),
        _Case("abort", lambda: _storing(abort_at(4)), {3}, lost),
        _Case("close", lambda: _storing(close_at(4)), {3}, lost),
        _Case("reset", lambda: _storing(reset_at(4)), {3}, lost),
        _Case("garbage", lambda: _storing(garbage_at(4)), {3}, lost),
        _Case("silence", lambda: _storing(silence_at(4)), {3}, lost),
        _Case("message ID", lambda: _storing(status_at([], 0), wrong_message_id_at=4), {3}, lost),
        _Case("rejected", lambda: rejecting(1, 1, 7), {1}),
        _Case("calling AE title", lambda: _storing(status_at([], 0), demand=_calling), {1}),
        _Case("never accepted", lambda: raw_peer(silent), {1}),
        _Case("closed at once", lambda: raw_peer(close), {1}),
        _Case("closed at the request", lambda: raw_peer(hang_up), {1}),
        _Case("speaks HTTP", lambda: raw_peer(garbage), {1}),
        _Case("nobody listens", _nobody, {1}),
        _Case("no context", lambda: _storing(status_at([], 0), contexts=["1.2.840.10008.1.9"]), {1}),
        _Case("all 0xC211", refusing_all, {1}, _ALL),  # it accepts CT Image Storage only
        _Case("SOP class", lambda: _storing(status_at([], 0), contexts=[CT]), {3}, lost, _other_class),
        *(_Case(name, _good, {3}, lost, prepare) for name, prepare in files_at_fault.items()),
    ]


@row(
    "storescu-exit-status",
    "right in each of 30 scenarios, each lost file named, 0 tracebacks",
    small=5,
    full=30,
)
def exit_status(size: int, folder: Path) -> Figure:
    cases = spread(_cases(), size)

    def play(case: _Case) -> list[str]:
        own = folder / case.name.replace(" ", "-")
        files = write_objects(own, 5)
        case.prepare(files)
        with case.peer() as port:  # type: ignore[attr-defined]
            outcome = dcmtools("storescu", *_LIMITS, "127.0.0.1", port, *(file.path for file in files))
        faults = []
        if outcome.code not in case.statuses:
            faults.append(f"{case.name}: exit status {outcome.code}, not {case.statuses}: {outcome.stderr}")
        errors = "\n".join(outcome.errors())
        named = {number for number, file in enumerate(files) if Path(file.path).name in errors}
        if not named >= set(case.lost):
            faults.append(f"{case.name}: names {named} in place of {case.lost}: {errors}")
        if outcome.code != 0 and not errors:
            faults.append(f"{case.name}: says nothing")
        return faults

    faults = side_by_side(play, cases)
    return figure(f"{len(cases)} scenarios, {len(faults)} faults", faults)


@row("fails-at-4th", "abort, close, reset, hang, garbage: the other 9 are sent once, exit 3", small=5, full=5)
def fails_at_fourth(size: int, folder: Path) -> Figure:
    kinds: dict[str, Callable[[int], Fault]] = {
        "abort": abort_at,
        "close": close_at,
        "reset": reset_at,
        "hang": silence_at,
        "garbage": garbage_at,
    }

    def play(name: str) -> list[str]:
        files = write_objects(folder / name, 10)
        uids = [file.sop_instance_uid for file in files]
        began = time.monotonic()
        with store_peer(kinds[name](_FOURTH)) as peer:
            outcome = dcmtools("storescu", *_LIMITS, "127.0.0.1", peer.port, *(file.path for file in files))
        faults = []
        if time.monotonic() - began > _LONGEST:
            faults.append(f"{name}: took {time.monotonic() - began:.1f} s")
        if outcome.code != 3 or files[3].path not in "\n".join(outcome.errors()):
            faults.append(f"{name}: exit status {outcome.code}: {outcome.stderr}")
        if set(peer.stored) != {*uids} - {uids[3]} or max(Counter(peer.requests).values()) > 1:
            faults.append(f"{name}: {len(peer.stored)} stored with {len(peer.requests)} requests")
        return faults

    faults = side_by_side(play, list(kinds)[:size])
    return figure(f"{size} ways to fail, {len(faults)} faults", faults)


@row(
    "restarted-5-times", "killed 5 times with --retries and --journal: all exactly once", small=60, full=1000
)
def restarted(size: int, folder: Path) -> Figure:
    files = write_objects(folder / "files", size)
    journal, port, faults = folder / "journal", free_port(), list[str]()
    options = ("--retries=30", "--retry-delay=0.1", "--journal", journal)
    with sending(*options, "127.0.0.1", port, folder / "files") as process:
        for share in range(1, 6):
            with storescp(folder, port=port, stop_with=signal.SIGKILL):
                wait_until(
                    lambda enough=share * size // 6: lines(journal) > enough or process.poll() is not None,
                    "progress",
                )
        with storescp(folder, port=port):
            _, log = process.communicate(timeout=100)
    if process.returncode != 0:
        faults.append(f"exit status {process.returncode}: {log[-1000:]}")
    retries = log.count("(retry ")
    whole = Expected(files).whole(folder / "received", faults)
    stored = [entry["sop_instance_uid"] for entry in entries(journal) if entry["outcome"] == "stored"]
    if len(whole) != size:
        faults.append(f"{len(whole)} are on disk")
    if Counter(stored) != Counter(file.sop_instance_uid for file in files):
        faults.append(f"{len(stored)} entries in the journal")
    return figure(f"{len(whole)} of {size} stored, {len(stored)} in the journal, {retries} retries", faults)


@row("many-files", "more than 65,535 on one association: all sent once", small=300, full=66_000)
def many_files(size: int, folder: Path) -> Figure:
    files = [write_object(folder / "files", 10) for number in range(size)]
    archive = Archive(lambda number, request: success(request))
    with serving(lambda report: archive, sop_classes=[CT]) as running:
        outcome = dcmtools("storescu", "127.0.0.1", running.port, folder / "files", timeout=600)
    faults = [] if outcome.code == 0 else [f"exit status {outcome.code}: {outcome.stderr[-500:]}"]
    expected = {file.sop_instance_uid for file in files}
    if set(archive.taken) != expected or sum(archive.taken.values()) != size:
        faults.append(f"{sum(archive.taken.values())} were sent")
    return figure(f"{sum(archive.taken.values())} of {size} sent, {len(faults)} faults", faults)


@row(
    "time-outs",
    "a peer silent at connect, association or response: every SCU ends within 1 s + 2 s",
    small=4,
    full=15,
)
def time_outs(size: int, folder: Path) -> Figure:
    path = write_object(folder / "files").path
    key = ("-k", "QueryRetrieveLevel=PATIENT")
    endings = {"echoscu": (), "storescu": (path,), "findscu": key, "getscu": key, "movescu": key}
    peers: dict[str, Callable[[], object]] = {
        "connect": unanswered_port,
        "association": lambda: raw_peer(silent),
        "response": lambda: failing_peer(STALLING),
    }
    cases = spread([(app, at) for at in peers for app in endings], size)
    limit = 3 if size == 15 else 10  # the small size has to be reached on a busy machine too

    def seconds_of(app: str, port: int) -> tuple[float, int]:
        began = time.monotonic()
        code = dcmtools(app, *_SHORT_LIMITS, "127.0.0.1", port, *endings[app]).code
        return time.monotonic() - began, code

    def play(app: str, at: str) -> list[str]:
        start, _ = seconds_of(app, free_port())
        with peers[at]() as port:  # type: ignore[attr-defined]
            seconds, code = seconds_of(app, port)
        slowest.append(seconds - start)
        faults = [f"{app}, {at}: ends after {slowest[-1]:.1f} s"] if slowest[-1] > limit else []
        return faults if code == 1 else [*faults, f"{app}, {at}: exit status {code}"]

    slowest: list[float] = []
    faults = [fault for case in cases for fault in play(*case)]
    return figure(f"{len(cases)} cases, slowest {max(slowest):.1f} s, {len(faults)} faults", faults)
