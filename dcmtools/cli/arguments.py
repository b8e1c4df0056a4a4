"""What the arguments of a command are, in Typer's spelling: options with their values, and the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_ENDING = ("-h", "--help", "--version")
_is_number = re.compile(r"[+-]?[0-9]+").fullmatch


class Scanned(NamedTuple):
    """`places` are the indices of the positional arguments, `given` the last value of each option.

    `is_understood` says that there is no option among them that the command does not have.
    """

    arguments: Sequence[str]
    places: list[int]
    given: Mapping[str, str]
    is_understood: bool

    @property
    def names_peer_in_one_word(self) -> bool:
        """Whether there is no port behind the first positional argument, as pynetdicom's apps have it."""
        if not self.places or not self.is_understood or any(option in self.given for option in _ENDING):
            return False
        return len(self.places) == 1 or not _is_number(self.arguments[self.places[1]])


def scan(arguments: Sequence[str], takes_value: Mapping[str, bool]) -> Scanned:
    """Tell options from positional arguments; `takes_value` maps each spelling to whether it has a value."""
    places: list[int] = []
    given: dict[str, str] = {}
    pending = iter(enumerate(arguments))
    for place, argument in pending:
        if argument == "--":
            places += [place for place, _ in pending]
        elif argument == "-" or not argument.startswith("-"):
            places.append(place)
        elif argument in takes_value:
            given[argument] = next(pending, (0, ""))[1] if takes_value[argument] else ""
        else:
            option, _, value = argument.partition("=")
            given[option] = value
    return Scanned(arguments, places, given, given.keys() <= takes_value.keys())
