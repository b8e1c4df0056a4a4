"""Attributes that an archive works out: what an entity has below it (PS3.4 tables C.6-1 to C.6-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Select, Table, Text, cast, exists, func, select

from dcmtools.dicom.query import Key, Level
from dcmtools.index.conditions import Condition, narrow
from dcmtools.index.schema import Schema, parent_key

_MODALITY = 0x00080060
_SOP_CLASS_UID = 0x00080016


class Computed(NamedTuple):
    """A computed attribute of the entities of a level; `source` is the one that its values are of, if any."""

    vr: str
    level: Level
    text: Callable[[Schema], ColumnElement[str]]
    source: int | None = None


def _number_of(level: Level, below: Level) -> Computed:
    """Return the attribute that counts the entities of a level `below` another."""
    return Computed("IS", level, lambda schema: _count(schema, level, below))


def _values_of(tag: int) -> Computed:
    """Return the attribute with the different values that an attribute has in a study."""
    vr = {_MODALITY: "CS", _SOP_CLASS_UID: "UI"}[tag]
    return Computed(vr, Level.STUDY, lambda schema: _different(schema, tag), tag)


COMPUTED = {
    0x00080061: _values_of(_MODALITY),  # Modalities in Study
    0x00080062: _values_of(_SOP_CLASS_UID),  # SOP Classes in Study
    0x00083002: Computed("UI", Level.IMAGE, lambda schema: schema.instance.c.transfer_syntax_uid),
    0x00201200: _number_of(Level.PATIENT, Level.STUDY),
    0x00201202: _number_of(Level.PATIENT, Level.SERIES),
    0x00201204: _number_of(Level.PATIENT, Level.IMAGE),
    0x00201206: _number_of(Level.STUDY, Level.SERIES),
    0x00201208: _number_of(Level.STUDY, Level.IMAGE),
    0x00201209: _number_of(Level.SERIES, Level.IMAGE),
}
"""The computed attributes by tag; (0008,3002) is Available Transfer Syntax UID."""


def narrow_computed(schema: Schema, key: Key, computed: Computed) -> Condition | None:
    """Return a condition that holds where a computed attribute matches `key`, None when there is none."""
    if computed.source is None:
        return None
    attribute = schema.attributes[computed.source]
    condition = narrow(schema, key, attribute)
    if condition is None:
        return None
    below, joined = _below(schema, Level.STUDY, attribute.level)
    return exists().select_from(joined).where(below, condition).correlate(schema.study)


def _below(schema: Schema, level: Level, below: Level) -> tuple[Condition, Table]:
    """Return the tables from under a level down to one below, joined, and what ties them to the level."""
    tables = [schema.table(one) for one in Level if level.depth < one.depth <= below.depth]
    joined = tables[0]
    for table in tables[1:]:
        joined = joined.join(table)  # type: ignore[assignment]
    return parent_key(tables[0]) == schema.table(level).c.id, joined


def _count(schema: Schema, level: Level, below: Level) -> ColumnElement[str]:
    condition, joined = _below(schema, level, below)
    counted = select(cast(func.count(), Text)).select_from(joined).where(condition)
    return counted.correlate(schema.table(level)).scalar_subquery()


def _different(schema: Schema, tag: int) -> ColumnElement[str]:
    attribute = schema.attributes[tag]
    column: Column[str] = schema.table(attribute.level).c[attribute.column]
    condition, joined = _below(schema, Level.STUDY, attribute.level)
    values = select(column.label("value")).distinct().select_from(joined).where(condition, column != "")
    ordered = values.order_by(column).correlate(schema.study).subquery()
    joined_text: Select[tuple[str]] = select(func.aggregate_strings(ordered.c.value, "\\"))
    return func.coalesce(joined_text.scalar_subquery(), "")
