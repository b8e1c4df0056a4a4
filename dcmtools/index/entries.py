"""What an index keeps of a SOP Instance: a row for each of its levels, made when it is needed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from dcmtools.dicom.attributes import read_attributes
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.query import SPECIFIC_CHARACTER_SET, Level
from dcmtools.dicom.sources import FileSource
from dcmtools.dicom.transfer_syntaxes import encoding_of
from dcmtools.dicom.value_text import encodings_of, value_text
from dcmtools.errors import UnreadableFileError
from dcmtools.index.attributes import Attribute
from dcmtools.index.forms import date_form, identity, name_forms, storable, text_form
from dcmtools.index.schema import PATIENT_NAME, STUDY_DATE, Schema, form_names

Values = dict[str, str | int | None]
"""The values of a row by column."""

_SERIES_NUMBER = 0x00200011
_INSTANCE_NUMBER = 0x00200013
_NUMBERS = {Level.SERIES: _SERIES_NUMBER, Level.IMAGE: _INSTANCE_NUMBER}

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class Identities(NamedTuple):
    """What the entities are known by that a SOP Instance belongs to, from the patient down."""

    patient: str
    study: str
    series: str
    instance: str


class Entry:
    """A SOP Instance to index."""

    __slots__ = ("_encodings", "_little", "_values", "character_set", "identities", "instance")

    def __init__(self, instance: InstanceFile, values: Mapping[int, bytes]) -> None:
        self.instance = instance
        self.character_set = value_text(values.get(SPECIFIC_CHARACTER_SET, b""), "CS")
        self._encodings = encodings_of(self.character_set)
        self._little = encoding_of(instance.transfer_syntax_uid).little
        self._values = values
        patient, study, series = (
            identity(self._text(level.unique_key, "LO"))
            for level in (Level.PATIENT, Level.STUDY, Level.SERIES)
        )
        self.identities = Identities(patient, study, series, identity(storable(instance.sop_instance_uid)))

    def _text(self, tag: int, vr: str) -> str:
        value = self._values.get(tag)
        return value_text(value, vr, self._encodings, little=self._little) if value else ""

    @property
    def series_key(self) -> tuple[str, ...]:
        """What the series of instances is told by: those with the same are of one series."""
        of_series = self.identities[:3]
        return of_series if any(of_series[1:]) else self.identities

    def within(self, level: Level) -> str:
        """Return what tells an entity without a unique key apart from others without one."""
        patient, study, series, instance = self.identities
        match level:
            case Level.PATIENT:
                return "" if patient else study or series or instance
            case Level.STUDY:
                return "" if study else series or instance
            case Level.SERIES:
                return "" if series else study or instance
        return ""

    def row(self, level: LevelColumns) -> Values:
        """Return the row of the entity of a level, but for the number of the entity above."""
        row = level.empty.copy()
        row["character_set"] = self.character_set
        values, known, encodings, little = self._values, level.attributes, self._encodings, self._little
        for tag in values.keys() & known.keys():
            attribute = known[tag]
            row[attribute.column] = value_text(values[tag], attribute.vr, encodings, little=little)
        if level.level is Level.IMAGE:
            row["sopinstanceuid"] = storable(self.instance.sop_instance_uid)
            row["sopclassuid"] = storable(self.instance.sop_class_uid)
        else:
            row["within"] = self.within(level.level)
        if level.level in _NUMBERS:
            row["number"] = _number(self._text(_NUMBERS[level.level], "IS"))
        level.complete(row)
        return row


class LevelColumns:
    """The columns of the attributes of a level, those of each row of it.

    `attributes` are the attributes by tag, `empty` is a row without values.
    """

    def __init__(self, schema: Schema, level: Level) -> None:
        attributes = schema.of_level(level)
        self.level = level
        self.attributes = {attribute.tag: attribute for attribute in attributes}
        self.empty: Values = {attribute.column: "" for attribute in attributes}
        self._unique = schema.attributes[level.unique_key].column
        self._formed = [
            (attribute, form_names(attribute)) for attribute in attributes if form_names(attribute)
        ]

    def complete(self, row: Values) -> None:
        """Put in what follows from the texts: the identity of the entity, and the forms."""
        text = str(row[self._unique])
        row[self._unique] = short = identity(text)
        row[f"{self._unique}_whole"] = None if short == text else text
        for attribute, names in self._formed:
            row.update(zip(names, _forms(attribute, str(row[attribute.column])), strict=True))


def read_entry(instance: InstanceFile, schema: Schema) -> Entry:
    """Read from its file what is to be indexed of an instance; raises UnreadableFileError."""
    try:
        descriptor = os.open(instance.path, _OPEN_FLAGS)
        try:
            source = FileSource(descriptor, instance.offset, instance.offset + instance.length)
            values = read_attributes(source, instance.transfer_syntax_uid, schema.tags)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as exc:
        raise UnreadableFileError(
            instance.path, (getattr(exc, "strerror", None) or str(exc)).lower()
        ) from exc
    return Entry(instance, values)


def _forms(attribute: Attribute, text: str) -> tuple[str | None, ...]:
    if attribute.tag == PATIENT_NAME:
        return name_forms(text)
    return (date_form(text),) if attribute.tag == STUDY_DATE else (text_form(text),)


def _number(text: str) -> int | None:
    """Return a number to sort by, None for what is none, or too large for any database."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < 1 << 63 else None
