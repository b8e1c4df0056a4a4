"""C-GET and C-MOVE from our archive, by DCMTK, Orthanc and pynetdicom.

That what it sends is byte for byte what it was sent, test_getscu and test_movescu check with it as
one of the archives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless

from ..command import RunningArchive, dcmtools, qrscp, storescp
from ..ports import free_port
from ..samples import Sample, datasets, read_sample, write_instance
from . import archived
from .archived import study_uid
from .peers import dcmtk, orthanc, pynetdicom_apps

pytestmark = pytest.mark.interop

LEVEL = "QueryRetrieveLevel=STUDY"
DESTINATION = "STORESCP"


@pytest.fixture(scope="module")
def move_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def orthanc_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def archive(
    tmp_path_factory: pytest.TempPathFactory, move_port: int, orthanc_port: int
) -> Iterator[RunningArchive]:
    folder = tmp_path_factory.mktemp("archive")
    files = archived.write_all(folder)
    with qrscp(folder, destinations={DESTINATION: move_port, orthanc.AE_TITLE: orthanc_port}) as running:
        assert dcmtools("storescu", "127.0.0.1", running.port, *files).code == 0
        yield running


def of_study(archive: RunningArchive, study: int) -> set[bytes]:
    """The datasets of a study, as they were sent."""
    return datasets(archive.folder.glob(f"{study_uid(study)}.*.dcm"))


def keys(study: int) -> tuple[str, ...]:
    return ("-k", LEVEL, "-k", f"StudyInstanceUID={study_uid(study)}")


def test_dcmtks_getscu(archive: RunningArchive, tmp_path: Path) -> None:
    options = ("-v", "-S", "-aec", "QRSCP", "+B", "-od", tmp_path)
    ended = dcmtk.dcmtk("getscu", *options, "127.0.0.1", archive.port, *keys(1))
    assert ended.returncode == 0, ended.stderr
    assert datasets(tmp_path.iterdir()) == of_study(archive, 1)


def test_dcmtks_movescu(archive: RunningArchive, move_port: int, tmp_path: Path) -> None:
    options = ("-d", "-S", "-aec", "QRSCP", "-aem", DESTINATION, "+P", move_port, "+B")
    ended = dcmtk.dcmtk("movescu", *options, "127.0.0.1", archive.port, *keys(1), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert datasets(tmp_path.iterdir()) == of_study(archive, 1)
    log = ended.stdout + ended.stderr
    assert re.search(r"Move Originator AE Title *: MOVESCU", log, re.IGNORECASE)
    assert re.search(r"Completed Suboperations *: 5", log)


def test_move_to_another(archive: RunningArchive, move_port: int, tmp_path: Path) -> None:
    with storescp(tmp_path, port=move_port) as storage:
        outcome = dcmtools("movescu", "-S", "-aem", DESTINATION, "127.0.0.1", archive.port, *keys(3))
        assert datasets(storage.files()) == of_study(archive, 3)
    assert outcome.code == 0, outcome.stderr
    assert "Remaining: 0, Completed: 3, Failed: 0, Warning: 0" in outcome.stderr


def test_unknown_destination(archive: RunningArchive) -> None:
    outcome = dcmtools("movescu", "-S", "-aem", "NOBODY", "127.0.0.1", archive.port, *keys(1))
    assert outcome.code == 1
    outcome.error_about("0xA801", "NOBODY")
    assert "I: No matching move destination in the configuration" in archive.server.output()


def test_destination_that_does_not_answer(archive: RunningArchive) -> None:
    outcome = dcmtools("movescu", "-S", "-aem", DESTINATION, "127.0.0.1", archive.port, *keys(3))
    assert outcome.code == 1
    outcome.error_about("0xA702")
    assert "Failed: 3" in outcome.stderr


@pytest.mark.parametrize("command", ["getscu", "movescu"])
def test_invalid_identifier(archive: RunningArchive, command: str) -> None:
    outcome = dcmtools(command, "-S", "127.0.0.1", archive.port, "-k", LEVEL, "-k", "PatientID=P1")
    assert outcome.code == 1
    outcome.error_about("0xA900")


def test_nothing_to_send(archive: RunningArchive, tmp_path: Path) -> None:
    outcome = dcmtools("getscu", "-S", "127.0.0.1", archive.port, "-od", tmp_path, *keys(9))
    assert outcome.code == 0, outcome.stderr
    assert "I: Get SCP Result: 0x0000 (Success)" in outcome.stderr.splitlines()


def test_several_studies_at_once(archive: RunningArchive, tmp_path: Path) -> None:
    wanted = ("-k", LEVEL, "-k", f"StudyInstanceUID={study_uid(2)}\\{study_uid(3)}")
    outcome = dcmtools("getscu", "-S", "127.0.0.1", archive.port, "-od", tmp_path, *wanted)
    assert outcome.code == 0, outcome.stderr
    assert datasets(tmp_path.iterdir()) == of_study(archive, 2) | of_study(archive, 3)


def test_pynetdicoms_getscu(archive: RunningArchive, tmp_path: Path) -> None:
    ended = pynetdicom_apps.app("getscu", "-S", "-od", tmp_path, *keys(3), "127.0.0.1", archive.port)
    assert ended.returncode == 0
    assert {read_sample(path).sop_instance for path in tmp_path.iterdir()} == {
        archived.instance_uid(3, 1, number) for number in (1, 2, 3)
    }


def test_orthanc_queries_and_retrieves(archive: RunningArchive, orthanc_port: int, tmp_path: Path) -> None:
    with orthanc.orthanc(tmp_path / "orthanc", orthanc_port) as server:
        server.add_modality("QRSCP", archive.port)
        query = server.query("QRSCP", "Study", {"PatientID": "P1", "StudyDate": "20200101"})
        assert len(query.answers) == 1
        server.retrieve(query)
        kept = server.instances()
        assert set(kept) == {dcmread(path).SOPInstanceUID for path in _files(archive, 1)}


def test_orthanc_stores(tmp_path: Path) -> None:
    files = archived.write_all(tmp_path)
    with qrscp(tmp_path / "archive") as running, orthanc.orthanc(tmp_path / "orthanc") as server:
        server.add_modality("QRSCP", running.port)
        for path in files:
            server.upload(path)
        server.store("QRSCP", list(server.instances().values()))
        assert len(running.files()) == len(files)
        found = dcmtk.findscu(running.port, LEVEL, "StudyInstanceUID", folder=tmp_path / "found")
        assert len(found.matches) == len(archived.STUDIES)


def _files(archive: RunningArchive, study: int) -> list[Path]:
    return list(archive.folder.glob(f"{study_uid(study)}.*.dcm"))


def test_a_missing_file_is_one_failed_sub_operation(tmp_path: Path) -> None:
    files = archived.write_all(tmp_path)
    with qrscp(tmp_path / "archive") as running:
        assert dcmtools("storescu", "127.0.0.1", running.port, *files).code == 0
        gone = archived.instance_uid(1, 1, 2)
        next(path for path in running.files() if path.name.endswith(gone)).unlink()
        out = tmp_path / "out"
        outcome = dcmtools("getscu", "-S", "127.0.0.1", running.port, "-od", out, *keys(1))
        assert outcome.code == 3
        outcome.error_about("0xB000")
        outcome.error_about("not retrieved", gone)
        assert len(list(out.iterdir())) == 4


def test_more_than_128_presentation_contexts(tmp_path: Path) -> None:
    """140 SOP classes go to the destination in several associations."""
    classes = [f"1.2.826.0.1.3680043.8.498.78.{number}" for number in range(140)]
    study = "1.2.826.0.1.3680043.8.498.79"
    written = [
        write_instance(tmp_path / f"{number}.dcm", sop_class=uid, StudyInstanceUID=study)
        for number, uid in enumerate(classes)
    ]
    port = free_port()
    with (
        qrscp(tmp_path / "archive", "--promiscuous", destinations={DESTINATION: port}) as running,
        storescp(tmp_path, "--promiscuous", port=port) as storage,
    ):
        sent = dcmtools("storescu", "127.0.0.1", running.port, *(item.path for item in written))
        assert sent.code == 0, sent.stderr
        wanted = ("-k", LEVEL, "-k", f"StudyInstanceUID={study}")
        outcome = dcmtools("movescu", "-S", "-aem", DESTINATION, "127.0.0.1", running.port, *wanted)
        assert outcome.code == 0, outcome.stderr
        assert len(storage.files()) == 140


def test_what_the_destination_refuses_is_converted_or_reported(
    dcmtk_encoded: tuple[Sample, ...], tmp_path: Path
) -> None:
    """A destination that takes Implicit VR Little Endian only gets the one that can be converted."""
    plain = write_instance(tmp_path / "plain.dcm", StudyInstanceUID="1.2.3")
    other = next(item for item in dcmtk_encoded if item.transfer_syntax == JPEG2000Lossless)
    port = free_port()
    with (
        qrscp(tmp_path / "archive", destinations={DESTINATION: port}) as running,
        storescp(tmp_path, "-xi", port=port) as storage,
    ):
        assert dcmtools("storescu", "127.0.0.1", running.port, plain.path, other.path).code == 0
        compressed = dcmread(other.path, specific_tags=["StudyInstanceUID"]).StudyInstanceUID
        wanted = ("-k", LEVEL, "-k", f"StudyInstanceUID=1.2.3\\{compressed}")
        outcome = dcmtools("movescu", "-S", "-aem", DESTINATION, "127.0.0.1", running.port, *wanted)
        received = [read_sample(path) for path in storage.files()]
    assert [item.sop_instance for item in received if item.transfer_syntax == ImplicitVRLittleEndian] == [
        plain.sop_instance
    ]
    assert outcome.code in (0, 3)
    if outcome.code == 3:
        outcome.error_about("not retrieved", other.sop_instance)
