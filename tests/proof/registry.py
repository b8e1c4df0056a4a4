"""The rows of the table of proof: each a function with a size, and what it has to find."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_WITH_ROWS = ("rows_", "hostile")


@dataclass(frozen=True)
class Figure:
    """What a run of a row has found.

    `text` is what the table shows, `reached` whether that is what was promised. `faults` are the
    single findings against it, for whoever has to mend them.
    """

    text: str
    reached: bool
    faults: tuple[str, ...] = ()


Run = Callable[[int, Path], Figure]
"""Runs a row: its size, and an empty folder of its own."""


@dataclass(frozen=True)
class Row:
    """One line of the table: `small` is its size in a test, `full` that of the command.

    Within `run`, ``pytest.skip`` says that the machine lacks what the row needs.
    """

    name: str
    target: str
    small: int
    full: int
    run: Run


_rows: dict[str, Row] = {}


def row(name: str, target: str, *, small: int, full: int) -> Callable[[Run], Run]:
    """Register the decorated function as the row `name`."""

    def register(run: Run) -> Run:
        assert name not in _rows, f"two rows are called {name}"
        _rows[name] = Row(name, target, small, full, run)
        return run

    return register


def rows() -> Iterator[Row]:
    """Return the rows of the modules ``rows_*`` and ``hostile*`` of this package."""
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith(_WITH_ROWS):
            importlib.import_module(f"{__package__}.{module.name}")
    yield from _rows.values()


def figure(text: str, faults: list[str]) -> Figure:
    """Return a figure that is reached when there are no `faults`."""
    return Figure(text, not faults, tuple(faults))
