"""Matches of a query as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from pydicom.dataset import Dataset
from rich import box
from rich.align import Align
from rich.cells import cell_len
from rich.console import Console as RichConsole
from rich.table import Table
from rich.text import Text

from dcmtools.cli.console import Console
from dcmtools.dicom.columns import Column
from dcmtools.dicom.text import safe_text
from dcmtools.dicom.value_text import CHARACTER_SET_VRS, NUMBER_FORMATS

_NUMBERS = frozenset({"DS", "IS", *NUMBER_FORMATS})
_UNLIMITED = 1_000_000  # characters in a line of what is no terminal
_GAP = 2  # characters between two columns
_SHORTEST_TEXT, _SHORTEST_UID = 10, 22  # characters of a value in a line; UIDs have up to 64

_words = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[^A-Z]+").findall


class TableWriter:
    """Writes a row for each match when all have come, for only then the widths are known.

    On a terminal that is too narrow the names of the columns are broken between words, then texts
    and UIDs; where that is not enough a match is a block of lines. Elsewhere lines are as long as
    they have to be.
    """

    def __init__(self, console: Console, columns: Sequence[Column]) -> None:
        self._console = console
        self._columns = columns
        self._rows: list[list[str]] = []
        self._vrs: list[set[str]] = [set() for _ in columns]

    def add(self, number: int, match: Dataset) -> None:  # noqa: ARG002 - rows have no numbers
        """Take the match."""
        self._rows.append([safe_text(column.text(match)) for column in self._columns])
        for vrs, column in zip(self._vrs, self._columns, strict=True):
            vrs.update(found.vr for found in column.elements(match))

    def finish(self) -> None:
        """Write the table; nothing where it would be empty."""
        if not self._rows:
            return
        screen = RichConsole(highlight=False, markup=False, emoji=False)
        width = screen.width if screen.is_terminal else _UNLIMITED
        titles, cells = _titles(self._columns), self._longest()
        if _total(_widths(titles, cells)) > width:
            titles = [_broken(title, cell) for title, cell in zip(titles, cells, strict=True)]
        widths, least = _widths(titles, cells), _widths(titles, self._least(cells))
        if _total(least) > width:
            self._console.data(self._blocks())
            return
        is_folded = _total(widths) > width
        while _total(widths) > width:
            index = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
            widths[index] -= 1
        screen.width = width
        with screen.capture() as capture:
            screen.print(self._table(titles, widths, is_folded=is_folded))
        self._console.data(line.rstrip() for line in capture.get().splitlines())

    def _longest(self) -> list[int]:
        """Return the width of the longest value of each column."""
        return [max(cell_len(row[index]) for row in self._rows) for index in range(len(self._columns))]

    def _least(self, cells: Sequence[int]) -> list[int]:
        """Return the same, when all values that can be are broken."""
        least = []
        for vrs, cell in zip(self._vrs, cells, strict=True):
            limit = _SHORTEST_TEXT if vrs & CHARACTER_SET_VRS else _SHORTEST_UID if "UI" in vrs else cell
            least.append(min(cell, limit))
        return least

    def _table(self, titles: Sequence[str], widths: Sequence[int], *, is_folded: bool) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD,
            padding=(0, _GAP - 1, 0, 0),
            pad_edge=False,
            show_edge=False,
            leading=1 if is_folded else 0,  # tells rows of several lines apart
        )
        for title, width, vrs in zip(titles, widths, self._vrs, strict=True):
            side: Literal["left", "right"] = "right" if vrs and vrs <= _NUMBERS else "left"
            head = Align(Text(title), side, vertical="bottom")
            table.add_column(head, justify=side, overflow="fold", width=width)
        for row in self._rows:
            table.add_row(*map(Text, row))
        return table

    def _blocks(self) -> Iterator[str]:
        titles = _titles(self._columns)
        width = max(map(cell_len, titles))
        for number, row in enumerate(self._rows):
            if number:
                yield ""
            for title, value in zip(titles, row, strict=True):
                yield f"{title:<{width}}  {value}".rstrip()


def _titles(columns: Sequence[Column]) -> list[str]:
    """Return the last keyword of each column, the whole name where that is not enough."""
    titles = [column.title for column in columns]
    return [
        column.name if titles.count(title) > 1 else title
        for column, title in zip(columns, titles, strict=True)
    ]


def _widths(titles: Sequence[str], cells: Sequence[int]) -> list[int]:
    """Return the widths of columns with `titles`, whose values have the widths `cells`."""
    return [max(cell, *map(cell_len, title.split("\n"))) for title, cell in zip(titles, cells, strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(width + _GAP for width in widths)


def _broken(title: str, width: int) -> str:
    """Break a keyword between its words into lines of `width`, if that can be."""
    lines: list[str] = [""]
    for word in _words(title):
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)
