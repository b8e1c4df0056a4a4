"""Writing the generated files, and finding those that are not up to date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtools.cli import generate
from dcmtools.cli.app import COMMANDS
from dcmtools.errors import ExitCode

CHECK = (
    "import pathlib, sys; from dcmtools.cli.generate import main; sys.exit(main(['--check'], pathlib.Path()))"
)
FILES = {"completions/dcmtools.bash": "complete\n", "man/dcmtools.1": "page of 2 €\n"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The folder of a clone before anything was generated."""
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


@pytest.fixture
def few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two short texts be all that is to be generated."""
    monkeypatch.setattr(generate, "outputs", lambda: FILES)


def test_each_shell_has_its_completion_and_each_command_its_page() -> None:
    assert sorted(generate.outputs()) == sorted(
        [
            "completions/_dcmtools",
            "completions/dcmtools.bash",
            "completions/dcmtools.fish",
            "completions/dcmtools.ps1",
            "man/dcmtools.1",
            *(f"man/dcmtools-{name}.1" for name in COMMANDS),
        ]
    )


def test_another_process_writes_the_same(clone: Path) -> None:
    assert generate.main([], clone) == ExitCode.OK
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "COLUMNS": "60",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", CHECK]
    check = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=60)
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


@pytest.mark.usefixtures("few_files")
def test_files_that_are_up_to_date_are_not_worth_a_word(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main([], clone) == ExitCode.OK
    assert generate.main(["--check"], clone) == ExitCode.OK
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("few_files")
@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("completions/dcmtools.bash", None, "completions/dcmtools.bash: missing"),
        ("completions/dcmtools.bash", "old\n", "completions/dcmtools.bash: stale"),
        ("man/dcmtools.1", b"\xff", "man/dcmtools.1: stale"),
        ("man/dcmtools-gone.1", "page\n", "man/dcmtools-gone.1: superfluous"),
    ],
)
def test_what_is_not_up_to_date_is_named_and_written_anew(
    clone: Path, capsys: pytest.CaptureFixture[str], path: str, text: str | bytes | None, complaint: str
) -> None:
    generate.main([], clone)
    if text is None:
        (clone / path).unlink()
    else:
        (clone / path).write_bytes(text if isinstance(text, bytes) else text.encode())

    assert generate.main(["--check"], clone) == ExitCode.FAILURE
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        complaint,
        "to bring them up to date: python -m dcmtools.cli.generate",
    ]
    assert generate.main(["--check"], clone) == ExitCode.FAILURE, "the check must change nothing"

    generate.main([], clone)
    assert generate.main(["--check"], clone) == ExitCode.OK


@pytest.mark.usefixtures("few_files")
def test_nothing_is_written_outside_a_clone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([], tmp_path) == ExitCode.FAILURE
    assert f"{tmp_path} is not a clone" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["shtab", "argparse_manpage"])
def test_a_missing_writer_is_one_line(
    clone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    for loaded in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    assert generate.main([], clone) == ExitCode.FAILURE
    (line,) = capsys.readouterr().err.splitlines()
    assert f"'{module}' is not installed" in line
    assert "pip install" in line
    assert {path.name for path in clone.iterdir()} == {"pyproject.toml"}
