"""Columns: names of attributes, and what they show of a match."""

from __future__ import annotations

import pytest

from dcmtools.dicom.columns import Column, columns_of, parse_columns, request
from dcmtools.dicom.identifier import build_identifier
from dcmtools.errors import KeywordPathError

WORKLIST = build_identifier(
    [
        "PatientName=Doe^Jane",
        "ScheduledProcedureStepSequence[0].Modality=CT",
        "ScheduledProcedureStepSequence[1].Modality=MR\\US",
        "ImageType=ORIGINAL\\PRIMARY",
        "Columns=512",
        "PixelData=" + 14 * "00",
        "(0009,1001)=4142",
        "StudyDate",
    ]
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("PatientName", "Doe^Jane"),
        ("(0010,0010)", "Doe^Jane"),
        ("ImageType", "ORIGINAL\\PRIMARY"),
        ("Columns", "512"),
        ("StudyDate", ""),
        ("PatientID", ""),
        ("(0009,1001)", "41 42"),
        ("PixelData", "(14 bytes of binary data)"),
        ("ScheduledProcedureStepSequence", "(Sequence with 2 items)"),
        ("ScheduledProcedureStepSequence.Modality", "CT\\MR\\US"),
        ("ScheduledProcedureStepSequence[0].Modality", "CT"),
        ("ScheduledProcedureStepSequence[1].Modality", "MR\\US"),
        ("ScheduledProcedureStepSequence[2].Modality", ""),
        ("ScheduledProcedureStepSequence.PatientName", ""),
    ],
)
def test_text(name: str, shown: str) -> None:
    assert Column.parse(name).text(WORKLIST) == shown


def test_names() -> None:
    assert Column.parse(" (0010,0010) ").name == "PatientName"
    step = Column.parse("(0040,0100).Modality")
    assert (step.name, step.title) == ("ScheduledProcedureStepSequence.Modality", "Modality")
    assert str(step.key) == "ScheduledProcedureStepSequence[0].Modality"
    assert str(Column.parse("(0009,1001):US").key) == "(0009,1001):US"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("PatientNam", "did you mean 'PatientName'"),
        ("PatientName=Doe", "a column has no value"),
        ("PatientName.Modality", "no sequence"),
        ("", "no element is named"),
        ("ScheduledProcedureStepSequence.", "no element is named"),
        ("(0009,1001):XX", "not a value representation"),
    ],
)
def test_wrong_names(name: str, reason: str) -> None:
    with pytest.raises(KeywordPathError, match=reason):
        Column.parse(name)


def test_several_in_one_text() -> None:
    columns = parse_columns(["PatientName,(0010,0020), StudyDate", "Modality,", "PatientName"])
    assert [column.name for column in columns] == ["PatientName", "PatientID", "StudyDate", "Modality"]


def names(*keys: str) -> list[str]:
    return [column.name for column in columns_of(build_identifier(keys), keys)]


def test_columns_of_an_identifier() -> None:
    """As they were typed; what all matches have in common is no column."""
    assert names("QueryRetrieveLevel=STUDY", "StudyDate", "PatientName=Müller*", "(0008,0050)") == [
        "StudyDate",
        "PatientName",
        "AccessionNumber",
    ]
    assert names("ScheduledProcedureStepSequence[0].Modality=CT", "OtherPatientIDsSequence[0]") == [
        "ScheduledProcedureStepSequence.Modality",
        "OtherPatientIDsSequence",
    ]
    assert names("QueryRetrieveLevel=STUDY") == ["QueryRetrieveLevel"]


def test_columns_that_were_not_typed_follow() -> None:
    identifier = build_identifier(["StudyDate", "PatientID"])
    assert [column.name for column in columns_of(identifier, ["PatientID"])] == ["PatientID", "StudyDate"]


def test_request() -> None:
    """Only what is missing is asked for; values stay."""
    identifier = build_identifier(["PatientID=1", "ScheduledProcedureStepSequence[0].Modality=CT"])
    names = ["PatientID", "StudyDate", "ScheduledProcedureStepSequence.Modality"]
    request(identifier, [*parse_columns(names), Column.parse("OtherPatientIDsSequence.PatientID")])
    assert identifier.PatientID == "1"
    assert identifier.StudyDate == ""
    assert identifier.ScheduledProcedureStepSequence[0].Modality == "CT"
    assert identifier.OtherPatientIDsSequence[0].PatientID == ""
    assert len(identifier) == 4
