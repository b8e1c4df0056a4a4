"""Matches in the order of their attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import isnan
from typing import NamedTuple, Self, TypeVar

from pydicom.dataset import Dataset

from dcmtools.dicom.columns import Column
from dcmtools.dicom.person_names import fold_name

_NUMBERS = frozenset({"DS", "IS"})

Found = TypeVar("Found")


class SortKey(NamedTuple):
    """An attribute to sort by."""

    column: Column
    is_descending: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a keyword path, with a hyphen before it for descending order; raises KeywordPathError."""
        name = text.strip()
        return cls(Column.parse(name.removeprefix("-")), name.startswith("-"))


def sort_matches(
    matches: Iterable[Found], keys: Sequence[SortKey], dataset_of: Callable[[Found], Dataset]
) -> list[Found]:
    """Return `matches` sorted by the first of `keys`, equal ones by the next, and so on.

    Numbers are compared as numbers, names and texts without regard to case. What has no value
    comes last, in either direction; what is equal stays in its order.
    """
    ordered = list(matches)
    for key in reversed(keys):
        ranks = [_rank(key.column, dataset_of(match)) for match in ordered]
        present = sorted(
            ((rank, match) for rank, match in zip(ranks, ordered, strict=True) if rank),
            key=lambda pair: pair[0],
            reverse=key.is_descending,
        )
        missing = [match for rank, match in zip(ranks, ordered, strict=True) if not rank]
        ordered = [match for _, match in present] + missing
    return ordered


def _rank(column: Column, match: Dataset) -> tuple[tuple[int, float, str], ...]:
    return tuple(
        _rank_value(found.vr, value)
        for found in column.elements(match)
        for value in found.values
        if value not in {"", b""}
    )


def _rank_value(vr: str, value: object) -> tuple[int, float, str]:
    text = value.hex() if isinstance(value, bytes) else str(value)
    if isinstance(value, int | float) or vr in _NUMBERS:
        with suppress(ValueError, OverflowError):
            if not isnan(number := float(text)):
                return 0, number, ""
    return 1, 0, fold_name(text) if vr == "PN" else text.casefold()
