"""Reads what ``--json`` writes, and holds it against the documented schema."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from dcmtools.cli.json_schema import documentation

SCHEMA = {name: dict(fields) for name, _, fields in documentation()}

_TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


def read_objects(stdout: str) -> list[dict[str, Any]]:
    """Return the objects of a whole run; each line is one, and fits the schema."""
    found = [json.loads(line) for line in stdout.split("\n")[:-1]]
    assert stdout.endswith("\n")
    for each in found:
        check(each)
    assert found[0]["event"] == "start"
    assert [each["event"] for each in found].count("summary") == 1
    assert found[-1]["event"] == "summary"
    assert sum(found[-1]["objects"].values()) == len(found) - 1
    return found


def named(objects: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the objects of one event."""
    return [each for each in objects if each["event"] == name]


def check(found: dict[str, Any]) -> None:
    """Hold an object against the schema."""
    fields = SCHEMA[found["event"]]
    assert list(found) == ["event", "time", *fields]
    datetime.fromisoformat(found["time"])
    for name, kind in fields.items():
        assert _fits(found[name], kind), (found, name, kind)


def _fits(value: Any, kind: str) -> bool:
    if kind.startswith("object with the fields of "):
        alternatives = kind.removeprefix("object with the fields of ").split(" or ")
        return (value is None and "null" in alternatives) or list(value) == list(SCHEMA[alternatives[0]])
    return any(_is_one(value, each) for each in kind.split(" or "))


def _is_one(value: Any, kind: str) -> bool:
    if kind.startswith("list of "):
        return isinstance(value, list) and all(_is_one(each, kind[8:-1]) for each in value)
    if kind.startswith(("object of ", "dataset ")):
        return isinstance(value, dict)
    kind = kind.partition(":")[0]
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind != "boolean")
