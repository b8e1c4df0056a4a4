"""Sections 2.6 and 2.10: what findscu logs, and what it writes to standard output besides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom import Dataset

from ..interop.peers.queries import find_peer
from .comparing import (
    ERROR_WITH_REASON,
    Peer,
    assert_same_lines,
    assert_same_log,
    comparable_dump,
    headings,
    run_both,
)
from .faulty import refusing_all, without_status

pytestmark = pytest.mark.interop

KEYS = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName=*", "-k", "PatientID")


def match(**values: object) -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "PATIENT"
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


MATCHES = (
    match(PatientName="Citizen^Jan", PatientID="1", Columns=512),
    match(
        PatientName="",
        OtherPatientIDsSequence=[match(PatientID="A"), match(PatientID="B")],
        ImageType=["ORIGINAL", "PRIMARY"],
        EncryptedAttributesSequence=[],
    ),
)
IDENTIFIER_OF_RESPONSE = r"I: |I: # Response Identifier|I: +\([0-9A-F]{4},.*|I: +\(Sequence item #\d+\)"


def peer(matches: Sequence[Dataset] = MATCHES, status: int = 0x0000) -> Peer:
    return lambda: find_peer(matches, status=status)


def test_default_level(tmp_path: Path) -> None:
    """Each match is shown once: its identifier is data on stdout, in the log only with -v."""
    runs = run_both(tmp_path, "findscu", *KEYS, peer=peer())
    theirs, ours = runs.theirs.stderr, runs.ours.stderr
    assert_same_log(theirs, ours, fewer=[IDENTIFIER_OF_RESPONSE])
    assert ours.splitlines()[2:] == [
        "I: Sending Find Request: MsgID 1",
        "I: ",
        "I: # Request Identifier",
        "I: (0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
        "I: (0010,0010) PN [*]                                      # 1 PatientName",
        "I: (0010,0020) LO (no value available)                     # 0 PatientID",
        "I: ",
        "I: Find SCP Response: 1 - 0xFF00 (Pending)",
        "I: Find SCP Response: 2 - 0xFF00 (Pending)",
        "I: Find SCP Result: 0x0000 (Success)",
        "I: Releasing Association",
    ]


def test_verbose(tmp_path: Path) -> None:
    """The listing on stdout has the lines of the log."""
    runs = run_both(tmp_path, "findscu", "-v", *KEYS, peer=peer())
    assert_same_log(runs.theirs.stderr, runs.ours.stderr)
    assert (runs.theirs.code, runs.ours.code) == (0, 0)
    blocks = re.findall(r"(?:I: # Response Identifier\n)((?:I: .+\n)+)", runs.theirs.stderr)
    in_log = [[line.removeprefix("I: ") for line in block.splitlines()] for block in blocks]
    on_stdout = [block.splitlines()[1:] for block in runs.ours.stdout.strip().split("\n\n")]
    assert on_stdout == in_log
    assert len(on_stdout) == 2
    assert runs.theirs.stdout == ""


def test_matches_are_data_at_every_level(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "findscu", "-q", *KEYS, peer=peer())
    assert (runs.theirs.stderr, runs.ours.stderr) == ("", "")
    assert "[Citizen^Jan]" in runs.ours.stdout


def test_dumps(tmp_path: Path) -> None:
    """In pynetdicom two threads write at the same time."""
    runs = run_both(tmp_path, "findscu", "-d", *KEYS, peer=peer(MATCHES[:1]))
    theirs, ours = comparable_dump(runs.theirs.stderr), comparable_dump(runs.ours.stderr)
    assert_same_lines(theirs, ours)
    assert headings(ours) == headings(theirs)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--relational-query", "--enhanced-conversion"], True),
        (["-W", "--dt-matching"], False),
    ],
)
def test_extended_negotiation_in_dumps(tmp_path: Path, options: list[str], asked: bool) -> None:
    runs = run_both(tmp_path, "findscu", "-d", *options, *KEYS, peer=peer([]))
    assert_same_lines(comparable_dump(runs.theirs.stderr), comparable_dump(runs.ours.stderr))
    assert ("D: Requested Extended Negotiation: None" in runs.ours.stderr.splitlines()) != asked


def test_no_match(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "findscu", "-P", *KEYS, peer=peer([]))
    assert_same_log(runs.theirs.stderr, runs.ours.stderr)
    assert (runs.ours.code, runs.ours.stdout) == (0, "")


def test_failure(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "findscu", "-v", *KEYS, peer=peer(MATCHES[:1], status=0xA700))
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[ERROR_WITH_REASON])
    assert "I: Find SCP Result: 0xA700 (Failure)" in runs.ours.stderr.splitlines()
    assert runs.ours.code == 3


def test_no_context(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "findscu", *KEYS, peer=refusing_all)
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[ERROR_WITH_REASON])
    assert (runs.theirs.code, runs.ours.code) == (1, 1)


def test_invalid_response(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "findscu", "-v", *KEYS, peer=without_status)
    line = "E: Received an invalid C-FIND response from the peer"
    assert line in runs.theirs.stderr.splitlines()
    assert line in runs.ours.stderr.splitlines()
    assert runs.ours.code == 1
