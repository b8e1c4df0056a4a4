"""Columns: how a caller names the attributes that are shown of each match, and what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dcmtools.dicom.element_name import ComponentError, format_element_name, public_vr
from dcmtools.dicom.element_values import Element, Value, element
from dcmtools.dicom.keyword_edit import set_element
from dcmtools.dicom.keyword_path import KeywordPath, PathComponent, path_error

_COMMON = frozenset({0x00080005, 0x00080052})  # Specific Character Set, Query/Retrieve Level
_MAX_BYTES = 13  # longest binary value that is shown

_between_names = re.compile(r",(?![^(]*\))").split


@dataclass(frozen=True)
class Column:
    """An attribute of a match; on the way to it a sequence without an item index stands for all items."""

    path: tuple[PathComponent, ...]
    vr: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a keyword path without a value; the indices of items may be missing.

        Raises KeywordPathError.
        """
        names, colon, vr = text.strip().partition(":")
        paths = [KeywordPath.parse(name) for name in names.split(".")]
        try:
            for path in paths:
                if path.value is not None:
                    raise ComponentError(str(path), "a column has no value")
            column = cls(tuple(path.target for path in paths), vr if colon else None)
            for parent in column.path[:-1]:
                if public_vr(parent.tag) not in {None, "SQ"}:
                    raise ComponentError(str(parent), f"{parent} is no sequence")
            _ = column.key
        except ComponentError as wrong:
            raise path_error(text, wrong) from None
        return column

    @property
    def name(self) -> str:
        """What `parse` reads as this column, the VR apart."""
        return ".".join(map(str, self.path))

    @property
    def title(self) -> str:
        """The last element of the name."""
        return format_element_name(self.path[-1].tag)

    @property
    def key(self) -> KeywordPath:
        """The key that asks for it (PS3.4 C.2.2.1.3: of universal matching)."""
        parents = (PathComponent(part.tag, part.item or 0) for part in self.path[:-1])
        return KeywordPath((*parents, self.path[-1]), vr=self.vr)

    def elements(self, match: Dataset) -> Iterator[Element]:
        """Yield the elements of `match` that it stands for."""
        return _elements(match, self.path)

    def text(self, match: Dataset) -> str:
        """Return the values in `match`, separated by backslashes; nothing where there are none."""
        return "\\".join(text for found in self.elements(match) for text in _texts(found))


def _elements(ds: Dataset, path: Sequence[PathComponent]) -> Iterator[Element]:
    found = element(ds, path[0].tag)
    if found is None:
        return
    if len(path) == 1:
        yield found
        return
    item = path[0].item
    for nested in found.items if item is None else found.items[item : item + 1]:
        yield from _elements(nested, path[1:])


def _texts(found: Element) -> Iterator[str]:
    if found.items:
        yield f"(Sequence with {len(found.items)} item{'' if len(found.items) == 1 else 's'})"
    yield from map(_text, found.values)


def _text(value: Value) -> str:
    if isinstance(value, bytes):
        return value.hex(" ") if len(value) <= _MAX_BYTES else f"({len(value)} bytes of binary data)"
    return str(value)


def parse_columns(texts: Sequence[str]) -> tuple[Column, ...]:
    """Read columns, each of `texts` several that commas separate; raises KeywordPathError."""
    names = (name for text in texts for name in _between_names(text))
    return tuple(dict.fromkeys(Column.parse(name) for name in names if name.strip()))


def columns_of(identifier: Dataset, keys: Sequence[str] = ()) -> tuple[Column, ...]:
    """Return the columns of what `identifier` asks for: those of `keys` first, as they were typed.

    Left out is what all matches have in common, Specific Character Set and Query/Retrieve Level,
    unless there is nothing else.
    """
    found = dict.fromkeys(_leaves(identifier, ()))
    shown = [column for column in found if column.path[0].tag not in _COMMON] or list(found)
    typed = [_column(KeywordPath.parse(key)) for key in keys]
    return tuple(dict.fromkeys([*(column for column in typed if column in shown), *shown]))


def _column(path: KeywordPath) -> Column:
    return Column(tuple(PathComponent(part.tag) for part in path.components))


def _leaves(ds: Dataset, parents: tuple[PathComponent, ...]) -> Iterator[Column]:
    for tag in sorted(ds.keys()):
        if tag.is_private_creator:
            continue
        path = (*parents, PathComponent(BaseTag(tag)))
        items = ds[tag].value if ds[tag].VR == "SQ" else ()
        leaves = [leaf for item in items for leaf in _leaves(item, path)]
        yield from leaves or [Column(path)]


def request(identifier: Dataset, columns: Sequence[Column]) -> None:
    """Let `identifier` ask for each of `columns` that it does not have yet; raises KeywordPathError."""
    for column in columns:
        if next(column.elements(identifier), None) is None:
            set_element(identifier, column.key)
