"""Matches of a query as they are written to standard output, each as it comes."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from io import StringIO, TextIOWrapper
from typing import Protocol

from pydicom.dataset import Dataset

from dcmtools.cli.console import Console
from dcmtools.cli.match_options import MatchFormat
from dcmtools.dicom.columns import Column
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.text import safe_text


class MatchWriter(Protocol):
    """Writes matches, numbered from 1."""

    def add(self, number: int, match: Dataset) -> None:
        """Take the next match."""

    def finish(self) -> None:
        """Write what belongs behind the last one; without any, what says so."""


class ListWriter:
    """Writes a line for each element, as pynetdicom logs it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def add(self, number: int, match: Dataset) -> None:
        """Write the match."""
        self._console.data([f"# Match {number}", *list_dataset(match), ""])

    def finish(self) -> None:
        """Write nothing more."""


class CsvWriter:
    """Writes a line of comma-separated values (RFC 4180) for each match, below one of names.

    Control characters, line ends too, are escapes: a match is a line.
    """

    def __init__(self, console: Console, columns: Sequence[Column]) -> None:
        self._console = console
        self._columns = columns
        self._is_begun = False

    def add(self, number: int, match: Dataset) -> None:  # noqa: ARG002 - lines have no numbers
        """Write the match."""
        self._begin()
        self._row([safe_text(column.text(match)) for column in self._columns])

    def finish(self) -> None:
        """Write the names, if nothing else was."""
        self._begin()

    def _begin(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            write_utf_8()
            self._row([column.name for column in self._columns])

    def _row(self, cells: Sequence[str]) -> None:
        line = StringIO()
        csv.writer(line, lineterminator="").writerow(cells)
        self._console.data([line.getvalue()])


class DocumentWriter:
    """Writes one document with all matches: `head`, what `show` gives of each, `tail`."""

    def __init__(
        self, console: Console, head: str, show: Callable[[int, Dataset], Sequence[str]], tail: str
    ) -> None:
        self._console = console
        self._head = head
        self._show = show
        self._tail = tail
        self._is_begun = False

    def add(self, number: int, match: Dataset) -> None:
        """Write the match."""
        self._begin()
        self._console.data(self._show(number, match))

    def finish(self) -> None:
        """End the document."""
        self._begin()
        self._console.data([self._tail])

    def _begin(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            write_utf_8()
            self._console.data([self._head])


class NoWriter:
    """Writes nothing."""

    def add(self, number: int, match: Dataset) -> None:
        """Pass over the match."""

    def finish(self) -> None:
        """Write nothing."""


def match_writer(shown: MatchFormat, console: Console, columns: Sequence[Column]) -> MatchWriter:
    """Return what writes matches in the format `shown`."""
    match shown:
        case MatchFormat.TABLE:
            from dcmtools.cli.match_table import TableWriter  # noqa: PLC0415 - brings rich

            return TableWriter(console, columns)
        case MatchFormat.CSV:
            return CsvWriter(console, columns)
        case MatchFormat.JSON:
            return _json_writer(console)
        case MatchFormat.XML:
            return _xml_writer(console)
        case MatchFormat.LIST:
            return ListWriter(console)
        case MatchFormat.DICOM:
            return NoWriter()


def _json_writer(console: Console) -> MatchWriter:
    from dcmtools.dicom.json_model import json_text  # noqa: PLC0415 - brings json

    def show(number: int, match: Dataset) -> list[str]:
        return [f"{' ' if number == 1 else ','}{json_text(match)}"]

    return DocumentWriter(console, "[", show, "]")


def _xml_writer(console: Console) -> MatchWriter:
    from dcmtools.dicom.xml_model import xml_model  # noqa: PLC0415 - rarely used

    head = '<?xml version="1.0" encoding="UTF-8"?>\n<Matches>'
    return DocumentWriter(console, head, lambda _, match: [*xml_model(match)], "</Matches>")


def write_utf_8() -> None:
    """Let standard output be UTF-8, which these formats are, whatever the locale."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
