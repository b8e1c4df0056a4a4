"""Many queries in a CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcmtools.dicom.query_list import ListedQuery, QueryList, read_query_list
from dcmtools.errors import FileError


def read(tmp_path: Path, text: str) -> QueryList:
    path = tmp_path / "queries.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return read_query_list(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_queries(tmp_path: Path, separator: str, start: str, end: str) -> None:
    lines = ["PatientID, StudyDate", "1,20200101-", "", ",", "2,", "=3", '"Müller, A",20200101']
    text = start + end.join(line.replace(",", separator) for line in lines[:-1]) + end
    text += f'"Müller, A"{separator}20200101{end}'
    assert read(tmp_path, text) == QueryList(
        ("PatientID", "StudyDate"),
        (
            ListedQuery(2, ("PatientID=1", "StudyDate=20200101-")),
            ListedQuery(5, ("PatientID=2",)),
            ListedQuery(6, ("PatientID==3",)),
            ListedQuery(7, ("PatientID=Müller, A", "StudyDate=20200101")),
        ),
    )


def test_keys(tmp_path: Path) -> None:
    text = '"(0010,0020)","0008,0050",ScheduledProcedureStepSequence[0].Modality\n1,2,CT\n'
    found = read(tmp_path, text)
    assert found.keys == ("PatientID", "AccessionNumber", "ScheduledProcedureStepSequence[0].Modality")
    assert found.queries[0].keys[2] == "ScheduledProcedureStepSequence[0].Modality=CT"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no keys in its first line"),
        ("\nPatientID\n1\n", "no keys in its first line"),
        ("PatientID\n", "no queries"),
        ("PatientID\n\n \n", "no queries"),
        ("PatientIDs\n1\n", "line 1: .*PatientID"),
        ("PatientID=1\n1\n", "line 1: .*values stand in the lines below"),
        ("PatientID,\n1,\n", "line 1: .*no element is named"),
        ("PatientID\n1\n1,2\n", "line 3: 2 values for 1 key"),
        ('PatientID\n1\n"2', "line 3: "),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(FileError, match=reason) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "queries.csv"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"PatientName\nM\xfcller\n")
    for path, reason in ((tmp_path / "latin", "is not UTF-8 text"), (tmp_path / "none", "No such file")):
        with pytest.raises(FileError, match=reason):
            read_query_list(path)
