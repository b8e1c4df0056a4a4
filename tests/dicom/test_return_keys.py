"""What is asked for at each level where the caller names nothing."""

from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword

from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.return_keys import RETURN_KEYS, QueryLevel, asks_for_values


@pytest.mark.parametrize("level", QueryLevel)
def test_keys(level: QueryLevel) -> None:
    """All are in the dictionary, and the unique key of the level is among them (PS3.4 C.6.1.1)."""
    unique = {"PATIENT": "PatientID", "IMAGE": "SOPInstanceUID"}
    assert all(tag_for_keyword(key) for key in RETURN_KEYS[level])
    assert unique.get(level, f"{level.title()}InstanceUID") in RETURN_KEYS[level]


@pytest.mark.parametrize(
    ("keys", "asks"),
    [
        (["QueryRetrieveLevel=STUDY", "PatientID=1"], False),
        (["PatientName=Müller"], False),
        (["PatientID=1", "StudyDate"], True),
        (["PatientID=1", "StudyDate="], True),
        (["ScheduledProcedureStepSequence[0].Modality=CT"], True),
    ],
)
def test_asks_for_values(keys: list[str], asks: bool) -> None:
    assert asks_for_values(build_identifier(keys)) == asks
