"""What an archive has to answer, worked out in plain Python that shares nothing with the index."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
UNIQUE = dict(
    zip(LEVELS, ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"), strict=True)
)

ATTRIBUTES = {
    "PatientID": ("PATIENT", "LO"),
    "PatientName": ("PATIENT", "PN"),
    "PatientBirthDate": ("PATIENT", "DA"),
    "PatientComments": ("PATIENT", "LT"),
    "StudyInstanceUID": ("STUDY", "UI"),
    "StudyDate": ("STUDY", "DA"),
    "StudyTime": ("STUDY", "TM"),
    "AccessionNumber": ("STUDY", "SH"),
    "StudyDescription": ("STUDY", "LO"),
    "ReferringPhysicianName": ("STUDY", "PN"),
    "SeriesInstanceUID": ("SERIES", "UI"),
    "Modality": ("SERIES", "CS"),
    "SeriesNumber": ("SERIES", "IS"),
    "SOPInstanceUID": ("IMAGE", "UI"),
    "SOPClassUID": ("IMAGE", "UI"),
    "InstanceNumber": ("IMAGE", "IS"),
    "ImageType": ("IMAGE", "CS"),
    "Rows": ("IMAGE", "US"),
}
COMPUTED = {
    "ModalitiesInStudy": ("STUDY", "CS"),
    "SOPClassesInStudy": ("STUDY", "UI"),
    "NumberOfPatientRelatedStudies": ("PATIENT", "IS"),
    "NumberOfPatientRelatedSeries": ("PATIENT", "IS"),
    "NumberOfPatientRelatedInstances": ("PATIENT", "IS"),
    "NumberOfStudyRelatedSeries": ("STUDY", "IS"),
    "NumberOfStudyRelatedInstances": ("STUDY", "IS"),
    "NumberOfSeriesRelatedInstances": ("SERIES", "IS"),
}
KNOWN = ATTRIBUTES | COMPUTED

Instance = dict[str, str]
"""The texts of the attributes of an instance by keyword."""


@dataclass(eq=False)
class Entity:
    """A patient, study, series or instance."""

    level: str
    values: Instance
    above: Entity | None
    below: list[Entity] = field(default_factory=list)

    def leaves(self, level: str) -> list[Entity]:
        """The entities of a level below this one."""
        if self.level == level:
            return [self]
        return [leaf for entity in self.below for leaf in entity.leaves(level)]

    def at(self, level: str) -> Entity:
        """This entity, or the one above it of a level."""
        entity = self
        while entity.level != level:
            assert entity.above is not None
            entity = entity.above
        return entity

    def text(self, keyword: str) -> str:
        """The text of an attribute of this entity."""
        if keyword in ATTRIBUTES:
            return self.values.get(keyword, "")
        if keyword == "ModalitiesInStudy":
            return _joined(entity.text("Modality") for entity in self.leaves("SERIES"))
        if keyword == "SOPClassesInStudy":
            return _joined(entity.text("SOPClassUID") for entity in self.leaves("IMAGE"))
        counted = {"Studies": "STUDY", "Series": "SERIES", "Instances": "IMAGE"}
        return str(len(self.leaves(counted[keyword.split("Related")[1]])))


def _joined(texts: Iterable[str]) -> str:
    return "\\".join(sorted({text for text in texts if text}))


class Archive:
    """Instances, filed as they come: what is there keeps its place and its values."""

    def __init__(self) -> None:
        self._patients: list[Entity] = []

    def entities(self, level: str) -> list[Entity]:
        return [entity for patient in self._patients for entity in patient.leaves(level)]

    def add(self, instance: Instance) -> None:
        self.remove(instance["SOPInstanceUID"])
        self._entity(instance, "IMAGE")

    def remove(self, uid: str) -> None:
        for entity in self.entities("IMAGE"):
            if entity.text("SOPInstanceUID") == uid:
                self._drop(entity)

    def _entity(self, instance: Instance, level: str) -> Entity:
        for entity in self.entities(level):
            if _key(entity.values, level) == _key(instance, level):
                return entity
        depth = LEVELS.index(level)
        above = self._entity(instance, LEVELS[depth - 1]) if depth else None
        entity = Entity(level, instance, above)
        (above.below if above else self._patients).append(entity)
        return entity

    def _drop(self, entity: Entity) -> None:
        siblings = entity.above.below if entity.above else self._patients
        siblings.remove(entity)
        if entity.above and not siblings:
            self._drop(entity.above)

    def find(
        self, level: str, keys: dict[str, list[str]], *, combined: bool = False
    ) -> list[tuple[str, ...]]:
        """The values of the keys, by their order, of each entity of a level that matches."""
        depth = LEVELS.index(level)
        asked = {keyword: values for keyword, values in keys.items() if any(values)}
        deepest = max([depth, *(LEVELS.index(KNOWN[keyword][0]) for keyword in asked)])
        return [
            tuple(_shown(entity, keyword, depth) for keyword in keys)
            for entity in self.entities(level)
            if any(_matches(leaf, asked, combined) for leaf in entity.leaves(LEVELS[deepest]))
        ]


def _key(values: Instance, level: str) -> tuple[str, ...]:
    """What tells entities of a level apart: the unique key or, without one, the next that is there."""
    patient, study, series, instance = (values.get(UNIQUE[one], "") for one in LEVELS)
    if level == "IMAGE":
        return (instance,)
    if level == "SERIES":
        return (series, "" if series else study or instance)
    if level == "STUDY":
        return (study, "" if study else series or instance)
    return (patient, "" if patient else study or series or instance)


def _shown(entity: Entity, keyword: str, depth: int) -> str:
    level = KNOWN[keyword][0]
    return "" if LEVELS.index(level) > depth else entity.at(level).text(keyword)


def _matches(leaf: Entity, asked: dict[str, list[str]], combined: bool) -> bool:
    left = dict(asked)
    if combined and "StudyDate" in left and "StudyTime" in left:
        (date,), (time,) = left["StudyDate"], left["StudyTime"]
        if "-" in date and "-" in time:
            del left["StudyDate"], left["StudyTime"]
            study = leaf.at("STUDY")
            if not _is_between_both(study.text("StudyDate"), study.text("StudyTime"), date, time):
                return False
    for keyword, values in left.items():
        level, vr = KNOWN[keyword]
        text = leaf.at(level).text(keyword)
        stored = [text] if vr == "LT" or keyword in UNIQUE.values() else text.split("\\")
        if not any(_MATCHING[vr](value, one) for value in values if value for one in stored):
            return False
    return True


def _is_like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern with * and ?, by the table of all beginnings of both."""
    reached = [True] + [False] * len(text)
    for char in pattern:
        if char == "*":
            reached = list(itertools.accumulate(reached, lambda a, b: a or b))
        else:
            reached = [False] + [was and char in ("?", one) for was, one in zip(reached, text, strict=False)]
    return reached[-1]


def _is_name(pattern: str, text: str) -> bool:
    def groups(name: str) -> list[str]:
        folded = unicodedata.normalize("NFC", name).casefold()
        return [
            "^".join(part.strip() for part in group.split("^")).rstrip("^") for group in folded.split("=")
        ]

    wanted, stored = groups(pattern), groups(text)
    while len(wanted) > 1 and not wanted[-1]:
        wanted.pop()

    def is_group(one: str, other: str) -> bool:
        components = other.split("^")  # the missing ones at the end are empty
        padded = "^".join(components + [""] * (one.count("^") + 1 - len(components)))
        return _is_like(one, other) or _is_like(one, padded)

    if len(wanted) == 1:
        return any(is_group(wanted[0], group) for group in stored)
    stored += [""] * len(wanted)
    return all(not one or is_group(one, other) for one, other in zip(wanted, stored, strict=False))


def _is_text(pattern: str, text: str) -> bool:
    return _is_like(pattern, text)


def _is_number(pattern: str, text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+", text)) and int(pattern) == int(text)


def _is_date(pattern: str, text: str) -> bool:
    if not re.fullmatch(r"\d{8}|\d{4}\.\d\d\.\d\d", text):
        return False
    first, _, last = pattern.partition("-")
    date = text.replace(".", "")
    return (first or "0") <= date <= (last or "9") if "-" in pattern else date == pattern


def _moment(text: str, filler: str) -> str:
    return text + filler[len(text) :]


def _is_time(pattern: str, text: str) -> bool:
    if not re.fullmatch(r"(\d\d){1,3}(\.\d+)?", text):
        return False
    time = _moment(text, "000000.000000")
    first, dash, last = pattern.partition("-")
    if not dash:
        last = first
    return (not first or _moment(first, "000000.000000") <= time) and (
        not last or time <= _moment(last, "235960.999999" if len(last) < 6 else "000000.999999")
    )


def _is_between_both(date: str, time: str, dates: str, times: str) -> bool:
    if not (re.fullmatch(r"\d{8}", date) and re.fullmatch(r"(\d\d){1,3}(\.\d+)?", time)):
        return False
    first, _, last = dates.partition("-")
    begin, _, end = times.partition("-")
    moment = date + _moment(time, "000000.000000")
    low = first + _moment(begin, "000000.000000") if first else ""
    high = last + _moment(end, "235960.999999" if len(end) < 6 else "000000.999999") if last else "9"
    return low <= moment <= high


_MATCHING: dict[str, Callable[[str, str], bool]] = {
    "PN": _is_name,
    "LO": _is_text,
    "SH": _is_text,
    "CS": _is_text,
    "LT": _is_text,
    "UI": lambda value, text: value == text,
    "IS": _is_number,
    "US": _is_number,
    "DA": _is_date,
    "TM": _is_time,
}
