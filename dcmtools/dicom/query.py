"""What a C-FIND, C-GET or C-MOVE asks of an archive (PS3.4 C.4 and C.6): its levels and its keys."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dcmtools.dicom.element_name import format_element_name, public_vr
from dcmtools.dicom.wildcards import has_wildcards

QUERY_RETRIEVE_LEVEL = 0x00080052
SPECIFIC_CHARACTER_SET = 0x00080005
TIMEZONE_OFFSET = 0x00080201
PATIENT_ID = 0x00100020
STUDY_INSTANCE_UID = 0x0020000D
SERIES_INSTANCE_UID = 0x0020000E
SOP_INSTANCE_UID = 0x00080018

_PADDING = " \0"
_LEADING_SPACES_COUNT = {"LT", "ST", "UC", "UR", "UT"}  # PS3.5 section 6.2

_NOT_KEYS = (QUERY_RETRIEVE_LEVEL, SPECIFIC_CHARACTER_SET, TIMEZONE_OFFSET)


class Level(StrEnum):
    """The Query/Retrieve levels, from the top (PS3.4 C.6.1.1)."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"

    @property
    def depth(self) -> int:
        """0 for PATIENT to 3 for IMAGE."""
        return _DEPTHS[self]

    @property
    def unique_key(self) -> int:
        """The tag of the attribute that tells its entities apart."""
        return _UNIQUE_KEYS[self]


_DEPTHS = {level: depth for depth, level in enumerate(Level)}
_UNIQUE_KEYS = dict(
    zip(Level, (PATIENT_ID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID, SOP_INSTANCE_UID), strict=True)
)

PATIENT_ROOT = tuple(Level)
STUDY_ROOT = (Level.STUDY, Level.SERIES, Level.IMAGE)
PATIENT_STUDY_ONLY = (Level.PATIENT, Level.STUDY)


class Key(NamedTuple):
    """One attribute of an Identifier: `values` are what is to be matched, empty for universal matching.

    Text is decoded and without padding, tags (VR AT) are eight hexadecimal digits. `vr` is the one
    of PS3.6, for other attributes that of the Identifier. A sequence has no `values`, and `items`
    are the datasets in it.
    """

    tag: int
    vr: str
    values: tuple[str, ...] = ()
    items: tuple[Dataset, ...] = ()


class Query(NamedTuple):
    """A question to the archive.

    `levels` are those of the information model, `level` the one whose entities are asked for.
    `keys` are all attributes of the Identifier but Query/Retrieve Level, Specific Character Set
    and Timezone Offset, in order of their tags. `character_set` has the defined terms of the
    Identifier. Negotiated are (PS3.4 C.5.1.1): with `fuzzy`, fuzzy semantic matching of person
    names, with `relational`, that keys below the level are matched against, with `combined`, that a
    range of dates and one of times are a single range of date-times.
    """

    levels: tuple[Level, ...]
    level: Level
    keys: tuple[Key, ...]
    character_set: tuple[str, ...] = ()
    fuzzy: bool = False
    relational: bool = False
    combined: bool = False


class QueryError(ValueError):
    """An Identifier does not fit its SOP class: status 0xA900; `tag` is the offending element."""

    def __init__(self, reason: str, tag: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tag = tag


def parse_find(
    identifier: Dataset,
    levels: Sequence[Level],
    *,
    relational: bool = False,
    fuzzy: bool = False,
    combined: bool = False,
) -> Query:
    """Return the question of a C-FIND Identifier on an information model with these `levels`.

    Without `relational` queries each level above needs its unique key with a single value, and
    attributes of levels below must not be matched against (PS3.4 C.4.1.1.3.1, C.4.1.2.1); which
    level an attribute is of is for the catalog to say, here it is checked for unique keys. Raises
    QueryError.
    """
    query = _parse(identifier, levels)._replace(fuzzy=fuzzy, relational=relational, combined=combined)
    if not relational:
        _check_hierarchy(query)
    return query


def parse_retrieval(identifier: Dataset, levels: Sequence[Level], *, relational: bool = False) -> Query:
    """Return the question of a C-GET or C-MOVE Identifier: unique keys only (PS3.4 C.4.2.1.4).

    The unique key of the level needs a value, PatientID a single one; without `relational`
    retrieval so do those of the levels above. Other attributes are left out. Raises QueryError.
    """
    query = _parse(identifier, levels)._replace(relational=relational)
    unique = {level.unique_key for level in levels}
    query = query._replace(keys=tuple(key for key in query.keys if key.tag in unique and key.values))
    if not any(key.tag == query.level.unique_key for key in query.keys):
        raise _missing(query.level.unique_key, query.level)
    for key in query.keys:
        if key.tag == PATIENT_ID:
            _check_single(key)
    _check_hierarchy(query, everything=not relational)
    return query


def _parse(identifier: Dataset, levels: Sequence[Level]) -> Query:
    named = text_values(identifier[QUERY_RETRIEVE_LEVEL]) if QUERY_RETRIEVE_LEVEL in identifier else ()
    if len(named) != 1:
        raise QueryError("QueryRetrieveLevel is missing", QUERY_RETRIEVE_LEVEL)
    level = next((level for level in levels if level == named[0]), None)
    if level is None:
        offered = ", ".join(levels)
        raise QueryError(f"QueryRetrieveLevel '{named[0]}' is none of {offered}", QUERY_RETRIEVE_LEVEL)
    charset = text_values(identifier[SPECIFIC_CHARACTER_SET]) if SPECIFIC_CHARACTER_SET in identifier else ()
    return Query(tuple(levels), level, query_keys(identifier), charset)


def query_keys(identifier: Dataset) -> tuple[Key, ...]:
    """Return the keys of an Identifier of any service."""
    keys = []
    for element in identifier:
        tag = int(element.tag)
        if tag in _NOT_KEYS or element.tag.element == 0:
            continue
        vr = _vr(element)
        if vr == "SQ":
            keys.append(Key(tag, vr, items=tuple(element.value or ()) if element.VR == "SQ" else ()))
        else:
            values = () if element.VR == "SQ" else text_values(element)
            keys.append(Key(tag, vr, values if any(values) else ()))
    return tuple(keys)


def _vr(element: DataElement) -> str:
    """Return the VR of an element by PS3.6, whatever the Identifier says, or else the Identifier's."""
    choices = (public_vr(element.tag) or element.VR).split(" or ")
    return element.VR if element.VR in choices else choices[0]


def text_values(element: DataElement) -> tuple[str, ...]:
    """Return the values of an element as text without padding, none for an empty one."""
    value = element.value
    if value is None or element.VM == 0:
        return ()
    if isinstance(value, bytes):  # of VR UN, private attributes of an implicit VR among them
        return tuple(text.strip(_PADDING) for text in value.decode("utf-8", "replace").split("\\"))
    values = (value,) if element.VM == 1 else tuple(value)
    if element.VR == "AT":
        return tuple(f"{int(tag):08X}" for tag in values)
    if element.VR in _LEADING_SPACES_COUNT:
        return tuple(str(single).rstrip(_PADDING) for single in values)
    return tuple(str(single).strip(_PADDING) for single in values)


def _check_hierarchy(query: Query, *, everything: bool = True) -> None:
    """Check the unique keys above the level (`everything`), and that none below is matched against."""
    given = {key.tag: key for key in query.keys if key.values}
    for level in query.levels:
        key = given.get(level.unique_key)
        if level.depth > query.level.depth:
            if key is not None:
                raise QueryError(
                    f"{format_element_name(Tag(key.tag))} is a key below the level {query.level}", key.tag
                )
        elif level.depth < query.level.depth and everything:
            if key is None:
                raise _missing(level.unique_key, query.level)
            _check_single(key)


def _check_single(key: Key) -> None:
    """Check that a unique key is matched by single value: a PatientID must not have wildcards either."""
    if len(key.values) > 1:
        raise QueryError(f"{format_element_name(Tag(key.tag))} has more than one value", key.tag)
    if key.vr != "UI" and has_wildcards(key.values[0]):
        raise QueryError(f"{format_element_name(Tag(key.tag))} must not have wildcards", key.tag)


def _missing(tag: int, level: Level) -> QueryError:
    return QueryError(f"{format_element_name(Tag(tag))} is missing, which level {level} needs", tag)
