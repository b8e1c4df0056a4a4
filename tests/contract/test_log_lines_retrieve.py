"""Sections 2.7 and 2.10: what getscu and movescu log; the sessions of movescu's documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from ..interop.peers.queries import get_peer, move_peer
from ..interop.peers.scripted import store_peer
from ..ports import free_port
from ..samples import sample
from .comparing import (
    ERROR_WITH_REASON,
    assert_same_lines,
    assert_same_log,
    comparable_dump,
    headings,
    run_both,
)
from .faulty import refusing_all

pytestmark = pytest.mark.interop

MR_NAME = "MR.1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457"
KEYS = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName=")
CT_NAME = "CT.1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"

FAILED_INSTANCES = r"I: \(0008,0058\) .*"
"""The identifier of a C-GET or C-MOVE response is listed as that of a C-FIND response is."""


@pytest.fixture
def instances() -> list[Dataset]:
    return [dcmread(sample(name)) for name in ("CT_small.dcm", "MR_small.dcm")]


def files(folder: Path) -> list[str]:
    """The files in and below `folder`."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_get(tmp_path: Path, instances: list[Dataset]) -> None:
    """In pynetdicom two threads write at the same time."""
    runs = run_both(tmp_path, "getscu", "-S", *KEYS, "-od", "received/here", peer=lambda: get_peer(instances))
    assert_same_lines(runs.theirs.stderr, runs.ours.stderr)
    assert runs.ours.stderr.splitlines()[8:] == [
        "I: Received Store Request",
        f"I: Storing DICOM file: {CT_NAME}",
        "I: Get SCP Response: 1 - 0xFF00 (Pending)",
        "I: Sub-Operations Remaining: 1, Completed: 1, Failed: 0, Warning: 0",
        "I: Received Store Request",
        f"I: Storing DICOM file: {MR_NAME}",
        "I: Get SCP Response: 2 - 0xFF00 (Pending)",
        "I: Sub-Operations Remaining: 0, Completed: 2, Failed: 0, Warning: 0",
        "I: Get SCP Result: 0x0000 (Success)",
        "I: Sub-Operations Remaining: 0, Completed: 2, Failed: 0, Warning: 0",
        "I: Releasing Association",
    ]
    names = [f"received/here/{CT_NAME}", f"received/here/{MR_NAME}"]
    assert [files(folder) for folder in runs.folders] == [names, names]
    assert (runs.theirs.code, runs.ours.code) == (0, 0)


@pytest.mark.parametrize("options", [["-v", "--ignore"], ["-q"]], ids=" ".join)
def test_get_that_tells_less(tmp_path: Path, instances: list[Dataset], options: list[str]) -> None:
    runs = run_both(tmp_path, "getscu", *options, *KEYS, peer=lambda: get_peer(instances))
    assert_same_lines(runs.theirs.stderr, runs.ours.stderr)
    assert "Storing DICOM file" not in runs.ours.stderr
    assert files(runs.folders[0]) == files(runs.folders[1])
    assert len(files(runs.folders[1])) == (0 if "--ignore" in options else 2)


def test_dumps_of_get(tmp_path: Path, instances: list[Dataset]) -> None:
    """In pynetdicom two threads write at the same time."""
    runs = run_both(tmp_path, "getscu", "-d", *KEYS, peer=lambda: get_peer(instances[:1]))
    theirs, ours = comparable_dump(runs.theirs.stderr), comparable_dump(runs.ours.stderr)
    assert_same_lines(theirs, ours)
    assert headings(ours) == headings(theirs)
    assert [files(folder) for folder in runs.folders] == [[CT_NAME], [CT_NAME]]


def test_get_that_fails(tmp_path: Path, instances: list[Dataset]) -> None:
    runs = run_both(tmp_path, "getscu", *KEYS, peer=lambda: get_peer(instances, status=0xA701))
    assert_same_log(
        runs.theirs.stderr,
        runs.ours.stderr,
        more=[ERROR_WITH_REASON, FAILED_INSTANCES],
        fewer=[FAILED_INSTANCES],
    )
    assert "I: Get SCP Result: 0xA701 (Failure)" in runs.ours.stderr.splitlines()
    assert runs.ours.code == 1


def test_get_without_context(tmp_path: Path) -> None:
    impatience = ["-tn", "0.5"]  # pynetdicom's app dies without a release, and its threads wait for it
    runs = run_both(tmp_path, "getscu", *impatience, *KEYS, peer=refusing_all)
    assert "E: No presentation context for " in runs.theirs.stderr
    assert re.findall(r"^E: No .*$", runs.ours.stderr, re.M) == re.findall(
        r"^E: No .*$", runs.theirs.stderr, re.M
    )
    assert (runs.theirs.code, runs.ours.code) == (1, 1)


def test_move_to_another(tmp_path: Path, instances: list[Dataset]) -> None:
    """The first session of the documentation: the destination is somebody else."""
    with store_peer() as destination:
        runs = run_both(
            tmp_path,
            "movescu",
            *KEYS,
            peer=lambda: move_peer(instances[:1], destination=lambda: destination.port),
        )
    assert_same_log(runs.theirs.stderr, runs.ours.stderr)
    assert runs.ours.stderr.splitlines() == [
        "I: Requesting Association",
        "I: Association Accepted",
        "I: Sending Move Request: MsgID 1",
        "I: ",
        "I: # Request Identifier",
        "I: (0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
        "I: (0010,0010) PN (no value available)                     # 0 PatientName",
        "I: ",
        "I: Move SCP Response: 1 - 0xFF00 (Pending)",
        "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
        "I: Move SCP Result: 0x0000 (Success)",
        "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
        "I: Releasing Association",
    ]


def test_move_with_store(tmp_path: Path, instances: list[Dataset]) -> None:
    """The second session of the documentation: movescu receives what it asked for."""
    port = free_port()
    runs = run_both(
        tmp_path,
        "movescu",
        *KEYS,
        "--store",
        f"--store-port={port}",
        at_once=False,
        peer=lambda: move_peer(instances[:1], destination=lambda: port),
    )
    assert_same_lines(runs.theirs.stderr, runs.ours.stderr)
    lines = runs.ours.stderr.splitlines()
    released = lines.index("I: Association Released")  # by a thread of its own, any time after the storing
    assert released > lines.index(f"I: Storing DICOM file: {CT_NAME}")
    del lines[released]
    assert lines[7:] == [
        "I: ",
        "I: Accepting Association",
        "I: Received Store Request",
        f"I: Storing DICOM file: {CT_NAME}",
        "I: Move SCP Response: 1 - 0xFF00 (Pending)",
        "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
        "I: Move SCP Result: 0x0000 (Success)",
        "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
        "I: Releasing Association",
    ]
    assert [files(folder) for folder in runs.folders] == [[CT_NAME], [CT_NAME]]


def test_dumps_of_move(tmp_path: Path, instances: list[Dataset]) -> None:
    port = free_port()
    runs = run_both(
        tmp_path,
        "movescu",
        "-d",
        *KEYS,
        "--store",
        f"--store-port={port}",
        "--relational-retrieval",
        at_once=False,
        peer=lambda: move_peer(instances[:1], destination=lambda: port),
    )
    theirs, ours = comparable_dump(runs.theirs.stderr), comparable_dump(runs.ours.stderr)
    assert_same_lines(theirs, ours)


def test_move_that_fails(tmp_path: Path, instances: list[Dataset]) -> None:
    with store_peer() as destination:
        runs = run_both(
            tmp_path,
            "movescu",
            *KEYS,
            peer=lambda: move_peer(instances, destination=lambda: destination.port, status=0xC000),
        )
    assert_same_log(
        runs.theirs.stderr,
        runs.ours.stderr,
        more=[ERROR_WITH_REASON, FAILED_INSTANCES],
        fewer=[FAILED_INSTANCES],
    )
    assert "I: Move SCP Result: 0xC000 (Failure)" in runs.ours.stderr.splitlines()
    assert runs.ours.code == 1
