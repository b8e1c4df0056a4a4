"""What became of the queries of findscu."""

from __future__ import annotations

import pytest
from pydicom import Dataset

from dcmtools.cli.console import Console
from dcmtools.cli.find_tally import FindTally
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.errors import AssociationAbortedError
from dcmtools.net.events import Finished, Match, Unreadable

FAILURE, CANCEL = Finished(0xA700, "too many"), Finished(0xFE00)
FOUND, EMPTY = Finished(0x0000), Finished(0x0000)


def tally(queries: int = 1, **options: bool) -> FindTally:
    return FindTally(Console(set_up(GeneralOptions(), "findscu")), "peer:104", queries, **options)


def answer(counted: FindTally, source: str, final: Finished, matches: int) -> None:
    counted.begin(1, source)
    for number in range(matches):
        counted.count(Match(number + 1, Dataset()))
    counted.count(final)


@pytest.mark.parametrize(
    ("options", "answers", "code"),
    [
        ({}, [(FOUND, 2)], 0),
        ({}, [(EMPTY, 0)], 0),
        ({}, [(FAILURE, 0)], 1),
        ({}, [(FAILURE, 1)], 3),
        ({}, [(CANCEL, 1)], 3),
        ({"may_cancel": True}, [(CANCEL, 1)], 0),
        ({"fail_empty": True}, [(FOUND, 1)], 0),
        ({"fail_empty": True}, [(EMPTY, 0)], 1),
        ({"fail_empty": True}, [(EMPTY, 0), (EMPTY, 0)], 1),
        ({"fail_empty": True}, [(EMPTY, 0), (FOUND, 1)], 3),
        ({}, [(FAILURE, 0), (EMPTY, 0)], 3),
        ({}, [(FAILURE, 0), (FAILURE, 0)], 1),
    ],
)
def test_exit_status(options: dict[str, bool], answers: list[tuple[Finished, int]], code: int) -> None:
    counted = tally(len(answers), **options)
    for number, (final, matches) in enumerate(answers):
        answer(counted, f"line {number}", final, matches)
    assert counted.exit_code == code


def test_what_failed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    counted = tally(4, fail_empty=True)
    answer(counted, "", FAILURE, 0)
    answer(counted, "q.csv, line 2", FAILURE, 0)
    answer(counted, "q.csv, line 3", EMPTY, 0)
    answer(counted, "", EMPTY, 0)
    counted.begin(4, "q.csv, line 4")
    counted.not_made(AssociationAbortedError("peer:104", "gone"), 2)
    failed, second, *others = capsys.readouterr().err.splitlines()
    assert failed.startswith("E: peer:104: C-FIND failed: 0xA700 (Failure: Out of resources): too many")
    assert second.startswith("E: q.csv, line 2: peer:104: C-FIND failed: 0xA700 ")
    assert others == [
        "E: q.csv, line 3: no match",
        "E: peer:104: no match",
        "E: q.csv, line 4: peer:104: gone; 2 more queries not made",
    ]


def test_queries_that_were_not_made() -> None:
    counted = tally(3)
    counted.not_made(AssociationAbortedError("peer:104", "gone"), 2)
    assert counted.exit_code == 1
    counted = tally(3)
    answer(counted, "line 2", EMPTY, 0)
    counted.not_made(AssociationAbortedError("peer:104", "gone"), 1)
    assert counted.exit_code == 3


def test_a_match_that_cannot_be_read_is_no_whole_success() -> None:
    """It is a match all the same."""
    counted = tally(fail_empty=True)
    counted.begin(1, "")
    counted.count(Unreadable(1))
    counted.count(FOUND)
    assert counted.exit_code == 3
