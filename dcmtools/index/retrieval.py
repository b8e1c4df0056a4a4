"""The instances that a C-GET or C-MOVE is about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, FromClause, Select, func, select

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.query import Level, Query
from dcmtools.index.conditions import is_any
from dcmtools.index.forms import identity, storable
from dcmtools.index.schema import Schema
from dcmtools.index.stored_paths import StoredPaths


def locate(connection: Connection, schema: Schema, paths: StoredPaths, query: Query) -> list[InstanceFile]:
    """Return the instances that the unique keys of `query` name, by study, series and Instance Number."""
    instance, series = schema.instance, schema.series
    key = schema.attributes[Level.IMAGE.unique_key]
    wanted = _select(
        schema,
        query,
        select(
            instance.c.path,
            instance.c.sopclassuid,
            schema.text(key).label("sop_instance"),
            instance.c.transfer_syntax_uid,
            instance.c.dataset_offset,
            instance.c.dataset_length,
        ),
    ).order_by(series.c.study_id, series.c.number, series.c.id, instance.c.number, instance.c.id)
    return [InstanceFile(paths.actual(row[0]), *row[1:]) for row in connection.execute(wanted)]


def count(connection: Connection, schema: Schema, query: Query) -> int:
    """Return the number of instances that `locate` would return."""
    return connection.scalar(_select(schema, query, select(func.count()))) or 0


def _select(schema: Schema, query: Query, columns: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Complete a statement by the tables, and by the conditions of the unique keys, compared as they are."""
    unique = {level.unique_key: level for level in query.levels}
    top, conditions = Level.SERIES.depth, []
    for key in query.keys:
        if (level := unique.get(key.tag)) is not None and any(key.values):
            column = schema.table(level).c[schema.attributes[key.tag].column]
            conditions.append(is_any(column, {identity(storable(value)) for value in key.values if value}))
            top = min(top, level.depth)
    joined: FromClause = schema.instance
    for level in reversed(Level):
        if top <= level.depth < Level.IMAGE.depth:
            joined = joined.join(schema.table(level))
    return columns.select_from(joined).where(*conditions)
