"""The options of how matches are shown."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import flag
from dcmtools.dicom.columns import Column, parse_columns
from dcmtools.dicom.sorting import SortKey


class MatchFormat(StrEnum):
    """What is written of the matches to standard output."""

    TABLE = "table"
    LIST = "list"
    JSON = "json"
    CSV = "csv"
    XML = "xml"
    DICOM = "dicom"
    """Nothing: they go to files."""


@dataclass(frozen=True, kw_only=True)
class MatchOptions(OptionGroup):
    """How the matches are shown."""

    heading = "Output Options"
    format: Annotated[
        MatchFormat | None,
        Option(
            "--format",
            metavar="FORMAT",
            help="table, list, json (DICOM JSON model), csv, xml (native DICOM model) or dicom (files only) "
            "(default: table on a terminal, list elsewhere)",
            show_default=False,
        ),
    ] = None
    columns: Annotated[
        list[str],
        Option(
            "--columns",
            metavar="KEY,...",
            help="columns of table and csv (default: all keys of the query); they are asked for as well",
            show_default=False,
        ),
    ] = field(default_factory=list)
    sort: Annotated[
        list[str],
        Option(
            "--sort",
            metavar="[-]KEY",
            help="sort the matches by this key, with - in descending order; repeat it for those that are "
            "equal; they are shown when all have arrived",
            show_default=False,
        ),
    ] = field(default_factory=list)
    write: Annotated[
        bool, flag("-w", "--write", help="write the matches to rsp000001.dcm, rsp000002.dcm ...")
    ] = False
    output_directory: Annotated[
        Path | None,
        Option(
            "-od",
            "--output-directory",
            metavar="DIRECTORY",
            help="write the files to this folder, made if need be (default: the current one)",
            show_default=False,
        ),
    ] = None
    fail_empty: Annotated[
        bool, flag("--fail-empty", help="fail if there is no match, or none for one of several queries")
    ] = False

    def check(self) -> None:
        """Refuse a folder for files that are not to be written."""
        if self.output_directory is not None and not self.writes_files:
            raise UsageError("-od/--output-directory goes with -w or --format dicom")

    @property
    def writes_files(self) -> bool:
        """Whether each match becomes a file."""
        return self.write or self.format is MatchFormat.DICOM

    @property
    def chosen_format(self) -> MatchFormat:
        """The format that was asked for, else the one that fits standard output."""
        if self.format is not None:
            return self.format
        is_terminal = sys.stdout is not None and sys.stdout.isatty()
        return MatchFormat.TABLE if is_terminal else MatchFormat.LIST

    @property
    def chosen_columns(self) -> tuple[Column, ...]:
        """The columns that were named; raises KeywordPathError."""
        return parse_columns(self.columns)

    @property
    def order(self) -> tuple[SortKey, ...]:
        """What the matches are sorted by; raises KeywordPathError."""
        return tuple(map(SortKey.parse, self.sort))
