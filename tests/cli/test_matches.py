"""Matches on their way to standard output and into files."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from dcmtools.cli.console import Console
from dcmtools.cli.match_options import MatchFormat
from dcmtools.cli.match_writers import match_writer
from dcmtools.cli.matches import Matches, MatchFiles
from dcmtools.dicom.columns import parse_columns
from dcmtools.dicom.sorting import SortKey
from dcmtools.errors import AssociationAbortedError, DcmtoolsError

EXPLICIT = "1.2.840.10008.1.2.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"


def match(name: str, date: str = "20200101", number: int = 1) -> Dataset:
    found = Dataset()
    found.PatientName = name
    found.StudyDate = date
    found.NumberOfStudyRelatedInstances = number
    return found


FOUND = [match("Doe^B"), match("Yamada^Tarou=山田^太郎", "20210101", 10), match('A "b",\x1b[31m\nc')]


def matches(form: str, *order: str, files: MatchFiles | None = None) -> Matches:
    columns = parse_columns(["PatientName,StudyDate,NumberOfStudyRelatedInstances"])
    writer = match_writer(MatchFormat(form), Console(logging.getLogger("dcmtools")), columns)
    return Matches(writer, [SortKey.parse(key) for key in order], files)


def written(capsys: pytest.CaptureFixture[str], form: str, *order: str, found: list[Dataset] = FOUND) -> str:
    with matches(form, *order) as taken:
        for each in found:
            taken.add(each, EXPLICIT)
    assert taken.count == len(found)
    return capsys.readouterr().out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    lines = written(capsys, "list").splitlines()
    assert lines[:5] == [
        "# Match 1",
        "(0008,0020) DA [20200101]                               # 1 StudyDate",
        "(0010,0010) PN [Doe^B]                                  # 1 PatientName",
        "(0020,1208) IS [1]                                      # 1 NumberOfStudyRelatedInstances",
        "",
    ]
    assert [line for line in lines if line[0:1] == "#"] == ["# Match 1", "# Match 2", "# Match 3"]


def test_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, "csv").splitlines() == [
        "PatientName,StudyDate,NumberOfStudyRelatedInstances",
        "Doe^B,20200101,1",
        "Yamada^Tarou=山田^太郎,20210101,10",
        '"A ""b"",\\x1b[31m\\x0ac",20200101,1',
    ]
    assert written(capsys, "csv", found=[]) == "PatientName,StudyDate,NumberOfStudyRelatedInstances\n"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    text = written(capsys, "json")
    found = json.loads(text)
    assert [each["00201208"]["Value"] for each in found] == [[1], [10], [1]]
    assert found[1]["00100010"]["Value"] == [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]
    assert len(text.splitlines()) == 5
    assert json.loads(written(capsys, "json", found=[])) == []


def test_xml(capsys: pytest.CaptureFixture[str]) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(written(capsys, "xml").encode())
    assert [len(each) for each in root] == [3, 3, 3]
    assert len(ElementTree.fromstring(written(capsys, "xml", found=[]).encode())) == 0


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = written(capsys, "table").splitlines()
    assert lines[0].split() == ["PatientName", "StudyDate", "NumberOfStudyRelatedInstances"]
    assert set(lines[1]) <= set("─ ")
    assert lines[2:] == [
        "Doe^B                   20200101                               1",
        "Yamada^Tarou=山田^太郎  20210101                              10",
        'A "b",\\x1b[31m\\x0ac     20200101                               1',
    ]
    assert written(capsys, "table", found=[]) == ""


def test_dicom(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, "dicom") == ""


@pytest.mark.parametrize("form", ["list", "csv", "json", "xml", "table"])
def test_order(capsys: pytest.CaptureFixture[str], form: str) -> None:
    text = written(capsys, form, "-NumberOfStudyRelatedInstances", "PatientName")
    positions = [text.index(part) for part in ("Yamada", "[31m", "Doe")]
    assert positions == sorted(positions)


@pytest.mark.parametrize("order", [[], ["StudyDate"]])
@pytest.mark.parametrize("form", ["csv", "json", "xml", "table"])
def test_what_was_found_before_an_error_is_whole(
    capsys: pytest.CaptureFixture[str], form: str, order: list[str]
) -> None:
    complete = written(capsys, form, *order)
    with pytest.raises(AssociationAbortedError):
        with matches(form, *order) as taken:
            for each in FOUND:
                taken.add(each, EXPLICIT)
            raise AssociationAbortedError("peer:104", "gone")
    assert capsys.readouterr().out == complete


@pytest.mark.parametrize("form", ["list", "csv", "json", "xml", "table"])
def test_nothing_is_written_when_there_was_no_answer(capsys: pytest.CaptureFixture[str], form: str) -> None:
    with pytest.raises(AssociationAbortedError):
        with matches(form):
            raise AssociationAbortedError("peer:104", "gone")
    assert capsys.readouterr().out == ""


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They have the numbers of the order in which matches are shown."""
    folder = tmp_path / "a" / "b"
    with matches("dicom", "-StudyDate", files=MatchFiles(folder, STUDY_ROOT_FIND)) as taken:
        for each in FOUND[:2]:
            taken.add(each, EXPLICIT)
    written = [dcmread(folder / f"rsp00000{number}.dcm") for number in (1, 2)]
    assert sorted(path.name for path in folder.iterdir()) == ["rsp000001.dcm", "rsp000002.dcm"]
    assert [each.StudyDate for each in written] == ["20210101", "20200101"]
    assert written[0].file_meta.MediaStorageSOPClassUID == STUDY_ROOT_FIND


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    files = MatchFiles(tmp_path / "file" / "folder", STUDY_ROOT_FIND)
    with pytest.raises(DcmtoolsError, match="cannot be made"):
        files.save(1, FOUND[0], EXPLICIT)
