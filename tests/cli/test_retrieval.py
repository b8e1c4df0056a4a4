from __future__ import annotations

import pytest

from dcmtools.cli.console import Console
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.cli.retrieval import retrieval_outcome
from dcmtools.errors import ExitCode
from dcmtools.net.advice import advice
from dcmtools.net.events import Finished, SubOperations


def outcome(finished: Finished | None) -> ExitCode:
    return retrieval_outcome(Console(set_up(GeneralOptions(), "getscu")), "host:104: C-GET", finished)


def counts(completed: int, failed: int = 0, warning: int = 0) -> SubOperations:
    return SubOperations(None, completed, failed, warning)


@pytest.mark.parametrize(
    "finished",
    [
        Finished(0x0000),
        Finished(0x0000, sub_operations=counts(0)),
        Finished(0x0000, sub_operations=counts(2)),
        Finished(0x0000, sub_operations=counts(1, warning=1)),
        Finished(0x0000, sub_operations=SubOperations(None, None, None, None)),
    ],
)
def test_success(finished: Finished, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(finished) is ExitCode.OK
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("finished", "expected", "line"),
    [
        (
            Finished(0xB000, sub_operations=counts(1, failed=1)),
            ExitCode.PARTIAL,
            "E: host:104: C-GET failed: 0xB000 (Warning: Sub-operations complete, one or more failures or "
            "warnings), 1 completed, 1 failed",
        ),
        (
            Finished(0x0000, sub_operations=counts(2, failed=1)),
            ExitCode.PARTIAL,
            "E: host:104: C-GET failed: 0x0000 (Success), 2 completed, 1 failed",
        ),
        (
            Finished(0xA801, "no such AE"),
            ExitCode.FAILURE,
            "E: host:104: C-GET failed: 0xA801 (Failure: Move destination unknown): no such AE",
        ),
        (
            Finished(0xA702, sub_operations=counts(0, failed=3)),
            ExitCode.FAILURE,
            "E: host:104: C-GET failed: 0xA702 (Failure: Out of resources: unable to perform "
            "sub-operations), 0 completed, 3 failed",
        ),
        (
            Finished(0xA702, sub_operations=counts(0, failed=1, warning=1)),
            ExitCode.PARTIAL,
            "E: host:104: C-GET failed: 0xA702 (Failure: Out of resources: unable to perform "
            "sub-operations), 1 completed, 1 failed",
        ),
    ],
)
def test_failures(
    finished: Finished, expected: ExitCode, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hint behind it is that of the status."""
    assert outcome(finished) is expected
    hint = advice(finished.status, "retrieve")
    assert capsys.readouterr().err == line + (f" ({hint})" if hint else "") + "\n"


def test_what_the_peer_says_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    finished = Finished(0xA900, "no level", offending=(0x00080052,))
    assert outcome(finished) is ExitCode.FAILURE
    assert (
        "0xA900 (Failure: Identifier does not match SOP class): no level, offending elements: "
        "Query/Retrieve Level (0008,0052) (check QueryRetrieveLevel"
    ) in capsys.readouterr().err


def test_what_was_not_retrieved_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    finished = Finished(0xB000, failed_instances=("1.2.3", "1.2.4"), sub_operations=counts(1, failed=2))
    assert outcome(finished) is ExitCode.PARTIAL
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "E: host:104: C-GET: not retrieved: SOP Instance 1.2.3",
        "E: host:104: C-GET: not retrieved: SOP Instance 1.2.4",
    ]


def test_no_final_response() -> None:
    assert outcome(None) is ExitCode.FAILURE
