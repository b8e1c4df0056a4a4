"""C-FIND at our archive, with DCMTK's findscu, pynetdicom's and Orthanc."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..command import RunningArchive, dcmtools, qrscp
from . import archived
from .archived import YAMADA, series_uid, study_uid
from .peers.dcmtk import FindResult, dcmtk, findscu
from .peers.orthanc import orthanc
from .peers.pynetdicom_apps import app

pytestmark = pytest.mark.interop

STUDY = "QueryRetrieveLevel=STUDY"
UID = "StudyInstanceUID"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArchive]:
    """An archive that DCMTK's storescu has filled."""
    folder = tmp_path_factory.mktemp("archive")
    files = archived.write_all(folder)
    with qrscp(folder) as running:
        sent = dcmtk("storescu", "-aec", "QRSCP", "127.0.0.1", running.port, *files)
        assert sent.returncode == 0, sent.stderr
        yield running


@pytest.fixture
def find(archive: RunningArchive, tmp_path: Path) -> object:
    """Query the archive with DCMTK's findscu."""

    def query(*keys: str, model: str = "-S") -> FindResult:
        number = sum(1 for _ in tmp_path.iterdir())
        return findscu(archive.port, *keys, folder=tmp_path / str(number), model=model)

    return query


def studies(result: FindResult) -> list[int]:
    """The numbers of the studies that were found, once for each response."""
    return [int(uid.removeprefix(f"{archived.ROOT}.")) for uid in result.values(UID)]


def test_one_response_for_each_study(find) -> None:  # type: ignore[no-untyped-def]
    result = find(STUDY, UID)
    assert studies(result) == [1, 2, 3, 4, 5]
    assert result.returncode == 0
    assert {match.QueryRetrieveLevel for match in result.matches} == {"STUDY"}
    assert {match.RetrieveAETitle for match in result.matches} == {"QRSCP"}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("PatientID=P1", [1, 2]),
        ("PatientName=doe^jane", [1, 2]),
        ("PatientName=DOE*", [1, 2, 3]),
        ("PatientName=Doe^Jan_*", [3]),
        ("PatientName=Doe^Jan?", [1, 2]),
        ("PatientName=Yamada^Tarou", [4]),
        ("PatientName=*", [1, 2, 3, 4, 5]),
        ("AccessionNumber=*", [1, 2, 3, 4, 5]),
        ("AccessionNumber=A_3", [3]),
        ("AccessionNumber=A_*", [3]),
        ("AccessionNumber=A%*", [4]),
        ("StudyDate=20200101-20200301", [1, 2]),
        ("StudyDate=-20200101", [1]),
        ("StudyDate=20220101-", [4, 5]),
        ("StudyTime=0700-0727", [1]),
        ("StudyTime=0800-0800", [3, 4]),
        (f"StudyInstanceUID={study_uid(1)}\\{study_uid(5)}", [1, 5]),
        (f"StudyInstanceUID={study_uid(9)}", []),
        ("ModalitiesInStudy=MR", [1]),
        ("ModalitiesInStudy=CT", [1, 2, 3, 4, 5]),
        ("StudyDescription=Study 2", [2]),
        ("PatientBirthDate=19700102", [3]),
    ],
)
def test_matching(find, key: str, expected: list[int]) -> None:  # type: ignore[no-untyped-def]
    keys = (STUDY, key) if key.startswith(UID) else (STUDY, UID, key)
    assert studies(find(*keys)) == expected


def test_what_is_counted(find) -> None:  # type: ignore[no-untyped-def]
    counted = ("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "ModalitiesInStudy")
    result = find(STUDY, f"{UID}={study_uid(1)}", *counted, "SOPClassesInStudy", "InstanceAvailability")
    [match] = result.matches
    assert (match.NumberOfStudyRelatedSeries, match.NumberOfStudyRelatedInstances) == (2, 5)
    assert set(match.ModalitiesInStudy) == {"CT", "MR"}
    assert len(match.SOPClassesInStudy) == 2
    assert match.InstanceAvailability == "ONLINE"


def test_patients_series_and_instances(find) -> None:  # type: ignore[no-untyped-def]
    patients = find("QueryRetrieveLevel=PATIENT", "PatientID", "NumberOfPatientRelatedStudies", model="-P")
    assert patients.values("PatientID") == ["P1", "P2", "P3", "P4"]
    assert patients.values("NumberOfPatientRelatedStudies") == ["1", "1", "1", "2"]
    series = find(
        "QueryRetrieveLevel=SERIES",
        f"{UID}={study_uid(1)}",
        "SeriesInstanceUID",
        "Modality",
        "SeriesNumber=02",
    )
    assert series.values("SeriesInstanceUID") == [series_uid(1, 2)]
    assert series.values("Modality") == ["MR"]
    images = find(
        "QueryRetrieveLevel=IMAGE",
        f"{UID}={study_uid(1)}",
        f"SeriesInstanceUID={series_uid(1, 1)}",
        "SOPInstanceUID",
        "InstanceNumber",
    )
    assert images.values("InstanceNumber") == ["1", "2", "3"]


def test_text_of_every_character_set_arrives_intact(find) -> None:  # type: ignore[no-untyped-def]
    names = find(STUDY, UID, "PatientName").values("PatientName")
    assert names.count(YAMADA) == 1
    assert names.count("Müller^Jürgen") == 1


def test_a_query_in_another_character_set(find) -> None:  # type: ignore[no-untyped-def]
    """The query is in UTF-8, the stored names are in ISO 2022 and Latin 1."""
    assert studies(find(STUDY, UID, "SpecificCharacterSet=ISO_IR 192", "PatientName=*山田*")) == [4]
    assert studies(find(STUDY, UID, "SpecificCharacterSet=ISO_IR 192", "PatientName=müller*")) == [5]


def test_unsupported_keys_are_empty(find) -> None:  # type: ignore[no-untyped-def]
    """The responses say that a key was not matched against, and nobody takes them for matches."""
    result = find(STUDY, f"{UID}={study_uid(1)}", "AcquisitionDeviceProcessingDescription=X")
    assert [str(match[0x00181400].value or "") for match in result.matches] == [""]
    assert "0xff01" in result.log.lower()
    assert "0xff00" in find(STUDY, f"{UID}={study_uid(1)}", "PatientName").log.lower()


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        ("-S", ("PatientName",)),
        ("-S", ("QueryRetrieveLevel=PATIENT", "PatientID")),
        ("-S", ("QueryRetrieveLevel=SERIES", "SeriesInstanceUID")),
        ("-S", ("QueryRetrieveLevel=STUDY", UID, f"SeriesInstanceUID={series_uid(1, 1)}")),
        ("-P", ("QueryRetrieveLevel=STUDY", UID)),
    ],
)
def test_identifiers_that_do_not_fit(find, model: str, keys: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    result = find(*keys, model=model)
    assert result.matches == []
    assert "0xa900" in result.log.lower()


def test_cancelling(archive: RunningArchive, tmp_path: Path) -> None:
    options = ("-d", "-S", "--cancel", 1, "-k", STUDY, "-k", UID)
    ended = dcmtk("findscu", *options, "127.0.0.1", archive.port)
    assert ended.returncode == 0
    assert re.search(r"0xfe00|0x0000", ended.stdout + ended.stderr)  # five responses may have been faster


def test_our_own_findscu(archive: RunningArchive) -> None:
    keys = ("-k", STUDY, "-k", UID, "-k", "PatientName=*太郎*", "-k", "StudyDate")
    outcome = dcmtools("findscu", "-S", "127.0.0.1", archive.port, *keys)
    assert outcome.code == 0, outcome.stderr
    assert YAMADA in outcome.stdout
    assert outcome.stderr.count("(Pending)") == 1


def test_relational_queries_are_negotiated(archive: RunningArchive) -> None:
    keys = (
        "-k",
        "QueryRetrieveLevel=IMAGE",
        "-k",
        "SOPInstanceUID",
        "-k",
        "PatientID=P1",
        "-k",
        "Modality=MR",
    )
    address = ("127.0.0.1", archive.port)
    refused = dcmtools("findscu", "-S", *address, *keys)
    assert "0xA900" in refused.stderr
    outcome = dcmtools("findscu", "-S", "--relational-query", *address, *keys)
    assert outcome.code == 0, outcome.stderr
    assert outcome.stderr.count("(Pending)") == 2


def test_pynetdicoms_findscu(archive: RunningArchive) -> None:
    ended = app("findscu", "-S", "-k", STUDY, "-k", "PatientName=Doe*", "-k", UID, "127.0.0.1", archive.port)
    assert ended.returncode == 0
    assert ended.stderr.count("(Pending)") == 3


def test_orthanc(archive: RunningArchive, tmp_path: Path) -> None:
    """Not with Japanese names: this version of it reads no character sets with code extensions."""
    with orthanc(tmp_path / "orthanc") as server:
        server.add_modality("QRSCP", archive.port)
        server.verify("QRSCP")
        query = server.query("QRSCP", "Study", {"PatientName": "müller*", "StudyDate": ""})
        assert [answer["PatientName"] for answer in query.answers] == ["Müller^Jürgen"]
        assert server.query("QRSCP", "Series", {UID: study_uid(1), "Modality": "MR"}).answers != []


def test_worklist_and_ups_without_a_folder(archive: RunningArchive) -> None:
    """No matches, and that is a success."""
    keys = ("-k", "PatientName", "-k", "ScheduledProcedureStepSequence[0].Modality=CT")
    worklist = dcmtools("findscu", "-W", "127.0.0.1", archive.port, *keys)
    ups = dcmtools(
        "findscu", "-U", "127.0.0.1", archive.port, "-k", "PatientName", "-k", "ProcedureStepState"
    )
    for outcome in (worklist, ups):
        assert outcome.code == 0, outcome.stderr
        assert "I: Find SCP Result: 0x0000 (Success)" in outcome.stderr.splitlines()
        assert "(Pending)" not in outcome.stderr


def test_limit_of_results(tmp_path: Path) -> None:
    files = archived.write_all(tmp_path)
    with qrscp(tmp_path / "archive", "--max-results", 2) as running:
        assert dcmtools("storescu", "127.0.0.1", running.port, *files).code == 0
        result = findscu(running.port, STUDY, UID, folder=tmp_path / "found")
        assert len(result.matches) == 2
        assert "0xa700" in result.log.lower()
        assert len(findscu(running.port, STUDY, UID, "PatientID=P1", folder=tmp_path / "two").matches) == 2


def test_what_is_logged(archive: RunningArchive, find) -> None:  # type: ignore[no-untyped-def]
    find(STUDY, UID)
    pattern = r"I: Received C-FIND request from \S+:\d+ at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.search(pattern, archive.server.output())
    assert "Yamada" not in archive.server.output()
