from __future__ import annotations

import dataclasses
import inspect
import itertools
from importlib import import_module
from typing import Any

import pytest

from dcmtools.cli.app import load
from dcmtools.cli.layering import RIVALS, layered
from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.profiles import SCUS


@pytest.mark.parametrize(
    ("layers", "given", "expected"),
    [
        ([{"a": 1}, {"a": 2, "b": 3}], [], {"a": 1, "b": 3}),
        ([{"a": 1, "b": 2}], ["a"], {"b": 2}),
        ([{"study": True}, {"patient": True}], [], {"study": True}),
        ([{"study": False}, {"patient": True}], [], {"study": False, "patient": True}),
        ([{"study": True}], ["worklist"], {}),
        ([{"log_level": "warn"}], ["verbose"], {}),
        ([{"verbose": True}], ["log_level"], {}),
        ([{"user": "a", "password_file": "f"}], ["jwt_file"], {}),
        ([{"user": "a", "password_file": "f"}], ["user"], {"password_file": "f"}),
        (
            [{"user": "a"}, {"jwt_file": "f", "positive_response": True}],
            [],
            {"user": "a", "positive_response": True},
        ),
        ([{"positive_response": True}], [], {}),
        ([{}, {"tls_ca": "f"}], [], {}),
        ([{"tls": True}, {"tls_ca": "f"}], [], {"tls": True, "tls_ca": "f"}),
        ([{"tls": False}, {"tls": True, "tls_ca": "f"}], [], {"tls": False}),
        ([{"tls_ca": "f"}], ["tls"], {"tls_ca": "f"}),
    ],
)
def test_what_holds(layers: list[dict[str, Any]], given: list[str], expected: dict[str, Any]) -> None:
    assert layered(layers, given) == expected


def test_rivals_are_options() -> None:
    spelled = {
        spelling.removeprefix("--").replace("-", "_")
        for name in SCUS
        for parameter in load(name).params
        for spelling in parameter.opts
    }
    assert spelled >= set().union(*RIVALS)


def options_of(group: OptionGroup) -> dict[str, object]:
    """A value for each option of a group that is not given by default, by the name of its field."""
    fields = {field.name: getattr(group, field.name) for field in dataclasses.fields(group)}  # type: ignore[arg-type]
    return {name: True if value is False else "x" for name, value in fields.items() if not value}


@pytest.mark.parametrize("command", SCUS)
def test_options_that_exclude_each_other_are_rivals(command: str) -> None:
    """A profile must not make a command line wrong that is right without it."""
    signature = inspect.signature(getattr(import_module(f"dcmtools.commands.{command}"), command))
    for parameter in signature.parameters.values():
        group = parameter.default
        if not isinstance(group, OptionGroup):
            continue
        for pair in itertools.combinations(options_of(group).items(), 2):
            try:
                dataclasses.replace(group, **dict(pair)).check()  # type: ignore[type-var]
            except UsageError as exc:
                keys = {name for name, _ in pair}
                if "not allowed with" in exc.format_message():
                    assert any(keys <= rivals for rivals in RIVALS), keys
