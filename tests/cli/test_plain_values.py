"""What Typer's own validation says of a value counts: plain values only get there sooner."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer import Option, Typer, TyperException
from typer.main import get_command

from dcmtools.cli.plain_values import read_plain_values


class Colour(StrEnum):
    RED = "red"


taken: dict[str, Any] = {}
app = Typer(add_completion=False)


@app.command()
def take(
    text: Annotated[str, Option()] = "",
    several: Annotated[list[str] | None, Option()] = None,
    whole: Annotated[int, Option(min=0, max=100)] = 0,
    unbounded: Annotated[int, Option()] = 0,
    decimal: Annotated[float, Option(min=0)] = 0,
    switch: Annotated[bool, Option("--switch")] = False,
    choice: Annotated[Colour | None, Option()] = None,
    colour: Annotated[Colour, Option()] = Colour.RED,
    file: Annotated[Path | None, Option()] = None,
) -> None:
    taken.update(locals())


THOROUGH, QUICK = get_command(app), get_command(app)
for parameter in QUICK.params:
    read_plain_values(parameter)

numbers = (
    st.integers(-10, 200).map(str) | st.floats(-10, 200).map(str) | st.text("0123456789._-+eE ", max_size=16)
)
values = st.tuples(
    st.sampled_from(
        ["--text", "--several", "--whole", "--unbounded", "--decimal", "--choice", "--colour", "--file"]
    ),
    numbers | st.text(max_size=5) | st.sampled_from(["red", "nan", "inf", "1_000", "٣", " 5", "0x10", "1e3"]),
)


def outcome(command: Any, arguments: list[str]) -> object:
    taken.clear()
    try:
        command.main(list(arguments), prog_name="take", standalone_mode=False)
    except TyperException as exc:
        return exc.format_message()
    return {name: (type(value), repr(value)) for name, value in taken.items()}


@settings(deadline=None)
@given(st.lists(values, max_size=4))
@example([])
@example([("--whole", "100"), ("--decimal", "5")])
@example([("--whole", "101")])
@example([("--decimal", "-1")])
@example([("--unbounded", "9" * 30)])
@example([("--several", "a"), ("--several", "b")])
def test_values_and_errors_are_those_of_typer(given_options):
    arguments = [f"{name}={value}" for name, value in given_options]
    assert outcome(QUICK, arguments) == outcome(THOROUGH, arguments)


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["echoscu", "-ta", "5", "-pdu", "0", "-aet", "ME", "localhost", "1"],
        ["storescu", "--progress", "none", "localhost", "1", "/no/such/file"],
    ],
)
def test_no_validation_is_imported_for_plain_values(command):
    imported = "assert 'pydantic' not in sys.modules"
    script = f"import sys\nfrom dcmtools.cli.app import run\nrun({command!r})\n{imported}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, "AssertionError" in done.stderr) == (0, False)
