"""Keys as conditions of SQL.

A condition selects all that matches, and perhaps more: whether a row matches in the end is for
`dcmtools.dicom.matching` to say, by the text of the attribute.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from dcmtools.dicom.matching import SINGLE_VALUED_VRS, WILDCARD_VRS
from dcmtools.dicom.moments import date_bounds
from dcmtools.dicom.query import Key
from dcmtools.dicom.wildcards import has_wildcards, literal_prefix
from dcmtools.index.attributes import Attribute
from dcmtools.index.forms import KEPT, after, fold, identity, name_form
from dcmtools.index.schema import Schema

_COMPARED = WILDCARD_VRS - {"PN"} | {"AS", "UI"}  # VRs of text that is compared as it is

Condition = ColumnElement[bool]

_LONGEST_LIST = 200  # values in a list of parameters
_MOST_ALTERNATIVES = 50  # values of one key that are a condition each
_MOST_PIECES = 3  # between the wildcards of one value


def narrow(schema: Schema, key: Key, attribute: Attribute) -> Condition | None:
    """Return a condition that all rows fulfil whose `attribute` matches `key`, None when there is none.

    `key` has values, and its VR is that of the attribute; for fuzzy matching there is no condition.
    """
    values = [value for value in key.values if value]
    if not values or any(not value.strip("*") for value in values):
        return None
    forms = schema.forms(attribute)
    column = schema.table(attribute.level).c[attribute.column]
    if attribute.is_unique_key:
        return _narrow_unique(column, values, attribute.vr)
    if attribute.vr == "PN":
        return _any([_name(forms, value) for value in values], forms[0].is_(None)) if forms else None
    if attribute.vr == "DA":
        target, undecided = (forms[0], forms[0].is_(None)) if forms else (column, func.length(column) != 8)
        return _any([_date(target, value) for value in values], undecided)
    if attribute.vr not in _COMPARED:
        return None
    if forms:
        return _narrow_text(forms[0], values, attribute.vr, forms[0].is_(None))
    single = attribute.vr in SINGLE_VALUED_VRS
    return _narrow_text(
        column, values, attribute.vr, None if single else column.contains("\\", autoescape=True)
    )


def is_any(column: ColumnElement[str], values: Collection[str]) -> Condition:
    """Return the condition that `column` is one of `values`, of which there may be any number."""
    if len(values) <= _LONGEST_LIST:
        return column.in_(sorted(values))
    # databases limit the number of parameters: the list is a single one
    listed = _texts_of(bindparam(None, sorted(values), type_=JSON)).table_valued("value")
    return column.in_(select(listed.c.value))


class _texts_of(FunctionElement[Any]):  # noqa: N801 - named as a function of SQL
    """The texts in a JSON array, as a table of one column."""

    inherit_cache = True


@compiles(_texts_of, "sqlite")
def _json_each(element: _texts_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_texts_of, "postgresql")
def _json_array_elements(element: _texts_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **options)})"


def _any(conditions: Sequence[Condition | None], undecided: Condition | None) -> Condition | None:
    """Return the condition that one of `conditions` or `undecided` is true, None if one is missing."""
    found = [condition for condition in conditions if condition is not None]
    if len(found) < len(conditions) or len(found) > _MOST_ALTERNATIVES:
        return None
    return or_(*found) if undecided is None else or_(*found, undecided)


def _narrow_unique(column: Column[str], values: list[str], vr: str) -> Condition | None:
    if vr not in WILDCARD_VRS or not any(map(has_wildcards, values)):
        return is_any(column, {identity(value) for value in values})
    return _any([_begins_with(column, literal_prefix(value)[:KEPT]) for value in values], None)


def _narrow_text(
    column: Column[str], values: list[str], vr: str, undecided: Condition | None
) -> Condition | None:
    if vr not in WILDCARD_VRS or not any(map(has_wildcards, values)):
        return _any([is_any(column, set(values))], undecided)
    return _any([_text(column, value) for value in values], undecided)


def _text(column: Column[str], value: str) -> Condition | None:
    if not has_wildcards(value):
        return column == value
    first, *others = re.split("[*?]+", value)
    return _all([_begins_with(column, first), *_contains(column, others)])


def _date(column: Column[str], value: str) -> Condition | None:
    bounds = date_bounds(value)
    if bounds is None:
        return column == value
    if bounds.first == bounds.last:
        return column == bounds.first
    return _all([column >= (bounds.first or "0"), None if bounds.last is None else column <= bounds.last])


def _name(columns: Sequence[Column[str]], value: str) -> Condition | None:
    """Return the condition for a person name: a single group may be any of those that are stored."""
    groups = value.split("=")
    while len(groups) > 1 and not name_form(groups[-1]):  # an empty group at the end counts for nothing
        groups.pop()
    if len(groups) == 1:
        return _any([_name_group(column, groups[0]) for column in columns], None)
    given = ((column, group) for column, group in zip(columns, groups, strict=False))
    return _all([_name_group(column, group) for column, group in given])


def _name_group(column: Column[str], group: str) -> Condition | None:
    if not has_wildcards(group):
        return column == form if (form := name_form(group)) else None
    # an empty component at the end may be written or not: the form has one "^" there
    pieces = [re.sub(r"\^+$", "^", fold(piece)) for piece in re.split("[*?]+", group)]
    first, *others = ("" if piece == "^" else piece for piece in pieces)
    return _all([_begins_with(column, first), *_contains(column, others)])


def _begins_with(column: Column[str], prefix: str) -> Condition | None:
    if not prefix:
        return None
    end = after(prefix)
    return column >= prefix if end is None else and_(column >= prefix, column < end)


def _contains(column: Column[str], pieces: Sequence[str]) -> list[Condition]:
    longest = sorted(filter(None, pieces), key=len)[-_MOST_PIECES:]
    return [column.contains(piece, autoescape=True) for piece in longest]


def _all(conditions: Sequence[Condition | None]) -> Condition | None:
    """Return the condition that all of `conditions` are true, None when there is none."""
    found = [condition for condition in conditions if condition is not None]
    return and_(*found) if found else None
