from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dcmtools.cli.app import COMMANDS, build, load, main, run
from dcmtools.errors import AssociationError, DcmtoolsError, ExitCode, InputError

from ..command import ENVIRONMENT, dcmtools

LIBRARIES = ("pydicom", "pynetdicom")


def imported(*arguments: str) -> list[str]:
    """The heavy libraries that dcmtools imports for `arguments`."""
    program = (
        "import sys\n"
        "from dcmtools.cli.app import run\n"
        f"status = run({list(arguments)!r})\n"
        f"print('|', status, *(name for name in {LIBRARIES!r} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    status, *found = done.stdout.rpartition("|")[2].split()
    assert status == "0"
    return found


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"]])
def test_help_and_version_import_no_library(arguments: list[str]) -> None:
    assert imported(*arguments) == []


def test_the_import_check_can_fail() -> None:
    assert imported("echoscu", "--help") == list(LIBRARIES)


def test_help_names_every_command_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    printed = capsys.readouterr()
    text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", printed.out).split())
    for name, summary in COMMANDS.items():
        assert name in text
        assert summary in text
    assert "Exit status: 0 all that was asked was done" in text
    assert printed.err == ""


def test_summaries_are_the_first_lines_of_the_commands() -> None:
    """The table must not say something else than the command's own help."""
    for name, summary in COMMANDS.items():
        documentation: Any = load(name).help
        first = documentation.splitlines()[0].rstrip(".")
        assert first[0].lower() + first[1:] in (summary, f"{summary}; the matches go to standard output")


def test_help_of_a_command_groups_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["movescu", "--help"]) == 0
    out = capsys.readouterr().out
    headings = re.findall(r"╭─ (.+?) ─", out)
    assert {
        "Storage SCP Options",
        "Query Options",
        "Query Information Model Options",
        "Extended Negotiation Options",
        "Output Options",
        "Network Options",
        "General Options",
    } <= set(headings)
    assert "<bool>" not in out


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "storescu" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("typed", "meant"), [("storscu", "storescu"), ("findsuc", "findscu"), ("echo", "echoscu")]
)
def test_unknown_command_suggests(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([typed, "host", "104"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert typed in printed.err
    assert meant in printed.err


def test_misspelt_option_suggests(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["echoscu", "--calledaet", "X", "host", "104"]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "--called-aet" in error


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["echoscu"], "dcmtools echoscu: error: Missing argument 'ADDR'."),
        (["findscu", "host", "104"], "dcmtools findscu: error: -f and/or -k must be specified"),
        (
            ["echoscu", "-v", "-d", "host", "104"],
            "dcmtools echoscu: error: argument -d/--debug: not allowed with argument -v/--verbose",
        ),
        (["echoscu", "--ca=X", "host", "104"], "dcmtools echoscu: error: ambiguous option: --ca could match"),
        (["--no-such-option"], "dcmtools: error: No such option: --no-such-option"),
    ],
)
def test_usage_errors(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(line)
    assert printed.err.count("\n") == 1
    assert "--help" in printed.err


@pytest.mark.parametrize("argument", ["--no\nsuch", "--no\x1b[31msuch"])
def test_a_usage_error_is_one_line_without_control_characters(
    argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["echoscu", argument, "host", "104"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\x1b" not in error


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command that raises what the list holds."""
    to_raise: list[BaseException] = []
    module = ModuleType("dcmtools.commands.echoscp")

    def echoscp() -> ExitCode:
        """Answer C-ECHO requests."""
        from dcmtools.cli.logs import set_up
        from dcmtools.cli.options import GeneralOptions

        set_up(GeneralOptions(), "echoscp")
        raise to_raise[0]

    module.echoscp = echoscp  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return to_raise


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("the key is wrong"), "E: the key is wrong"),
        (DcmtoolsError("no", hint="try again"), "E: no (try again)"),
        (AssociationError("host:104", "gone\x1b\n", hint="call"), "E: host:104: gone\\x1b"),
    ],
)
def test_errors_become_one_line(
    failing: list[BaseException], error: DcmtoolsError, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(error)
    assert run(["echoscp"]) == error.exit_code == ExitCode.FAILURE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[0] == line
    assert "Traceback" not in printed.err


def test_main_exits_with_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    assert exited.value.code == 0
    with pytest.raises(SystemExit) as exited:
        main(["--no-such-option"])
    assert exited.value.code == 2


def test_main_takes_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dcmtools", "--version"])
    with pytest.raises(SystemExit) as exited:
        main()
    assert exited.value.code == 0
    assert capsys.readouterr().out.startswith("dcmtools ")


def test_the_table_has_a_module_for_each_command() -> None:
    import dcmtools.commands

    [folder] = dcmtools.commands.__path__
    modules = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    assert modules == set(COMMANDS) == set(build().commands)


def test_as_a_module() -> None:
    outcome = dcmtools("--version")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("dcmtools ")
