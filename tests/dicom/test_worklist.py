"""Worklist items and unified procedure steps out of files."""

import logging
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from dcmtools.dicom.worklist import DatasetFolder, StepKind
from dcmtools.errors import UnreadableFileError

from ..samples import sample, write_instance
from .datasets import dataset

UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"


def step(modality: str, date: str = "20200101") -> Dataset:
    return dataset(Modality=modality, ScheduledProcedureStepStartDate=date)


def write_item(path: Path, name: str, *steps: Dataset) -> None:
    write_instance(path, PatientName=name, ScheduledProcedureStepSequence=list(steps))


def write_ups(path: Path, label: str, state: str = "SCHEDULED") -> None:
    write_instance(
        path,
        sop_class=UPS_PUSH,
        ProcedureStepState=state,
        ProcedureStepLabel=label,
        TransactionUID="1.2.3",
        ScheduledStationNameCodeSequence=[dataset(CodeValue="CT1", CodeMeaning="Scanner")],
    )


def names(folder: DatasetFolder, **keys: object) -> list[str]:
    return [str(answer.PatientName) for answer in folder.find(dataset(PatientName="", **keys))]


def test_each_scheduled_procedure_step_is_an_item(tmp_path: Path) -> None:
    write_item(tmp_path / "2.wl", "Doe^Jane", step("CT"), step("MR"), step("CT", "20200102"))
    write_item(tmp_path / "1.wl", "Roe^Rita", step("MR"))
    folder = DatasetFolder(tmp_path, StepKind.WORKLIST)
    assert names(folder) == ["Roe^Rita", "Doe^Jane", "Doe^Jane", "Doe^Jane"]
    asked = dataset(PatientName="", ScheduledProcedureStepSequence=[step("CT", "")])
    answers = list(folder.find(asked))
    assert [answer.ScheduledProcedureStepSequence for answer in answers] == [
        [step("CT")],
        [step("CT", "20200102")],
    ]


def test_changes_of_the_folder_are_seen(tmp_path: Path) -> None:
    folder = DatasetFolder(tmp_path, StepKind.WORKLIST)
    assert names(folder) == []
    write_item(tmp_path / "a", "Doe^Jane", step("CT"))
    assert names(folder) == ["Doe^Jane"]
    write_item(tmp_path / "a", "Doe^John", step("CT"))
    write_item(tmp_path / "b", "Roe^Rita", step("CT"))
    assert names(folder) == ["Doe^John", "Roe^Rita"]
    (tmp_path / "a").unlink()
    assert names(folder) == ["Roe^Rita"]


@pytest.mark.parametrize("kind", StepKind)
def test_what_is_no_step_is_logged_and_left_out(
    kind: StepKind, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_item(tmp_path / "item", "Doe^Jane", step("CT"))
    write_ups(tmp_path / "ups", "Biopsy")
    write_instance(tmp_path / "image")
    write_instance(tmp_path / "empty", ScheduledProcedureStepSequence=[], ProcedureStepState="")
    (tmp_path / "notes.txt").write_text("This is a letter.\n")
    (tmp_path / "cut").write_bytes(sample("MR_truncated.dcm").read_bytes()[:1000])
    with caplog.at_level(logging.WARNING):
        answers = list(DatasetFolder(tmp_path, kind).find(dataset(SOPInstanceUID="")))
    assert len(answers) == 1
    assert len(caplog.records) == 5
    assert all("it is left out" in record.getMessage() for record in caplog.records)


def test_unified_procedure_steps(tmp_path: Path) -> None:
    write_ups(tmp_path / "1", "Biopsy")
    write_ups(tmp_path / "2", "Biopsy", "COMPLETED")
    folder = DatasetFolder(tmp_path, StepKind.UPS)
    station = [dataset(CodeValue="CT?", CodeMeaning="")]
    asked = dataset(
        ProcedureStepState="SCHEDULED", ScheduledStationNameCodeSequence=station, WorklistLabel=""
    )
    search = folder.find(asked)
    assert search.unsupported == frozenset()
    assert list(search) == [
        dataset(
            ProcedureStepState="SCHEDULED",
            ScheduledStationNameCodeSequence=[dataset(CodeValue="CT1", CodeMeaning="Scanner")],
            WorklistLabel=None,
        )
    ]
    assert list(search) == list(search)


def test_the_lock_of_a_unified_procedure_step_stays_secret(tmp_path: Path) -> None:
    write_ups(tmp_path / "1", "Biopsy")
    folder = DatasetFolder(tmp_path, StepKind.UPS)
    search = folder.find(dataset(TransactionUID="", ProcedureStepLabel=""))
    assert search.unsupported == {0x00081195}
    assert list(search) == [dataset(TransactionUID=None, ProcedureStepLabel="Biopsy")]
    assert list(folder.find(dataset(TransactionUID="1.2.3"))) == []


def test_what_was_negotiated(tmp_path: Path) -> None:
    write_item(tmp_path / "1", "Mayer^Anna", dataset(ScheduledProcedureStepStartDate="20200102"))
    folder = DatasetFolder(tmp_path, StepKind.WORKLIST)
    identifier = dataset(PatientName="Anna Meier")
    assert list(folder.find(identifier)) == []
    assert len(list(folder.find(identifier, fuzzy=True))) == 1
    times = dataset(ScheduledProcedureStepStartDate="2020-", ScheduledProcedureStepStartTime="10-")
    identifier = dataset(ScheduledProcedureStepSequence=[times])
    assert list(folder.find(identifier, combined=True)) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        DatasetFolder(tmp_path / "nowhere", StepKind.WORKLIST).find(Dataset())
