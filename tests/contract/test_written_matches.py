"""Section 2.6: what ``findscu -w`` writes, next to what pynetdicom's app writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom.sop_class import ModalityWorklistInformationFind, StudyRootQueryRetrieveInformationModelFind

from dcmtools.cli.app import run

from ..interop.peers.queries import find_peer
from ..logging_state import restored_logging
from .comparing import run_both

pytestmark = pytest.mark.interop

NAMES = ["rsp000001.dcm", "rsp000002.dcm"]


def match(number: int) -> Dataset:
    dataset = Dataset()
    dataset.PatientID = str(number)
    dataset.OtherPatientIDsSequence = [Dataset()]
    dataset.OtherPatientIDsSequence[0].PatientID = "A"
    return dataset


@pytest.mark.parametrize(
    ("option", "model"),
    [("-S", StudyRootQueryRetrieveInformationModelFind), ("-W", ModalityWorklistInformationFind)],
)
def test_files(tmp_path: Path, option: str, model: str) -> None:
    runs = run_both(
        tmp_path, "findscu", option, "-w", "-k", "PatientID", peer=lambda: find_peer([match(1), match(2)])
    )
    instances = set()
    for name in NAMES:
        theirs, ours = (dcmread(folder / name) for folder in runs.folders)
        assert ours == theirs
        assert (
            ours.file_meta.TransferSyntaxUID == theirs.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        )
        assert ours.file_meta.MediaStorageSOPClassUID == model
        instances.add(ours.file_meta.MediaStorageSOPInstanceUID)
    assert len(instances) == 2
    assert sorted(path.name for path in runs.folders[1].iterdir()) == NAMES


def test_files_that_exist_are_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(NAMES[0]).write_text("something else")
    with find_peer([match(7)]) as peer, restored_logging():
        assert run(["findscu", "-q", "--write", "127.0.0.1", str(peer.port), "-k", "PatientID"]) == 0
    assert dcmread(NAMES[0]).PatientID == "7"
