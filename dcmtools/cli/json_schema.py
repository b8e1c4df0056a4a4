"""The objects of ``--json`` as their documentation has them, from the classes of the events."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydicom.dataset import Dataset

from dcmtools.cli.json_events import EVENTS
from dcmtools.cli.json_lines import name_of
from dcmtools.index.inventory import FileState
from dcmtools.net import events

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def event_classes() -> list[type]:
    """Return the classes of all events: first those of every run, then what happens, in its order."""
    happening = [
        kind
        for _, kind in inspect.getmembers(events, inspect.isclass)
        if kind.__module__ == events.__name__ and hasattr(kind, "_fields")
    ]
    return [*EVENTS, *sorted(happening, key=lambda kind: inspect.getsourcelines(kind)[1]), FileState]


def documentation() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the name of each event, what it says, and its fields with their types."""
    for kind in event_classes():
        text = " ".join((kind.__doc__ or "").split())
        yield name_of(kind), text, [(name, type_name(hint)) for name, hint in hints(kind).items()]


def hints(kind: type) -> dict[str, Any]:
    """Return the types of the fields of an event."""
    return get_type_hints(kind, localns={"Dataset": Dataset})


def type_name(hint: Any) -> str:
    """Return what JSON has for a type of Python."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is Dataset:
        return "dataset in the DICOM JSON model (PS3.18 annex F)"
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(type_name(each) for each in inner)
    if origin is dict:
        return f"object of {type_name(inner[1])}s by name"
    if origin in (tuple, list):
        return f"list of {type_name(inner[0])}s"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "string: " + ", ".join(f'"{each}"' for each in hint)
    return f"object with the fields of {name_of(hint)}"
