"""The tables of an index: patients, studies, series and instances.

A table has a column of text for each attribute that is known of its level. The text of a unique key is
an identity (see `forms`), which the column `…_whole` completes where the value is too long for one. An
entity without a unique key is told apart by what identifies an entity below: that is in `within`.
Beside the attributes that are looked for most stand their forms, in columns `…_form`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
)

from dcmtools.dicom.query import SPECIFIC_CHARACTER_SET, Level
from dcmtools.index.attributes import STANDARD, Attribute
from dcmtools.index.forms import NAME_GROUPS

VERSION = 1
"""Of the tables, to be counted up with every change of them; an index of another version is rebuilt."""

PATIENT_NAME = 0x00100010
STUDY_DATE = 0x00080020
ACCESSION_NUMBER = 0x00080050

# PostgreSQL is to compare code points, as SQLite does, whatever the language of the server is
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_ID = BigInteger().with_variant(Integer, "sqlite")

_TABLES = dict(zip(Level, ("patient", "study", "series", "instance"), strict=True))
_FORMS = {
    PATIENT_NAME: tuple(f"patientname_form{number}" for number in range(1, NAME_GROUPS + 1)),
    STUDY_DATE: ("studydate_form",),
    ACCESSION_NUMBER: ("accessionnumber_form",),
}


def form_names(attribute: Attribute) -> tuple[str, ...]:
    """Return the names of the columns with the forms of an attribute."""
    return _FORMS.get(attribute.tag, ())


class Schema:
    """The tables for a set of attributes.

    `attributes` has them by tag, `tags` are all that is to be read of a dataset.
    """

    def __init__(self, attributes: Sequence[Attribute]) -> None:
        self.metadata = MetaData()
        self.attributes = {attribute.tag: attribute for attribute in attributes}
        self.tags = frozenset({SPECIFIC_CHARACTER_SET, *self.attributes})
        self._by_level = {level: [a for a in attributes if a.level is level] for level in Level}
        self._standard = frozenset(attribute.tag for attribute in STANDARD)
        self.catalog = Table("catalog", self.metadata, Column("version", Integer, nullable=False))
        self.patient = self._table(Level.PATIENT, _within())
        self.study = self._table(Level.STUDY, _within(), _parent("patient"))
        self.series = self._table(Level.SERIES, _within(), _parent("study"), _number())
        self.instance = self._table(
            Level.IMAGE,
            _parent("series"),
            _number(),
            _text("path"),
            _text("transfer_syntax_uid"),
            Column("dataset_offset", BigInteger, nullable=False),
            Column("dataset_length", BigInteger, nullable=False),
        )
        self._index()

    def table(self, level: Level) -> Table:
        """Return the table of the entities of a level."""
        return self.metadata.tables[_TABLES[level]]

    def of_level(self, level: Level) -> list[Attribute]:
        """Return the attributes of the entities of a level."""
        return self._by_level[level]

    def text(self, attribute: Attribute) -> ColumnElement[str]:
        """Return the text of an attribute, empty where it is not there."""
        columns = self.table(attribute.level).c
        column = columns[attribute.column]
        if attribute.is_unique_key:
            return func.coalesce(columns[f"{attribute.column}_whole"], column)
        return column if attribute.tag in self._standard else func.coalesce(column, "")

    def forms(self, attribute: Attribute) -> list[Column[str]]:
        """Return the columns with the forms of an attribute, none when it has no such columns."""
        columns = self.table(attribute.level).c
        return [columns[name] for name in form_names(attribute)]

    def _table(self, level: Level, *columns: Column[int] | Column[str]) -> Table:
        held: list[Column[str]] = []
        for attribute in self.of_level(level):
            if attribute.is_unique_key:
                held += [_text(attribute.column), Column(f"{attribute.column}_whole", _TEXT)]
            elif attribute.tag in self._standard:
                held.append(_text(attribute.column))
            else:  # null in rows that were written before it was known
                held.append(Column(attribute.column, _TEXT))
            held += [Column(name, _TEXT) for name in _FORMS.get(attribute.tag, ())]
        return Table(
            _TABLES[level],
            self.metadata,
            Column("id", _ID, primary_key=True),
            _text("character_set"),
            *columns,
            *held,
            sqlite_autoincrement=True,  # the number of an entity that is gone names no other
        )

    def _index(self) -> None:
        for level in (Level.PATIENT, Level.STUDY, Level.SERIES):
            table = self.table(level)
            key = self.attributes[level.unique_key].column
            Index(f"{table.name}_identity", table.c[key], table.c.within, unique=True)
        Index("instance_identity", self.instance.c.sopinstanceuid, unique=True)
        Index("instance_path", self.instance.c.path)
        Index("study_of_patient", self.study.c.patient_id)
        Index("series_of_study", self.series.c.study_id)
        Index("instance_of_series", self.instance.c.series_id)
        for tag in _FORMS:
            for column in self.forms(self.attributes[tag]):
                Index(column.name, column)


def parent_key(table: Table) -> Column[int]:
    """Return the column with the number of the entity above."""
    return next(column for column in table.c if column.foreign_keys)


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


def _within() -> Column[str]:
    return _text("within")


def _number() -> Column[int]:
    """Return the column with Series Number or Instance Number, to sort by."""
    return Column("number", BigInteger)


def _parent(name: str) -> Column[int]:
    return Column(f"{name}_id", _ID, ForeignKey(f"{name}.id"), nullable=False)
