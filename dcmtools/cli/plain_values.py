"""Reading plain values of options without Typer's validation.

Typer 0.29 validates with pydantic, whose import takes a fifth of the time of an echoscu. Texts,
numbers, paths, words of a fixed set and options that were not given need none of it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any

_is_whole = re.compile(r"[0-9]{1,12}").fullmatch
_is_decimal = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?").fullmatch


def read_plain_values(parameter: Any) -> None:
    """Let a parameter of a Typer command take plain values as they are, and Typer see to all others."""
    validation = parameter.get_runtime_param
    parameter.get_runtime_param = lambda: _PlainValues(validation)


class _PlainValues:
    """Stands in for what Typer coerces the values of a parameter with."""

    def __init__(self, validation: Any) -> None:
        self._validation = validation

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value for the command; raises what Typer raises for one that is wrong."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        described = param.type_descriptor
        plain = _plain(described.annotation, value)
        if plain is None or not _is_within(plain, described.parameter_info):
            return self._validation().coerce(value, param=param, ctx=ctx)
        return plain


def _plain(kind: Any, value: Any) -> Any:
    """Return a value as the type `kind`, None where that needs more thought."""
    if kind is str:
        return value if isinstance(value, str) else None
    if kind == list[str]:
        is_list = isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
        return list(value) if is_list else None
    if kind is Path:
        return Path(value) if isinstance(value, str | Path) else None
    if kind is int:
        if isinstance(value, str) and _is_whole(value):
            return int(value)
        return value if type(value) is int else None
    if kind is float:
        if isinstance(value, str) and _is_decimal(value):
            return float(value)
        return float(value) if type(value) in (int, float) else None
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next((each for each in kind if each == value), None)
    return None


def _is_within(value: Any, limits: Any) -> bool:
    return not (
        (limits.min is not None and value < limits.min) or (limits.max is not None and value > limits.max)
    )
