"""What is asked for at each level of a query where the caller names nothing (PS3.4 C.6.1.1, C.6.2.1)."""

from __future__ import annotations

from enum import StrEnum

from pydicom.dataset import Dataset

_CHARACTER_SET = 0x00080005


class QueryLevel(StrEnum):
    """Query/Retrieve Level (0008,0052)."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


RETURN_KEYS = {
    QueryLevel.PATIENT: (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "NumberOfPatientRelatedStudies",
    ),
    QueryLevel.STUDY: (
        "PatientName",
        "PatientID",
        "StudyDate",
        "AccessionNumber",
        "ModalitiesInStudy",
        "StudyDescription",
        "NumberOfStudyRelatedInstances",
        "StudyInstanceUID",
    ),
    QueryLevel.SERIES: (
        "Modality",
        "SeriesNumber",
        "SeriesDescription",
        "SeriesDate",
        "NumberOfSeriesRelatedInstances",
        "StudyInstanceUID",
        "SeriesInstanceUID",
    ),
    QueryLevel.IMAGE: (
        "InstanceNumber",
        "SOPClassUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "SOPInstanceUID",
    ),
}
"""The attributes that tell the entities of a level apart, for people and for the next query."""


def asks_for_values(identifier: Dataset) -> bool:
    """Whether `identifier` has a key without a value, or a sequence: something to return."""
    return any(
        element.VR == "SQ" or element.is_empty for element in identifier if element.tag != _CHARACTER_SET
    )
