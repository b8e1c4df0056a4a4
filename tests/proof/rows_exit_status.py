"""The exit statuses of echoscu, findscu, getscu and movescu when the peer fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydicom import dcmread

from ..command import dcmtools
from ..contract.faulty import hang_up, refusing_all, rejecting, without_status
from ..interop.peers.queries import find_peer, get_peer, move_peer
from ..interop.peers.raw import garbage, raw_peer, silent
from ..interop.peers.scripted import echo_peer, status_at, store_peer
from ..ports import free_port
from ..samples import sample
from .peers_at_fault import ABORTING, CLOSING, RESETTING, STALLING, failing_peer, side_by_side, spread
from .registry import Figure, figure, row

_LIMITS = ("-to", 5, "-ta", 5, "-td", 2, "-tn", 5)
_KEY = ("-k", "QueryRetrieveLevel=PATIENT")
_FAILURES = {
    "echoscu": (0x0122, 0x0210, 0x0211),
    "findscu": (0xA700, 0xA900, 0xC000),
    "getscu": (0xA701, 0xA900, 0xC000),
    "movescu": (0xA701, 0xA702, 0xA801, 0xA900, 0xC000),
}


class _Case(NamedTuple):
    """A command and a peer that fails; the exit status must be one of `statuses`."""

    app: str
    name: str
    peer: Callable[[], object]
    statuses: tuple[int, ...] = (1,)


@contextmanager
def _answering(app: str, status: int) -> Iterator[int]:
    """A peer that refuses each request with `status`."""
    if app == "echoscu":
        with echo_peer(status) as port:
            yield port
        return
    with store_peer() as destination:
        queries = {
            "findscu": lambda: find_peer(status=status),
            "getscu": lambda: get_peer([], status=status),
            "movescu": lambda: move_peer([], destination=lambda: destination.port, status=status),
        }
        with queries[app]() as peer:
            yield peer.port


@contextmanager
def _nobody() -> Iterator[int]:
    yield free_port()


@contextmanager
def _moving_in_part(failed: tuple[int, ...]) -> Iterator[int]:
    """A C-MOVE of two objects of which the destination does not store the `failed` ones."""
    instances = [dcmread(sample(name)) for name in ("CT_small.dcm", "MR_small.dcm")]
    with store_peer(status_at(failed, 0xA700)) as destination:
        with move_peer(instances, destination=lambda: destination.port) as peer:
            yield peer.port


@contextmanager
def _unstorable() -> Iterator[int]:
    """A C-GET of two objects."""
    with get_peer([dcmread(sample(name)) for name in ("CT_small.dcm", "MR_small.dcm")]) as peer:
        yield peer.port


def _cases() -> list[_Case]:
    cases = []
    for app, statuses in _FAILURES.items():
        cases += [
            _Case(app, f"0x{status:04X}", lambda a=app, s=status: _answering(a, s)) for status in statuses
        ]
        for failing in (ABORTING, CLOSING, RESETTING, STALLING):
            cases.append(_Case(app, failing.name, lambda f=failing: failing_peer(f)))
        cases += [
            _Case(app, "rejected", lambda: rejecting(1, 1, 7)),
            _Case(app, "nobody", _nobody),
            _Case(app, "no answer", lambda: raw_peer(silent)),
            _Case(app, "closed", lambda: raw_peer(hang_up)),
            _Case(app, "HTTP", lambda: raw_peer(garbage)),
        ]
        if app != "echoscu":
            cases.append(_Case(app, "no context", refusing_all))
    return [
        *cases,
        _Case("findscu", "no status", without_status),
        _Case("movescu", "one of two failed", lambda: _moving_in_part((1,)), (3,)),
        _Case("movescu", "both failed", lambda: _moving_in_part((1, 2))),
        _Case("getscu", "cannot be stored", _unstorable, (1, 3)),
    ]


@row(
    "scu-exit-status",
    "echoscu, findscu, getscu, movescu: not 0 in any of 57 cases, with a line that says why",
    small=6,
    full=57,
)
def exit_status(size: int, folder: Path) -> Figure:
    def play(case: _Case) -> list[str]:
        own = folder / f"{case.app}-{case.name}".replace(" ", "-")
        own.mkdir()
        options: list[object] = []
        if case.name == "cannot be stored":
            options = ["--max-size", "100"]
        ending = () if case.app == "echoscu" else _KEY
        with case.peer() as port:  # type: ignore[attr-defined]
            outcome = dcmtools(case.app, *_LIMITS, *options, "127.0.0.1", port, *ending, cwd=own)
        faults = []
        if outcome.code not in case.statuses:
            faults.append(f"{case.app}, {case.name}: exit status {outcome.code}: {outcome.stderr}")
        if not outcome.errors():
            faults.append(f"{case.app}, {case.name}: says nothing: {outcome.stderr}")
        return faults

    cases = spread(_cases(), size)
    faults = side_by_side(play, cases)
    return figure(f"{len(cases)} cases, {len(faults)} faults", faults)
