"""What only the command storescu does: it keeps the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dcmtools.cli.app import run
from dcmtools.errors import ExitCode
from dcmtools.net import journal

from ..interop.peers.scripted import store_peer
from ..logging_state import restored_logging
from ..samples import write_instance


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    with restored_logging():
        yield


def test_a_journal_that_cannot_be_written_any_more_ends_the_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would be acknowledged from then on would be sent again in the next run."""
    files = [write_instance(tmp_path / f"{number}.dcm") for number in range(4)]
    written: list[bytes] = []

    def full(descriptor: int, line: bytes) -> None:
        written.append(line)
        if len(written) == 3:  # the header, the first file, the second
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "write_all", full)
    path = str(tmp_path / "journal.jsonl")
    with store_peer() as peer:
        status = run(["storescu", "--journal", path, "127.0.0.1", str(peer.port), str(tmp_path)])
    assert status == ExitCode.PARTIAL
    assert peer.requests == [item.sop_instance for item in files[:2]]
    error, summary = capsys.readouterr().err.splitlines()
    assert error == f"E: {path}: cannot be used as a journal: no space left on device"
    assert summary.startswith("E: Stored 2 of 2 files")
    assert summary.endswith(", 1 skipped, and stopped there")  # the journal is no SOP Instance
