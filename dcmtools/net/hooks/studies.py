"""Noticing that a study is complete: no object of it has come for a while, by whatever association."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_STUDIES = 10_000
"""Studies that are watched at once; when one more comes, the one that was silent longest counts as over."""


@dataclass
class Study:
    """What has come of a study since it was last over; `size` is in bytes, `last` on the caller's clock."""

    study_instance_uid: str
    last: float = 0.0
    size: int = 0
    patient_id: str | None = None
    accession_number: str | None = None
    paths: dict[str, None] = field(default_factory=dict)  # an ordered set
    series: set[str] = field(default_factory=set)
    calling_aets: dict[str, None] = field(default_factory=dict)


class StudyWatch:
    """The studies of which objects came within the last `silence` seconds."""

    def __init__(self, silence: float, most: int = MOST_STUDIES) -> None:
        self._silence = silence
        self._most = most
        self._studies: dict[str, Study] = {}  # the one that was silent longest is the first

    def note(self, study_instance_uid: str, now: float) -> Study:
        """Return the study of an object that has come, for the object to be added to it."""
        study = self._studies.pop(study_instance_uid, None) or Study(study_instance_uid)
        study.last = now
        self._studies[study_instance_uid] = study
        return study

    def over(self, now: float) -> list[Study]:
        """Return the studies that are over, and forget them."""
        studies = []
        while (self._studies and (self.next_end or 0.0) <= now) or len(self._studies) > self._most:
            studies.append(self._studies.pop(next(iter(self._studies))))
        return studies

    def all(self) -> list[Study]:
        """Return all studies, and forget them: there is no more to come."""
        studies = list(self._studies.values())
        self._studies.clear()
        return studies

    @property
    def next_end(self) -> float | None:
        """When the next study will be over, unless more of it comes."""
        for study in self._studies.values():
            return study.last + self._silence
        return None
