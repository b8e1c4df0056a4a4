"""Sections 2.2 and 2.10: what echoscu logs, and what every SCU logs of its association."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..interop.peers.raw import raw_peer, silent
from ..interop.peers.scripted import echo_peer, store_peer
from .comparing import (
    ERROR_WITH_REASON,
    ROUND_TRIP,
    Peer,
    assert_same_lines,
    assert_same_log,
    comparable_dump,
    run_both,
)
from .faulty import aborting, closing, hang_up, nobody, refusing_all, rejecting, stalling

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["-v", "--repeat", "3"], "I: Received Echo Response (Status: 0x0000 - Success)"),
        (["-v", "--abort"], "I: Aborting Association"),
        (["-ll", "info", "-xi", "--repeat", "0"], "I: Releasing Association"),
    ],
    ids=" ".join,
)
def test_echo(tmp_path: Path, options: list[str], shown: str) -> None:
    runs = run_both(tmp_path, "echoscu", *options, peer=lambda: echo_peer(0x0000))
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[ROUND_TRIP])
    assert shown in runs.ours.stderr.splitlines()
    assert (runs.theirs.code, runs.ours.code) == (0, 0)


@pytest.mark.parametrize("options", [[], ["-q", "-ll", "debug"]], ids=" ".join)
def test_echo_is_silent(tmp_path: Path, options: list[str]) -> None:
    runs = run_both(tmp_path, "echoscu", *options, peer=lambda: echo_peer(0x0000))
    assert (runs.theirs.stderr, runs.ours.stderr) == ("", "")


def test_status_that_is_no_success(tmp_path: Path) -> None:
    """It is an error, though not for pynetdicom's app."""
    runs = run_both(tmp_path, "echoscu", "-v", "--repeat", 2, peer=lambda: echo_peer(0x0122))
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[ROUND_TRIP, ERROR_WITH_REASON])
    assert runs.ours.stderr.splitlines().count("I: Received Echo Response (Status: 0x0122 - Unknown)") == 2


def test_dumps(tmp_path: Path) -> None:
    """Here not even presentation contexts differ."""
    runs = run_both(tmp_path, "echoscu", "-d", peer=lambda: echo_peer(0x0000))
    theirs, ours = (comparable_dump(outcome.stderr, contexts=True) for outcome in (runs.theirs, runs.ours))
    assert ours.startswith("D: echoscu.py\nD: \nI: Requesting Association\n")
    assert "D: ======================= OUTGOING A-ASSOCIATE-RQ PDU ========================\n" in ours
    assert_same_log(theirs, ours, more=[ROUND_TRIP])


def title_required(attribute: str, value: object) -> Peer:
    return lambda: store_peer(demand=lambda ae: setattr(ae, attribute, value))


FAILURES: dict[str, tuple[Peer, list[str], list[str]]] = {
    "refused": (
        nobody,
        [],
        [
            "E: Association request failed: unable to connect to remote",
            "E: TCP Initialisation Error: [Errno 111] Connection refused",
        ],
    ),
    "called AE title": (
        title_required("require_called_aet", True),
        [],
        [
            "E: Association Rejected",
            "E: Result: Rejected Permanent, Source: Service User",
            "E: Reason: Called AE title not recognised",
        ],
    ),
    "calling AE title": (
        title_required("require_calling_aet", ["SOMEONE"]),
        [],
        ["E: Association Rejected", "E: Reason: Calling AE title not recognised"],
    ),
    "congested": (
        lambda: rejecting(2, 3, 2),
        [],
        ["E: Result: Rejected Transient, Source: Service Provider (Presentation)"],
    ),
    "no contexts": (refusing_all, [], ["E: No accepted presentation contexts"]),
    "silent": (
        lambda: raw_peer(silent),
        ["-ta", "0.5"],
        ["E: ACSE timeout reached while waiting for response to association request"],
    ),
    "closed": (lambda: raw_peer(hang_up), [], ["E: Association Aborted"]),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_no_association(tmp_path: Path, failure: str) -> None:
    peer, options, shown = FAILURES[failure]
    runs = run_both(tmp_path, "echoscu", "-v", *options, peer=peer)
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[ERROR_WITH_REASON])
    assert set(shown) <= set(runs.ours.stderr.splitlines())
    assert (runs.theirs.code, runs.ours.code) == (1, 1)


@pytest.mark.parametrize("failure", ["refused", "called AE title"])
def test_no_association_at_the_default_level(tmp_path: Path, failure: str) -> None:
    """Errors only."""
    peer, options, shown = FAILURES[failure]
    runs = run_both(tmp_path, "echoscu", *options, peer=peer)
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[ERROR_WITH_REASON])
    assert runs.ours.stderr.splitlines()[:-1] == shown


LOSSES: dict[str, tuple[Peer, list[str], list[str]]] = {
    "aborted": (aborting, [], ["I: Association Aborted"]),
    "closed": (
        closing,
        ["-ta", "0.5"],  # for which pynetdicom's app waits in vain for a release
        ["E: Connection closed while waiting for DIMSE message", "I: Association Aborted (A-P-ABORT)"],
    ),
    "stalled": (
        stalling,
        ["-td", "0.5"],
        ["E: DIMSE timeout reached while waiting for message response", "I: Aborting Association"],
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_lost_association(tmp_path: Path, loss: str) -> None:
    """pynetdicom's app goes on to release or abort what is no more, and calls it a success.

    How it finds out about the end is a race between its threads.
    """
    peer, options, shown = LOSSES[loss]
    runs = run_both(tmp_path, "echoscu", "-v", *options, peer=peer)
    aborted = r"I: Association Aborted( \(A-P-ABORT\))?"
    assert_same_lines(
        runs.theirs.stderr,
        runs.ours.stderr,
        more=[ERROR_WITH_REASON, aborted],
        fewer=["I: Releasing Association", "I: Aborting Association", aborted],
    )
    assert set(shown) <= set(runs.ours.stderr.splitlines())
    assert runs.ours.code == 1
