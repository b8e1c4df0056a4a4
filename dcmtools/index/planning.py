"""A C-FIND as one statement of SQL, and the tests that decide on the rows which it selects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.tag import Tag
from sqlalchemy import ColumnElement, FromClause, Select, Text, literal, select

from dcmtools.dicom.element_name import format_element_name
from dcmtools.dicom.matching import WILDCARD_VRS, combine, compile_matcher
from dcmtools.dicom.query import Key, Level, Query, QueryError
from dcmtools.dicom.wildcards import has_wildcards
from dcmtools.index.computed import COMPUTED, narrow_computed
from dcmtools.index.conditions import Condition, narrow
from dcmtools.index.forms import storable
from dcmtools.index.schema import Schema

INSTANCE_AVAILABILITY = 0x00080056
RETRIEVE_AE_TITLE = 0x00080054

Test = Callable[[Sequence[str]], bool]
"""Tells of a row whether it matches."""


class Plan(NamedTuple):
    """How a query is answered.

    The rows of `statement` have the values of the keys, then what only `tests` look at, then the
    Specific Character Set and the number of the entity. An entity may have several rows, one
    behind the other, when `repeats` is true: it is found when one of them passes.
    """

    statement: Select[*tuple[Any, ...]]
    width: int
    tests: tuple[Test, ...]
    unsupported: frozenset[int]
    repeats: bool


class _Known(NamedTuple):
    """An attribute that a key asks for: its VR, the level it is of (None: of any), and its text."""

    vr: str
    level: Level | None
    text: ColumnElement[str]


def plan_search(schema: Schema, query: Query, constants: Mapping[int, str]) -> Plan:
    """Plan the answer to a query; `constants` are attributes that all entities share, by tag.

    Raises QueryError for a key that is to be matched below the level of a query that is not relational.
    """
    planner = _Planner(schema, query, constants)
    for key in query.keys:
        planner.take(key)
    return planner.plan()


class _Planner:
    """Takes the keys of a query, one by one."""

    def __init__(self, schema: Schema, query: Query, constants: Mapping[int, str]) -> None:
        self._schema = schema
        self._query = query
        self._constants = constants
        self._unsupported: set[int] = set()
        self._levels = {query.level}
        self._conditions: list[Condition] = []
        self._values: list[ColumnElement[str]] = []
        self._tested: dict[int, tuple[Key, ColumnElement[str]]] = {}

    def take(self, key: Key) -> None:
        """Select the text of an attribute and, where the key has values, match against it."""
        known = None if key.items or key.vr == "SQ" else self._know(key.tag)
        if known is None or not self._is_within_reach(key, known):
            self._unsupported.add(key.tag)
            self._values.append(_text(""))
            return
        if any(key.values):
            values = tuple(map(storable, key.values))
            self._match(key._replace(vr=known.vr, values=values), known)
        is_below = known.level is not None and known.level.depth > self._query.level.depth
        if is_below:
            self._values.append(_text(""))
            return
        self._values.append(known.text)
        if known.level is not None:
            self._levels.add(known.level)

    def plan(self) -> Plan:
        """Return the plan for the keys that were taken."""
        query = self._query
        table = self._schema.table(query.level)
        pairs = self._combined() if query.combined else []
        compiled = {
            tag: compile_matcher(key, fuzzy=query.fuzzy)
            for tag, (key, _) in self._tested.items()
            if all(tag not in pair for *pair, _ in pairs)
        }
        places = {tag: len(self._values) + number for number, tag in enumerate(self._tested)}
        tests = [_test(matches, places[tag]) for tag, matches in compiled.items()]
        tests += [_pair_test(matches, places[date], places[time]) for date, time, matches in pairs]
        repeats = any(level.depth > query.level.depth for level in self._levels)
        columns = [*self._values, *(text for _, text in self._tested.values())]
        statement: Select[*tuple[Any, ...]] = (
            select(*_labelled(columns), table.c.character_set, table.c.id)
            .select_from(self._joined())
            .where(*self._conditions)
        )
        if repeats:
            statement = statement.order_by(table.c.id)
        return Plan(statement, len(self._values), tuple(tests), frozenset(self._unsupported), repeats)

    def _know(self, tag: int) -> _Known | None:
        if tag in self._constants:
            return _Known("AE" if tag == RETRIEVE_AE_TITLE else "CS", None, _text(self._constants[tag]))
        if attribute := self._schema.attributes.get(tag):
            return _Known(attribute.vr, attribute.level, self._schema.text(attribute))
        if computed := COMPUTED.get(tag):
            return _Known(computed.vr, computed.level, computed.text(self._schema))
        return None

    def _is_within_reach(self, key: Key, known: _Known) -> bool:
        """Return whether the model has an attribute, and the query may ask for it; raises QueryError."""
        query = self._query
        if known.level is None or known.level.depth <= query.level.depth:
            return True
        if known.level not in query.levels or not any(key.values):
            return False
        if not query.relational:
            name = format_element_name(Tag(key.tag))
            raise QueryError(f"{name} is a key below the level {query.level}", key.tag)
        return True

    def _match(self, key: Key, known: _Known) -> None:
        if known.level is not None:
            self._levels.add(known.level)
        is_fuzzy = self._query.fuzzy and key.vr == "PN"
        condition, is_exact = None, False
        if (attribute := self._schema.attributes.get(key.tag)) and not is_fuzzy:
            condition = narrow(self._schema, key, attribute)
            is_exact = attribute.is_unique_key and condition is not None and not _has_patterns(key)
        elif computed := COMPUTED.get(key.tag):
            condition = narrow_computed(self._schema, key, computed)
        if condition is not None:
            self._conditions.append(condition)
        if not is_exact:
            self._tested[key.tag] = (key, known.text)

    def _combined(self) -> list[tuple[int, int, Callable[[str, str], bool]]]:
        """Return the keys that are ranges of dates and of times in one, by the tags of both."""
        pairs = []
        for date, (key, _) in self._tested.items():
            time = tag_for_keyword(keyword_for_tag(date).removesuffix("Date") + "Time")
            if key.vr == "DA" and time in self._tested:
                matches = combine(key, self._tested[time][0])
                if matches is not None:
                    pairs.append((date, time, matches))
        return pairs

    def _joined(self) -> FromClause:
        """Return the tables of all levels that matter, joined."""
        depths = [level.depth for level in self._levels]
        tables = [self._schema.table(level) for level in Level if min(depths) <= level.depth <= max(depths)]
        joined: FromClause = tables[0]
        for table in tables[1:]:
            joined = joined.join(table)
        return joined


def _text(value: str) -> ColumnElement[str]:
    return literal(value, Text)


def _labelled(columns: Sequence[ColumnElement[str]]) -> list[ColumnElement[str]]:
    """Return columns that differ by name: an attribute may be there as a value and to be tested."""
    return [column.label(f"c{number}") for number, column in enumerate(columns)]


def _has_patterns(key: Key) -> bool:
    return key.vr in WILDCARD_VRS and any(map(has_wildcards, key.values))


def _test(matches: Callable[[str], bool], place: int) -> Test:
    return lambda row: matches(row[place])


def _pair_test(matches: Callable[[str, str], bool], date: int, time: int) -> Test:
    return lambda row: matches(row[date], row[time])
