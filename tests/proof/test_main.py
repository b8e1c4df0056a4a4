"""The command that runs the rows: what it prints, and its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import __main__ as command
from .registry import Figure, Row, figure


def _row(name: str, found: Figure | BaseException) -> Row:
    def run(size: int, folder: Path) -> Figure:
        (folder / "left").write_text("something")
        if isinstance(found, BaseException):
            raise found
        return found

    return Row(name, "0 cut files", 2, 200, run)


def _with(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
    monkeypatch.setattr(command, "rows", lambda: iter(rows))


def test_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = _row("good", figure("200 kills, 0 cut", []))
    bad = _row("bad", figure("1 cut", ["1.2.3 is cut"]))
    _with(monkeypatch, good, bad)
    page = tmp_path / "page.md"
    assert command.main(["--full", "--folder", str(tmp_path), "--markdown", str(page)]) == 1
    printed = capsys.readouterr()
    lines = [line.split("  ") for line in printed.out.splitlines()]
    assert [cell.strip() for cell in lines[1] if cell][:5] == [
        "good",
        "200",
        "200 kills, 0 cut",
        "0 cut files",
        "yes",
    ]
    assert "- 1.2.3 is cut" in printed.err
    assert "| bad | 200 | 1 cut | 0 cut files | NO |" in page.read_text()
    assert list(tmp_path.iterdir()) == [page]
    assert command.main(["--only", "g*"]) == 0
    assert command.main(["--only", "none"]) == 2


def test_a_row_that_cannot_be_run_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _with(monkeypatch, _row("other", pytest.skip.Exception("no tmpfs here")))
    assert command.main([]) == 0
    assert "cannot be run here: no tmpfs here" in capsys.readouterr().out


@pytest.mark.parametrize("error", [ValueError("wrong"), pytest.fail.Exception("wrong")])
def test_a_row_that_raises_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    _with(monkeypatch, _row("other", error))
    assert command.main([]) == 1
    assert "error: wrong" in capsys.readouterr().out


def test_the_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _with(monkeypatch, _row("other", figure("", [])))
    assert command.main(["--list"]) == 0
    assert capsys.readouterr().out.split() == ["other", "2", "200", "0", "cut", "files"]
