"""The help of the commands shows its texts as they are."""

from __future__ import annotations

import pytest

from dcmtools.cli.app import COMMANDS
from dcmtools.cli.mirror import parameters

from ..command import dcmtools


def words(text: str) -> list[str]:
    return [word for word in text.replace("│", " ").split() if "[" in word or "/" in word]


@pytest.mark.parametrize("name", COMMANDS)
def test_brackets_are_no_markup(name: str) -> None:
    outcome = dcmtools(name, "--help")
    assert outcome.code == 0
    shown = words(outcome.stdout)
    for parameter in parameters(name):
        assert set(words(parameter.help or "")) <= set(shown)
