"""Serving with qrscp: where it keeps things, whom it serves, worklists, several processes."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from pynetdicom.sop_class import UnifiedProcedureStepPush

from ..command import ENVIRONMENT, RunningArchive, dcmtools, qrscp
from ..interop.peers.processes import running
from ..ports import free_port
from ..samples import write_instance

STUDIES = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID")


def echo(archive: RunningArchive, *options: object) -> int:
    return dcmtools("echoscu", *options, "127.0.0.1", archive.port).code


def found(archive: RunningArchive, *options: object) -> tuple[int, int]:
    """The exit status of a query for studies, and how many there were."""
    outcome = dcmtools("findscu", *options, "127.0.0.1", archive.port, *STUDIES)
    return outcome.code, outcome.stderr.count("(Pending)")


def stored(archive: RunningArchive, path: Path, *options: object) -> int:
    return dcmtools("storescu", *options, "127.0.0.1", archive.port, path).code


def test_without_a_configuration(tmp_path: Path) -> None:
    """In the current folder, as the document has it."""
    item = write_instance(tmp_path / "a.dcm")

    def command(port: int) -> list[str | Path]:
        import sys

        return [sys.executable, "-m", "dcmtools", "qrscp", "-v", "--port", str(port)]

    work = tmp_path / "work"
    work.mkdir()
    with running("dcmtools qrscp", command, work, env=ENVIRONMENT) as server:
        assert dcmtools("storescu", "127.0.0.1", server.port, item.path).code == 0
        assert (work / "instances.sqlite").is_file()
        assert [path.name for path in (work / "instances").glob("[!.]*")] == [f"CT.{item.sop_instance}"]
        assert server.stop() == 0


def test_a_quota(tmp_path: Path) -> None:
    """What does not fit is refused, and neither on the disk nor found; what is there still is."""
    small = write_instance(tmp_path / "small.dcm")
    large = write_instance(tmp_path / "large.dcm", TextValue="x" * 60_000)
    with qrscp(tmp_path / "archive", "--max-size", "20K") as archive:
        assert [stored(archive, item.path) for item in (small, large)] == [0, 1]
        assert [path.name for path in archive.files()] == [f"CT.{small.sop_instance}"]
        assert found(archive) == (0, 1)
        errors = [line for line in archive.server.output().splitlines() if line.startswith("E: ")]
    assert len(errors) == 1
    assert "0xA700 (Failure: Out of resources): the quota of 20480 bytes is reached" in errors[0]


def test_called_ae_title(tmp_path: Path) -> None:
    with qrscp(tmp_path, "--require-called", "-aet", "ARCHIVE") as archive:
        assert echo(archive, "-aec", "ARCHIVE") == 0
        assert echo(archive, "-aec", "OTHER") == 1


def test_calling_ae_titles(tmp_path: Path) -> None:
    with qrscp(tmp_path, settings="allow_calling: A, B C") as archive:
        assert echo(archive, "-aet", "B C") == 0
        outcome = dcmtools("echoscu", "-aet", "D", "127.0.0.1", archive.port)
        assert outcome.code == 1
        assert "Calling AE title not recognised" in outcome.stderr


@pytest.mark.parametrize(("network", "code"), [("127.0.0.0/8", 0), ("192.0.2.0/24", 1)])
def test_hosts(tmp_path: Path, network: str, code: int) -> None:
    with qrscp(tmp_path, "--allow-address", network) as archive:
        assert echo(archive) == code


def test_rights(tmp_path: Path) -> None:
    """Who may store may not query, and the other way round; whoever may neither may still say C-ECHO."""
    item = write_instance(tmp_path / "a.dcm")
    with qrscp(tmp_path / "archive", settings="allow_read: READER\nallow_write: WRITER") as archive:
        assert stored(archive, item.path, "-aet", "READER") == 1
        refused = dcmtools("storescu", "-aet", "READER", "127.0.0.1", archive.port, item.path)
        refused.error_about("0x0124")
        assert stored(archive, item.path, "-aet", "WRITER") == 0
        assert found(archive, "-aet", "WRITER") == (1, 0)
        assert found(archive, "-aet", "READER") == (0, 1)
        assert found(archive, "-aet", "OTHER") == (1, 0)
        assert echo(archive, "-aet", "OTHER") == 0


def test_everyone_may_do_everything_by_default(tmp_path: Path) -> None:
    item = write_instance(tmp_path / "a.dcm")
    with qrscp(tmp_path / "archive") as archive:
        assert stored(archive, item.path, "-aet", "ANYONE", "-aec", "ANYTHING") == 0
        assert found(archive, "-aet", "SOMEONE", "-aec", "ANYTHING") == (0, 1)


def test_identifiers_are_logged_on_demand(tmp_path: Path) -> None:
    query = (*STUDIES, "-k", "PatientName=Secret^Name")
    for settings, count in (("", 0), ("log_identifier: True", 1)):
        with qrscp(tmp_path, settings=settings) as archive:
            assert dcmtools("findscu", "127.0.0.1", archive.port, *query).code == 0
            assert archive.server.output().count("Secret^Name") == count


def worklist_item(path: Path, name: str, modality: str) -> None:
    step = Dataset()
    step.Modality, step.ScheduledProcedureStepID = modality, "S1"
    step.ScheduledProcedureStepStartDate, step.ScheduledStationAETitle = "20260102", "CT1"
    item = Dataset()
    item.SOPClassUID, item.SOPInstanceUID = UID("1.2.840.10008.5.1.4.31"), generate_uid()
    item.PatientName, item.PatientID, item.AccessionNumber = name, "P1", "A1"
    item.StudyInstanceUID = generate_uid()
    item.ScheduledProcedureStepSequence = [step]
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.save_as(path, enforce_file_format=True)


def test_worklist(tmp_path: Path) -> None:
    """The files are read again when they change."""
    folder = tmp_path / "worklist"
    folder.mkdir()
    worklist_item(folder / "1.dcm", "Doe^Jane", "CT")
    worklist_item(folder / "2.dcm", "Doe^John", "MR")
    keys = ("-k", "PatientName", "-k", "ScheduledProcedureStepSequence[0].Modality=CT")

    def names() -> list[str]:
        outcome = dcmtools("findscu", "-W", "127.0.0.1", archive.port, *keys)
        assert outcome.code == 0, outcome.stderr
        return sorted(re.findall(r"Doe\^\w+", outcome.stdout))

    with qrscp(tmp_path, "--worklist", folder) as archive:
        assert names() == ["Doe^Jane"]
        worklist_item(folder / "3.dcm", "Doe^Jim", "CT")
        assert names() == ["Doe^Jane", "Doe^Jim"]
        (folder / "1.dcm").unlink()
        assert names() == ["Doe^Jim"]


def test_unified_procedure_steps(tmp_path: Path) -> None:
    folder = tmp_path / "ups"
    folder.mkdir()
    for number, state in enumerate(("SCHEDULED", "COMPLETED")):
        step = Dataset()
        step.SOPClassUID, step.SOPInstanceUID = UnifiedProcedureStepPush, generate_uid()
        step.PatientName, step.ProcedureStepState = f"Doe^{state}", state
        step.file_meta = FileMetaDataset()
        step.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        step.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    keys = ("-k", "PatientName", "-k", "ProcedureStepState=SCHEDULED")
    with qrscp(tmp_path, "--ups", folder) as archive:
        outcome = dcmtools("findscu", "-U", "127.0.0.1", archive.port, *keys)
    assert outcome.code == 0, outcome.stderr
    assert re.findall(r"Doe\^\w+", outcome.stdout) == ["Doe^SCHEDULED"]


@pytest.mark.parametrize("option", ["--worklist", "--ups"])
def test_a_folder_of_steps_that_is_missing(tmp_path: Path, option: str) -> None:
    outcome = dcmtools("qrscp", "--port", free_port(), option, "nowhere", cwd=tmp_path)
    assert outcome.code == 1
    outcome.error_about("nowhere", option)


def test_several_processes_on_one_port(tmp_path: Path) -> None:
    """What any of them has stored, each of them finds; nothing is lost and nothing is there twice."""
    study = generate_uid()
    items = [write_instance(tmp_path / f"{n}.dcm", StudyInstanceUID=study) for n in range(40)]
    with qrscp(tmp_path / "archive", "--workers", 3) as archive:
        with ThreadPoolExecutor(8) as pool:
            parts = [items[start::8] for start in range(8)]
            codes = pool.map(
                lambda part: dcmtools("storescu", "127.0.0.1", archive.port, *(i.path for i in part)).code,
                parts,
            )
            assert list(codes) == [0] * 8
        keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}")
        counted = ("-k", "NumberOfStudyRelatedInstances", "-k", "NumberOfStudyRelatedSeries")
        outcome = dcmtools("findscu", "-S", "127.0.0.1", archive.port, *keys, *counted)
        assert outcome.stderr.count("(Pending)") == 1
        assert re.search(r"NumberOfStudyRelatedInstances", outcome.stdout)
        assert "[40]" in outcome.stdout


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with qrscp(tmp_path / "first") as archive:
        outcome = dcmtools("qrscp", "--port", archive.port, cwd=tmp_path)
        assert outcome.code == 1
        outcome.error_about("cannot listen", archive.port)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = dcmtools("qrscp", "--port", free_port(), "--instance-location", tmp_path / "file", cwd=tmp_path)
    assert outcome.code == 1
    outcome.error_about("file")
