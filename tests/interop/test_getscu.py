"""C-GET: what an archive holds comes over the same association, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless

from ..command import dcmtools
from ..ports import free_port
from ..samples import Sample, datasets, read_sample, sample
from .conftest import Archive
from .peers.queries import get_peer

pytestmark = pytest.mark.interop


def patient_keys(patient_id: str) -> tuple[str, ...]:
    return ("-k", "QueryRetrieveLevel=PATIENT", "-k", f"PatientID={patient_id}")


def study_keys(item: Sample) -> tuple[str, ...]:
    """Keys for the study of an instance, by its UID alone."""
    study = dcmread(item.path, specific_tags=["StudyInstanceUID"]).StudyInstanceUID
    return ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}")


def of_patient(archive: Archive, patient_id: str) -> dict[str, Sample]:
    """The instances of a patient in the archive, by SOP Instance UID."""
    tags = ["PatientID"]
    return {
        item.sop_instance: item
        for item in archive.samples
        if dcmread(item.path, specific_tags=tags).PatientID == patient_id
    }


PATIENTS = ("98890234", "4MR1")
"""One with uncompressed CT and MR images, one with images in many transfer syntaxes."""


@pytest.mark.parametrize("patient", PATIENTS)
def test_patient_arrives(exact_archive: Archive, tmp_path: Path, patient: str) -> None:
    """Byte for byte, unless the archive chose to decompress."""
    expected = of_patient(exact_archive, patient)
    outcome = dcmtools("getscu", *exact_archive.address, "-od", tmp_path / "out", *patient_keys(patient))
    assert outcome.code == 0, outcome.stderr
    received = {item.sop_instance: item for item in map(read_sample, (tmp_path / "out").iterdir())}
    assert set(received) == set(expected)
    changed = [
        f"{item.path.name}: {item.transfer_syntax} came as {received[uid].transfer_syntax}"
        for uid, item in expected.items()
        if received[uid].dataset != item.dataset
        and item.transfer_syntax in (ExplicitVRLittleEndian, JPEG2000Lossless, received[uid].transfer_syntax)
    ]
    assert changed == []


def test_study_root(exact_archive: Archive, tmp_path: Path) -> None:
    wanted = next(item for item in exact_archive.samples if item.transfer_syntax == JPEG2000Lossless)
    outcome = dcmtools("getscu", "-S", *exact_archive.address, "-od", tmp_path, *study_keys(wanted))
    assert outcome.code == 0, outcome.stderr
    assert wanted.dataset in datasets(tmp_path.iterdir())


def test_pynetdicom_sends(qrscp_archive: Archive, tmp_path: Path) -> None:
    expected = of_patient(qrscp_archive, "77654033")
    outcome = dcmtools("getscu", *qrscp_archive.address, "-od", tmp_path, *patient_keys("77654033"))
    assert outcome.code == 0, outcome.stderr
    assert {item.sop_instance for item in map(read_sample, tmp_path.iterdir())} == set(expected)


def test_log_lines(exact_archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools("getscu", *exact_archive.address, "-od", tmp_path, *patient_keys("98890234"))
    lines = outcome.stderr.splitlines()
    assert "I: Sending Get Request: MsgID 1" in lines
    assert "I: Get SCP Response: 1 - 0xFF00 (Pending)" in lines
    assert "I: Get SCP Result: 0x0000 (Success)" in lines
    count = len(of_patient(exact_archive, "98890234"))
    assert any(f"Completed: {count}, Failed: 0, Warning: 0" in line for line in lines)
    assert outcome.stdout == ""


def test_names_are_those_of_the_contract(exact_archive: Archive, tmp_path: Path) -> None:
    """In the current folder, unless another is given."""
    dcmtools("getscu", *exact_archive.address, *patient_keys("4MR1"), cwd=tmp_path)
    expected = {f"MR.{uid}" for uid in of_patient(exact_archive, "4MR1")}
    assert expected <= {path.name for path in tmp_path.iterdir()}


def test_ignore_keeps_nothing(exact_archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools("getscu", "--ignore", *exact_archive.address, *patient_keys("98890234"), cwd=tmp_path)
    assert outcome.code == 0, outcome.stderr
    assert list(tmp_path.iterdir()) == []


def _instance(uid: str, sop_class: str | None = None) -> Dataset:
    instance = dcmread(sample("CT_small.dcm"))
    instance.SOPInstanceUID = instance.file_meta.MediaStorageSOPInstanceUID = uid
    if sop_class is not None:
        instance.SOPClassUID = instance.file_meta.MediaStorageSOPClassUID = sop_class
    return instance


def test_what_did_not_arrive_is_named(tmp_path: Path) -> None:
    """The second instance is of a SOP class that nobody negotiated."""
    instances = [_instance("1.2.3.1"), _instance("1.2.3.2", sop_class="1.2.826.0.1.3680043.10.999.1")]
    with get_peer(instances) as peer:
        outcome = dcmtools("getscu", "127.0.0.1", peer.port, "-od", tmp_path, *patient_keys("1"))
    assert outcome.code == 3
    assert [item.sop_instance for item in map(read_sample, tmp_path.iterdir())] == ["1.2.3.1"]
    outcome.error_about("1.2.3.2")


@pytest.mark.parametrize("status", [0xA702, 0xC000])
def test_failing_status(tmp_path: Path, status: int) -> None:
    with get_peer([], status=status) as peer:
        outcome = dcmtools("getscu", "127.0.0.1", peer.port, "-od", tmp_path, *patient_keys("1"))
    assert outcome.code == 1
    assert f"I: Get SCP Result: 0x{status:04X} (Failure)" in outcome.stderr.splitlines()
    outcome.error_about(f"0x{status:04X}")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--relational-retrieval",), "01 00"),
        (("--enhanced-conversion",), "00 01"),
        (("--relational-retrieval", "--enhanced-conversion"), "01 01"),
    ],
)
def test_extended_negotiation(tmp_path: Path, options: tuple[str, ...], expected: str) -> None:
    with get_peer([_instance("1.2.3.1")]) as peer:
        outcome = dcmtools("getscu", *options, "127.0.0.1", peer.port, "-od", tmp_path, *patient_keys("1"))
    assert outcome.code == 0, outcome.stderr
    assert [item.hex(" ") for item in peer.extended.values()] == [expected]


def test_something_to_ask_for_is_required() -> None:
    outcome = dcmtools("getscu", "127.0.0.1", 104)
    assert outcome.code == 2
    assert "error: -f and/or -k must be specified" in outcome.stderr


def test_no_association(tmp_path: Path) -> None:
    outcome = dcmtools("getscu", "127.0.0.1", free_port(), *patient_keys("1"))
    assert outcome.code == 1
    assert "E: Association request failed: unable to connect to remote" in outcome.stderr.splitlines()
