"""The JSON documents that hooks are given: what happened, in words that scripts can rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydicom.datadict import tag_for_keyword

from dcmtools.dicom.attributes import read_attributes
from dcmtools.dicom.part10 import read_instance
from dcmtools.dicom.sources import FileSource
from dcmtools.dicom.value_text import encodings_of, value_text
from dcmtools.errors import FileError
from dcmtools.net.hooks.targets import Occasion

VERSION = 1
"""Of the documents: it changes when a key gets another meaning or goes, not when one is added."""

_ATTRIBUTES = {
    "study_instance_uid": ("StudyInstanceUID", "UI"),
    "series_instance_uid": ("SeriesInstanceUID", "UI"),
    "patient_id": ("PatientID", "LO"),
    "accession_number": ("AccessionNumber", "SH"),
    "modality": ("Modality", "CS"),
}
"""The attributes of an object that its document has, by their keys there."""


class Association(NamedTuple):
    """Who sent something, by which association: its `number` counts from 1 as long as the server runs."""

    number: int
    calling_aet: str
    called_aet: str
    address: str


class StoredObject(NamedTuple):
    """A SOP Instance that was stored at `path`; `size` is in bytes of its dataset."""

    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    size: int
    outcome: str
    association: Association


class EndedAssociation(NamedTuple):
    """An association that is over: objects received and refused, their bytes, and how it ended."""

    association: Association
    objects: int
    refused: int
    size: int
    seconds: float
    released: bool


def document(occasion: Occasion, **values: Any) -> bytes:
    """Return a document as UTF-8 encoded JSON on one line."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    head = {"version": VERSION, "occasion": occasion, "time": time}
    return json.dumps(head | values, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def object_document(stored: StoredObject, attributes: Mapping[str, str | None]) -> bytes:
    """Return the document of a stored object, with its `attributes` as from `read_of`."""
    values = {**stored._asdict(), **attributes}
    return document(Occasion.OBJECT, **values | {"association": stored.association._asdict()})


def association_document(ended: EndedAssociation) -> bytes:
    """Return the document of an association that is over."""
    values = ended._asdict() | {"association": ended.association._asdict()}
    return document(Occasion.ASSOCIATION, **values)


def read_of(path: str) -> dict[str, str | None]:
    """Return the attributes of a stored object that its document has; None for what it lacks."""
    tags = _tags()
    try:
        file = read_instance(path)
        with Path(path).open("rb", buffering=0) as stream:
            source = FileSource(stream.fileno(), file.offset, file.offset + file.length)
            encoded = read_attributes(source, file.transfer_syntax_uid, frozenset(tags.values()))
    except (OSError, FileError):  # it may have been taken away by whoever was told of it first
        encoded = {}
    encodings = encodings_of(value_text(encoded.get(tags["SpecificCharacterSet"], b""), "CS"))
    return {
        key: value_text(encoded[tags[keyword]], vr, encodings) if tags[keyword] in encoded else None
        for key, (keyword, vr) in _ATTRIBUTES.items()
    }


@lru_cache(maxsize=1)
def _tags() -> dict[str, int]:
    keywords = ("SpecificCharacterSet", *(keyword for keyword, _ in _ATTRIBUTES.values()))
    return {keyword: tag_for_keyword(keyword) or 0 for keyword in keywords}
