"""The rows of an index: put in and taken out within a transaction that the caller has begun."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from dcmtools.dicom.privacy import discreet
from dcmtools.dicom.query import Level
from dcmtools.dicom.text import brief_text
from dcmtools.index.driver_statement import DriverStatement
from dcmtools.index.entries import Entry, LevelColumns, Values
from dcmtools.index.schema import Schema, parent_key
from dcmtools.index.stored_paths import StoredPaths

LOGGER = logging.getLogger(__name__)

_MOST_KNOWN = 50_000  # series that are remembered

_ENTITIES = (Level.SERIES, Level.STUDY, Level.PATIENT)
_ABOVE = {Level.IMAGE: Level.SERIES, Level.SERIES: Level.STUDY, Level.STUDY: Level.PATIENT}
_BELOW = {Level.SERIES: Level.IMAGE, Level.STUDY: Level.SERIES, Level.PATIENT: Level.STUDY}


class Rows:
    """Puts rows into the tables and takes them out.

    It remembers series, so that most instances need two short statements. What it remembers is dropped
    by `forget`: when a transaction fails, for another process may have taken a series away. The
    database notices that by its foreign keys; numbers are never used again.
    """

    def __init__(self, schema: Schema, paths: StoredPaths, dialect: Dialect) -> None:
        self._schema = schema
        self._paths = paths
        self._series: dict[tuple[str, ...], int] = {}  # by series_key
        self._columns = {level: LevelColumns(schema, level) for level in Level}
        instance = schema.instance
        held = select(instance.c.id).where(instance.c.sopinstanceuid == bindparam("uid"))
        self._held = DriverStatement(held, dialect)
        self._insert_instance = _insert(instance, dialect)
        self._delete_instance = DriverStatement(delete(instance).where(_is_numbered(instance)), dialect)
        self._delete_empty = {
            level: DriverStatement(_delete_empty(schema, level), dialect) for level in _ENTITIES
        }
        self._find = {level: DriverStatement(_find(schema, level), dialect) for level in _ENTITIES}
        self._filed = {level: DriverStatement(_filed(schema, level), dialect) for level in _ABOVE}
        self._insert = {level: _insert(schema.table(level), dialect) for level in _ENTITIES}

    def forget(self) -> None:
        """Drop what is remembered of the database."""
        self._series.clear()

    def add(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Add instances; one whose SOP Instance UID is known takes the place of the other.

        They go in by patient and study, so that processes do not wait for each other in a circle.
        """
        latest = {entry.identities.instance: entry for entry in entries}
        ordered = sorted(latest.values(), key=lambda entry: entry.identities)
        # mostly they are new instances of known series, and there is nothing to be found out
        are_known = all(entry.series_key in self._series for entry in ordered)
        if not ordered or (are_known and self._insert_new(connection, ordered) == len(ordered)):
            return
        # what is replaced has to go before its entities are asked for: they may go with it
        self.remove(connection, latest)
        self._insert_new(connection, ordered)

    def remove(self, connection: Connection, sop_instances: Iterable[str]) -> None:
        """Remove instances by identity, and the entities above that have none left."""
        for sop_instance in sop_instances:
            held = self._held.rows(connection, uid=sop_instance)
            self.remove_numbers(connection, [number for (number,) in held])

    def remove_numbers(self, connection: Connection, numbers: Iterable[int]) -> None:
        """Remove instances by the numbers of their rows, which no other instance ever gets."""
        for number in numbers:
            series = self._filed[Level.IMAGE].rows(connection, number=number)
            self._delete_instance.run_each(connection, [{"number": number}])
            for above, _ in series:
                self._prune(connection, Level.SERIES, above)

    def clear(self, connection: Connection) -> None:
        """Remove all rows."""
        for level in reversed(Level):
            connection.execute(delete(self._schema.table(level)))
        self.forget()

    def _insert_new(self, connection: Connection, entries: Sequence[Entry]) -> int:
        """Insert those of several different instances that are not there; return how many."""
        rows = [self._instance_row(connection, entry) for entry in entries]
        return self._insert_instance.run_each(connection, rows)

    def _instance_row(self, connection: Connection, entry: Entry) -> Values:
        known = entry.series_key
        series = self._series.get(known)
        if series is None:
            series = self._entity_id(connection, entry, Level.SERIES)
            if len(self._series) >= _MOST_KNOWN:
                self.forget()
            self._series[known] = series
        row = entry.row(self._columns[Level.IMAGE])
        instance = entry.instance
        row["series_id"] = series
        row["path"] = self._paths.stored(instance.path)
        row["transfer_syntax_uid"] = instance.transfer_syntax_uid
        row["dataset_offset"] = instance.offset
        row["dataset_length"] = instance.length
        return row

    def _entity_id(self, connection: Connection, entry: Entry, level: Level) -> int:
        """Return the number of the entity that an instance belongs to; what is not there is added.

        What is there belongs to the entities that it came with, whatever the instance names.
        """
        key = {"key": entry.identities[level.depth], "within": entry.within(level)}
        if found := self._find[level].rows(connection, **key):
            self._compare(connection, entry, level, found[0][0])
            return cast(int, found[0][0])
        row = entry.row(self._columns[level])
        if level in _ABOVE:
            above = parent_key(self._schema.table(level)).name
            row[above] = self._entity_id(connection, entry, _ABOVE[level])
        return cast(int, self._insert[level].rows(connection, **row)[0][0])

    def _compare(self, connection: Connection, entry: Entry, level: Level, number: int) -> None:
        """Log where an instance names another study or patient than the one above what is there."""
        if level not in _ABOVE:
            return
        above = _ABOVE[level]
        [(upper_number, known)] = self._filed[level].rows(connection, number=number)
        if known != entry.identities[above.depth]:
            LOGGER.warning(
                "SOP Instance %s names the %s '%s' and is filed under '%s', which came first",
                discreet(brief_text(entry.identities.instance)),
                above.lower(),
                discreet(brief_text(entry.identities[above.depth])),
                discreet(brief_text(known)),
            )
        self._compare(connection, entry, above, upper_number)

    def _prune(self, connection: Connection, level: Level, number: int) -> None:
        """Remove an entity that has nothing below it, and the ones above that have nothing left then."""
        above = self._filed[level].rows(connection, number=number) if level in _ABOVE else []
        if self._delete_empty[level].run_each(connection, [{"number": number}]):
            self.forget()
            for upper, _ in above:
                self._prune(connection, _ABOVE[level], upper)


def _insert(table: Table, dialect: Dialect) -> DriverStatement:
    """Return the statement that adds a row: an instance that is not there, or an entity, with its number."""
    columns = [column.name for column in table.c if not column.primary_key]
    if table.name != "instance":
        return DriverStatement(insert(table).returning(table.c.id), dialect, columns)
    unique = [table.c.sopinstanceuid]
    if dialect.name == "sqlite":
        return DriverStatement(sqlite.insert(table).on_conflict_do_nothing(unique), dialect, columns)
    return DriverStatement(
        postgresql.insert(table).on_conflict_do_nothing(index_elements=unique), dialect, columns
    )


def _find(schema: Schema, level: Level) -> Select[int]:
    """Return the statement that finds the number of an entity by its `key` and `within`."""
    table = schema.table(level)
    key = table.c[schema.attributes[level.unique_key].column]
    return select(table.c.id).where(key == bindparam("key"), table.c.within == bindparam("within"))


def _filed(schema: Schema, level: Level) -> Select[int, str]:
    """Return the statement that finds number and unique key of the entity above the one with a `number`."""
    table, above = schema.table(level), schema.table(_ABOVE[level])
    key = above.c[schema.attributes[_ABOVE[level].unique_key].column]
    return select(above.c.id, key).select_from(table.join(above)).where(_is_numbered(table))


def _delete_empty(schema: Schema, level: Level) -> Delete:
    """Return the statement that deletes the entity with a `number` if it has nothing below it."""
    table, below = schema.table(level), schema.table(_BELOW[level])
    return delete(table).where(_is_numbered(table), ~exists().where(parent_key(below) == table.c.id))


def _is_numbered(table: Table) -> ColumnElement[bool]:
    return table.c.id == bindparam("number")
