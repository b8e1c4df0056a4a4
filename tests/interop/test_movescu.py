"""C-MOVE: to a receiver of our own, within movescu or beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from ..command import dcmtools, storescp
from ..ports import free_port
from ..samples import datasets, read_sample, sample
from .conftest import DESTINATION, Archive
from .peers.queries import move_peer
from .test_getscu import of_patient, patient_keys

pytestmark = pytest.mark.interop


def test_with_a_receiver_of_its_own(exact_archive: Archive, tmp_path: Path) -> None:
    check_received(exact_archive, tmp_path, "98890234")


def test_compressed_instances(orthanc_archive: Archive, tmp_path: Path) -> None:
    check_received(orthanc_archive, tmp_path, "4MR1")


def check_received(archive: Archive, tmp_path: Path, patient: str) -> None:
    """All instances of the patient arrive byte for byte at a receiver within movescu."""
    expected = of_patient(archive, patient)
    outcome = dcmtools(
        "movescu",
        *("--store", "--store-port", archive.move_port),
        *archive.address,
        *("-od", tmp_path / "out"),
        *patient_keys(patient),
    )
    assert outcome.code == 0, outcome.stderr
    assert datasets((tmp_path / "out").iterdir()) == {item.dataset for item in expected.values()}


def test_to_another_receiver(exact_archive: Archive, tmp_path: Path) -> None:
    expected = of_patient(exact_archive, "98890234")
    with storescp(tmp_path, "-aet", DESTINATION, port=exact_archive.move_port) as storage:
        outcome = dcmtools("movescu", "-aem", DESTINATION, *exact_archive.address, *patient_keys("98890234"))
        received = datasets(storage.files())
    assert outcome.code == 0, outcome.stderr
    assert received == {item.dataset for item in expected.values()}


def test_pynetdicom_sends(qrscp_archive: Archive, tmp_path: Path) -> None:
    expected = of_patient(qrscp_archive, "77654033")
    outcome = dcmtools(
        "movescu",
        *("--store", "--store-port", qrscp_archive.move_port),
        *qrscp_archive.address,
        *("-od", tmp_path / "out"),
        *patient_keys("77654033"),
    )
    assert outcome.code == 0, outcome.stderr
    received = {item.sop_instance for item in map(read_sample, (tmp_path / "out").iterdir())}
    assert received == set(expected)


def test_log_lines(exact_archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools(
        "movescu",
        *("--store", "--store-port", exact_archive.move_port),
        *exact_archive.address,
        *("-od", tmp_path / "out"),
        *patient_keys("98890234"),
    )
    lines = outcome.stderr.splitlines()
    for line in (
        "I: Requesting Association",
        "I: Sending Move Request: MsgID 1",
        "I: Accepting Association",
        "I: Received Store Request",
        "I: Move SCP Response: 1 - 0xFF00 (Pending)",
        "I: Move SCP Result: 0x0000 (Success)",
        "I: Releasing Association",
    ):
        assert line in lines
    uid = next(iter(of_patient(exact_archive, "98890234")))
    assert any(line.startswith("I: Storing DICOM file: ") and line.endswith(uid) for line in lines)
    assert outcome.stdout == ""


def test_unknown_destination(archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools("movescu", "-aem", "NOBODY", *archive.address, *patient_keys("98890234"))
    assert outcome.code == 1
    assert outcome.errors() != []


def test_unknown_destination_in_words(dcmqrscp_archive: Archive) -> None:
    outcome = dcmtools("movescu", "-aem", "NOBODY", *dcmqrscp_archive.address, *patient_keys("98890234"))
    assert "I: Move SCP Result: 0xA801 (Failure)" in outcome.stderr.splitlines()
    outcome.error_about("0xA801", "destination unknown")


def test_destination_that_does_not_listen(exact_archive: Archive) -> None:
    outcome = dcmtools("movescu", "-aem", DESTINATION, *exact_archive.address, *patient_keys("98890234"))
    assert outcome.code == 1
    assert outcome.errors() != []


def _instance(uid: str) -> Dataset:
    instance = dcmread(sample("CT_small.dcm"))
    instance.SOPInstanceUID = instance.file_meta.MediaStorageSOPInstanceUID = uid
    return instance


def test_a_silent_archive_is_waited_for(tmp_path: Path) -> None:
    """It may take longer than the DIMSE time-out to fetch an image from a tape."""
    port = free_port()
    with move_peer([_instance("1.2.3.1")], destination=lambda: port, silence=2.5) as peer:
        outcome = dcmtools(
            "movescu",
            *("--store", "--store-port", port, "-td", 1, "-tn", 1, "-od", tmp_path),
            *("127.0.0.1", peer.port),
            *patient_keys("1"),
        )
    assert outcome.code == 0, outcome.stderr
    assert len(list(tmp_path.iterdir())) == 1


def test_late_sub_operations_are_waited_for(tmp_path: Path) -> None:
    """The archive says that all is done, and only then begins to send."""
    port = free_port()
    with move_peer([_instance("1.2.3.1")], destination=lambda: port, late=True) as peer:
        outcome = dcmtools(
            "movescu",
            *("--store", "--store-port", port, "-od", tmp_path),
            *("127.0.0.1", peer.port),
            *patient_keys("1"),
        )
    assert outcome.code == 0, outcome.stderr
    assert len(list(tmp_path.iterdir())) == 1


def test_the_receiver_checks_the_called_ae_title(tmp_path: Path) -> None:
    """A peer that calls somebody else is not let in."""
    port = free_port()
    with move_peer([_instance("1.2.3.1")], destination=lambda: port) as peer:
        outcome = dcmtools(
            "movescu",
            *("--store", "--store-port", port, "--store-aet", "ME", "-aem", "OTHER", "-od", tmp_path),
            *("127.0.0.1", peer.port),
            *patient_keys("1"),
        )
    assert outcome.code == 1
    assert list(tmp_path.iterdir()) == []


def test_ignore_keeps_nothing(exact_archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools(
        "movescu",
        *("--store", "--ignore", "--store-port", exact_archive.move_port),
        *exact_archive.address,
        *patient_keys("98890234"),
        cwd=tmp_path,
    )
    assert outcome.code == 0, outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [0xA702, 0xC000])
def test_failing_status(tmp_path: Path, status: int) -> None:
    with (
        storescp(tmp_path) as storage,
        move_peer([], destination=lambda: storage.port, status=status) as peer,
    ):
        outcome = dcmtools("movescu", "127.0.0.1", peer.port, *patient_keys("1"))
    assert outcome.code == 1
    assert f"I: Move SCP Result: 0x{status:04X} (Failure)" in outcome.stderr.splitlines()
    outcome.error_about(f"0x{status:04X}")


def test_something_to_ask_for_is_required() -> None:
    outcome = dcmtools("movescu", "127.0.0.1", 104)
    assert outcome.code == 2
    assert "error: -f and/or -k must be specified" in outcome.stderr
