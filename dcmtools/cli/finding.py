"""What findscu asks for: one query or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from dcmtools.cli.match_options import MatchOptions
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.query import QueryModelOptions, QueryOptions
from dcmtools.dicom.columns import Column, columns_of, parse_columns, request
from dcmtools.dicom.privacy import discreet
from dcmtools.dicom.query_list import QueryList, read_query_list
from dcmtools.dicom.return_keys import RETURN_KEYS, QueryLevel, asks_for_values
from dcmtools.net.models import InformationModel

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


class Search(NamedTuple):
    """One query: where it comes from ("" for the only one), and what makes its Identifier."""

    source: str
    identifier: Callable[[], Dataset]


@dataclass(frozen=True, kw_only=True)
class FindOptions(QueryOptions):
    """The Identifiers of one query or several."""

    level: Annotated[
        QueryLevel | None,
        Option(
            "--level",
            metavar="LEVEL",
            case_sensitive=False,
            help="PATIENT, STUDY, SERIES or IMAGE; asks for the usual keys of the level where no key to "
            "return is given, and below PATIENT in the study root model unless another is given",
            show_default=False,
        ),
    ] = None
    queries: Annotated[
        Path | None,
        Option(
            "--queries",
            metavar="FILE",
            help="make each query of a CSV file over one association: keys in its first line, their values "
            "in the others",
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse a query without keys."""
        if self.level is None and self.queries is None:
            super().check()

    def find_model(self, options: QueryModelOptions) -> InformationModel:
        """Return the information model that was asked for, or that fits the level."""
        model = options.model
        if self.level is None:
            return model
        if model in {InformationModel.WORKLIST, InformationModel.UPS}:
            raise UsageError("argument --level: not allowed with argument -W/--worklist or -U/--ups")
        is_default = not (options.patient or options.study or options.psonly)
        return InformationModel.STUDY_ROOT if is_default and self.level is not QueryLevel.PATIENT else model

    def read_queries(self) -> QueryList | None:
        """Return the queries of the file, None without one; raises FileError."""
        return read_query_list(self.queries) if self.queries is not None else None


class Plan(NamedTuple):
    """The queries to make, and the columns of their matches."""

    searches: tuple[Search, ...]
    columns: tuple[Column, ...]


def plan(options: FindOptions, shown: MatchOptions) -> Plan:
    """Return what `options` ask for, with all that is to be shown; raises InputError."""
    listed = options.read_queries()
    heads = listed.keys if listed else ()
    level = [f"QueryRetrieveLevel={options.level}"] if options.level else []
    base = options.build([*level, *options.keyword])
    defaults = RETURN_KEYS[options.level] if options.level and not asks_for_values(base) else ()
    columns = shown.chosen_columns
    wanted = [*parse_columns([*defaults, *heads]), *columns, *(key.column for key in shown.order)]

    request(base, wanted)
    searches = [Search("", lambda: base)]
    if listed:

        def listed_query(keys: Sequence[str]) -> Dataset:
            identifier = options.build([*level, *options.keyword, *keys])
            request(identifier, wanted)
            return identifier

        searches = [
            Search(f"{discreet(options.queries)}, line {line}", partial(listed_query, keys))
            for line, keys in listed.queries
        ]
    return Plan(tuple(searches), columns or columns_of(base, [*defaults, *heads, *options.keyword]))
