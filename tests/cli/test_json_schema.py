"""The documented objects are those of the events that there are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydicom.dataset import Dataset

from dcmtools.cli.json_events import SCHEMA_VERSION
from dcmtools.cli.json_schema import documentation, event_classes, type_name
from dcmtools.cli.manpages import man_pages
from dcmtools.net import events

DOCUMENTED = list(documentation())


@pytest.fixture(scope="module")
def page() -> str:
    pages: Mapping[str, str] = man_pages()
    return pages["dcmtools.1"].replace("\\-", "-")


def test_all_events_are_there() -> None:
    names = [name for name, _, _ in DOCUMENTED]
    assert len(names) == len(set(names)) == len(event_classes())
    assert {"start", "summary", "error", "stored", "received", "match", "listening"} <= set(names)
    assert set(event_classes()) >= {events.Stored, events.Finished, events.SubOperations}


@pytest.mark.parametrize(("name", "text", "fields"), DOCUMENTED, ids=[name for name, _, _ in DOCUMENTED])
def test_each_is_described(name: str, text: str, fields: list[tuple[str, str]], page: str) -> None:
    assert text
    assert f"\\fB{name}\\fR" in page
    for field, kind in fields:
        assert f"\\fI{field}\\fR: {kind}" in page


def test_version(page: str) -> None:
    assert f"This is version {SCHEMA_VERSION} of the schema" in page


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (str, "string"),
        (int | None, "integer or null"),
        (tuple[str, ...], "list of strings"),
        (dict[str, int], "object of integers by name"),
        (Dataset, "dataset in the DICOM JSON model (PS3.18 annex F)"),
        (events.SubOperations | None, "object with the fields of sub_operations or null"),
    ],
)
def test_types(hint: object, text: str) -> None:
    assert type_name(hint) == text
