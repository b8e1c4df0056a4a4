from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from typer import Option, Typer
from typer.main import get_command

from dcmtools.cli.option_group import OptionGroup, UsageError, exclude, flatten
from dcmtools.errors import ExitCode


@dataclass(frozen=True, kw_only=True)
class Pace(OptionGroup):
    heading = "Pace Options"
    unit: str = "m/s"
    speed: Annotated[int, Option("-s", "--speed")] = 1
    slow: Annotated[bool, Option("--slow")] = False
    fast: Annotated[bool, Option("--fast")] = False

    def check(self) -> None:
        exclude(self, slow="--slow", fast="--fast")


@dataclass(frozen=True, kw_only=True)
class Route(Pace):
    heading = "Route Options"
    via: Annotated[Path | None, Option("--via")] = None


def command_of(function: Any) -> Any:
    app = Typer(add_completion=False)
    app.command()(flatten(function))
    return get_command(app)


def call(function: Any, *arguments: str) -> Any:
    return command_of(function).main(list(arguments), standalone_mode=False)


def test_the_fields_become_parameters() -> None:
    def walk(goal: str, pace: Pace = Pace(speed=5), loud: bool = False) -> ExitCode:
        return ExitCode.OK

    signature = inspect.signature(flatten(walk))
    assert list(signature.parameters) == ["goal", "speed", "slow", "fast", "loud"]
    assert signature.parameters["speed"].default == 5
    assert flatten(walk).__name__ == "walk"


def test_the_command_gets_its_groups() -> None:
    seen = []

    def walk(goal: str, pace: Pace = Pace(speed=5, unit="km/h")) -> ExitCode:
        seen.append((goal, pace))
        return ExitCode.PARTIAL

    assert call(walk, "home", "-s", "7", "--slow") == ExitCode.PARTIAL
    assert call(walk, "home") == ExitCode.PARTIAL
    assert seen == [
        ("home", Pace(speed=7, unit="km/h", slow=True)),
        ("home", Pace(speed=5, unit="km/h")),
    ]


def test_a_group_inherits_options() -> None:
    seen = []

    def walk(route: Route = Route(via=Path("park"))) -> ExitCode:
        seen.append(route)
        return ExitCode.OK

    call(walk, "--speed=3")
    assert seen == [Route(speed=3, via=Path("park"))]


def test_two_commands_have_defaults_of_their_own() -> None:
    seen = []

    def walk(pace: Pace = Pace(speed=5)) -> ExitCode:
        seen.append(pace.speed)
        return ExitCode.OK

    def run(pace: Pace = Pace(speed=10)) -> ExitCode:
        seen.append(pace.speed)
        return ExitCode.OK

    call(walk)
    call(run)
    call(walk)
    assert seen == [5, 10, 5]


def test_options_stand_under_the_heading_of_their_group() -> None:
    def walk(pace: Pace = Pace(), loud: Annotated[bool, Option("--loud")] = False) -> ExitCode:
        return ExitCode.OK

    panels = {option.name: option.rich_help_panel for option in command_of(walk).params}
    assert panels["speed"] == "Pace Options"
    assert panels["loud"] is None


def test_what_does_not_fit_together_is_refused() -> None:
    def walk(pace: Pace = Pace()) -> ExitCode:
        raise AssertionError("the command must not run")

    with pytest.raises(UsageError, match=r"^argument --fast: not allowed with argument --slow$") as raised:
        call(walk, "--fast", "--slow")
    assert raised.value.exit_code == 2


def test_exclude() -> None:
    exclude(Pace(slow=True), slow="--slow", fast="--fast")
    exclude(Pace(), slow="--slow", fast="--fast")
    with pytest.raises(UsageError):
        exclude(Pace(slow=True, fast=True), slow="--slow", fast="--fast")
