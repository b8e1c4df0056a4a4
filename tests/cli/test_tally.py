"""What storescu says at the end, and its exit status."""

from __future__ import annotations

import re

import pytest

from dcmtools.cli.console import Console
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.cli.tally import Tally
from dcmtools.errors import ExitCode
from dcmtools.net.events import (
    AlreadyStored,
    BadFile,
    Changed,
    Inaccessible,
    Lost,
    NotStored,
    Retrying,
    Sending,
    Skipped,
    Stored,
    Unidentified,
)

STORED = Stored("a.dcm", "1.2", "1.2.3", "1.2.840.10008.1.2", 2_000_000, 0x0000)
INCOMPLETE = STORED._replace(status=0xB006)
FAILED = NotStored("b.dcm", "0xA700 (Failure: Out of resources)", 0xA700)


def tally(*events: object) -> Tally:
    counted = Tally()
    for event in events:
        counted.count(event)
    return counted


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([STORED, STORED._replace(status=0xB000)], ExitCode.OK),
        ([STORED, Skipped("x", "no DICOM file")], ExitCode.OK),
        ([AlreadyStored("a.dcm")], ExitCode.OK),
        ([AlreadyStored("a.dcm"), STORED], ExitCode.OK),
        ([STORED, FAILED], ExitCode.PARTIAL),
        ([STORED, Inaccessible("x")], ExitCode.PARTIAL),
        ([INCOMPLETE], ExitCode.PARTIAL),
        ([FAILED], ExitCode.FAILURE),
        ([AlreadyStored("a.dcm"), FAILED], ExitCode.FAILURE),
        ([Skipped("x", "no DICOM file")], ExitCode.FAILURE),
        ([], ExitCode.FAILURE),
    ],
)
def test_exit_code(events: list[object], expected: ExitCode) -> None:
    assert tally(*events).exit_code is expected


def test_a_run_that_was_cut_short_has_not_done_all() -> None:
    counted = tally(STORED)
    counted.is_cut_short = True
    assert counted.exit_code is ExitCode.PARTIAL
    assert str(counted).endswith(", and stopped there")


def test_summary() -> None:
    counted = tally(Sending("a.dcm"), STORED, INCOMPLETE, FAILED, Skipped("x", "no DICOM file"))
    assert re.fullmatch(
        r"Stored 2 of 3 files \(4\.0 MB in \d\.\d s, [\d.]+ MB/s\), "
        "1 failed, 1 with elements discarded, 1 skipped",
        str(counted),
    )
    counted = tally(AlreadyStored("a.dcm"), AlreadyStored("b.dcm"), Changed("c.dcm"), STORED)
    assert str(counted).endswith("s), 2 stored before, 1 changed since they were stored")


FAILURES = [
    FAILED,
    BadFile("c.dcm", "not a DICOM file"),
    Unidentified("d.dcm", "has no SOP Class UID"),
    Inaccessible("e.dcm"),
]


def report(capsys: pytest.CaptureFixture[str], *events: object, verbose: bool = False) -> list[str]:
    tally(*events).report(Console(set_up(GeneralOptions(verbose=verbose), "storescu")))
    *lines, summary = capsys.readouterr().err.splitlines()
    assert summary.startswith("E: Stored ")
    return lines


@pytest.mark.parametrize(
    ("between", "verbose"), [([STORED] * 4, True), ([Lost("gone"), Retrying("gone", 1, 1, 9)] * 6, False)]
)
def test_failures_far_above_are_listed_before_the_summary(
    between: list[object], verbose: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(capsys, *FAILURES, *between, verbose=verbose) == [
        "E: Not stored: b.dcm: 0xA700 (Failure: Out of resources)",
        "E: Not stored: c.dcm: not a DICOM file",
        "E: Not stored: d.dcm: has no SOP Class UID",
        "E: Not stored: e.dcm: cannot be accessed",
    ]


@pytest.mark.parametrize(
    ("events", "verbose"),
    [
        ([*FAILURES, *[STORED] * 100], False),
        ([*[STORED] * 100, *FAILURES], True),
        ([FAILED, STORED, Lost("gone")], True),
    ],
)
def test_failures_in_sight_have_been_said(
    events: list[object], verbose: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(capsys, *events, verbose=verbose) == []
