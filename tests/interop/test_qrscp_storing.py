"""C-STORE into our archive: what it acknowledged can be found and retrieved, whatever happens."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import config, dcmread

from ..command import ENVIRONMENT, RunningArchive, archive_configuration, dcmtools, qrscp
from ..samples import Sample, datasets, write_instance
from .peers import dcmtk, pynetdicom_apps
from .peers.processes import wait_until

pytestmark = pytest.mark.interop


def verified(folder: Path) -> str:
    """What ``--verify --no-repair`` logs of a stopped archive; nothing must differ."""
    outcome = dcmtools("qrscp", "-v", "-c", archive_configuration(folder), "--verify", "--no-repair")
    assert outcome.code == 0, outcome.stderr
    return outcome.stderr


def found(archive: RunningArchive, folder: Path) -> set[str]:
    """The SOP Instance UIDs that a relational query finds."""
    keys = ("-k", "QueryRetrieveLevel=IMAGE", "-k", "SOPInstanceUID")
    options = ("-S", "--relational-query", "--write", "-q")
    folder.mkdir()
    outcome = dcmtools("findscu", *options, "127.0.0.1", archive.port, *keys, cwd=folder)
    assert outcome.code == 0, outcome.stderr
    return {str(dcmread(path, force=True).SOPInstanceUID) for path in folder.glob("rsp*")}


def test_samples_of_all_kinds_are_stored_byte_for_byte(
    dcmtk_encoded: tuple[Sample, ...], tmp_path: Path
) -> None:
    """Those as well that lack what an index is made of."""
    with qrscp(tmp_path / "archive") as archive:
        options = dcmtk.profile(dcmtk_encoded, tmp_path / "profile.cfg")
        paths = [sample.path for sample in dcmtk_encoded]
        sent = dcmtk.dcmtk("storescu", "-nh", *options, "127.0.0.1", archive.port, *paths)
        assert sent.returncode == 0
        assert datasets(archive.files()) == {sample.on_the_wire for sample in dcmtk_encoded}
        assert found(archive, tmp_path / "found") == {str(sample.sop_instance) for sample in dcmtk_encoded}
    verified(tmp_path / "archive")


def test_pynetdicoms_storescu(tmp_path: Path) -> None:
    item = write_instance(tmp_path / "a.dcm", PatientName="Doe^Jane")
    with qrscp(tmp_path / "archive") as archive:
        assert pynetdicom_apps.app("storescu", "127.0.0.1", archive.port, item.path).returncode == 0
        assert found(archive, tmp_path / "found") == {str(item.sop_instance)}
        log = archive.server.output()
    assert re.search(r"^I: Received C-STORE request from \S+ at ", log, re.MULTILINE)
    for line in (f"SOP Instance UID '{item.sop_instance}'", "Instance added to database"):
        assert f"I: {line}" in log.splitlines()


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    with config.disable_value_validation():
        item = write_instance(tmp_path / "a.dcm", SOPInstanceUID="../../escaped")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with qrscp(tmp_path / "archive") as archive:
        dcmtk.dcmtk("storescu", "127.0.0.1", archive.port, item.path)
        written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(tmp_path / "archive") for path in written)
    assert not list(tmp_path.rglob("escaped*"))


def test_folders_by_attributes(tmp_path: Path) -> None:
    """Another object of the same UID may have another place: both are kept, and the later one is found."""
    uid = "1.2.826.0.1.3680043.8.498.79.1"
    first = write_instance(tmp_path / "a.dcm", PatientID="../A", SOPInstanceUID=uid)
    second = write_instance(tmp_path / "b.dcm", PatientID="B", SOPInstanceUID=uid)
    template = ("--path-template", "{PatientID}/{SOPInstanceUID}.dcm")
    folder = tmp_path / "archive"
    with qrscp(folder, *template) as archive:
        for item in (first, second):
            assert dcmtk.dcmtk("storescu", "127.0.0.1", archive.port, item.path).returncode == 0
        assert datasets(archive.files()) == {first.dataset, second.dataset}
        instances = folder / "instances"
        assert {path.parent.parent for path in archive.files()} == {instances}
        keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=B")
        out = tmp_path / "out"
        assert dcmtools("getscu", "127.0.0.1", archive.port, *keys, "-od", out).code == 0
        assert datasets(out.iterdir()) == {second.dataset}
    outcome = dcmtools("qrscp", *template, "--on-existing", "keep", "--port", "0", cwd=tmp_path)
    assert outcome.code == 1
    assert "on_existing keep is not possible with path_template" in outcome.stderr


def test_the_same_object_again(tmp_path: Path) -> None:
    item = write_instance(tmp_path / "a.dcm")
    with qrscp(tmp_path / "archive") as archive:
        for _ in range(2):
            assert dcmtools("storescu", "127.0.0.1", archive.port, item.path).code == 0
        assert len(archive.files()) == 1
        assert found(archive, tmp_path / "found") == {str(item.sop_instance)}
    verified(tmp_path / "archive")


@pytest.mark.parametrize(
    ("action", "code", "name", "files"),
    [("rename", 0, "Second", 2), ("replace", 0, "Second", 1), ("keep", 1, "First", 1)],
)
def test_another_object_of_the_same_uid(
    tmp_path: Path, action: str, code: int, name: str, files: int
) -> None:
    """Rename keeps the old file, but it is the new one that is found and retrieved."""
    first = write_instance(tmp_path / "a.dcm", SOPInstanceUID="1.2.3", PatientName="First")
    second = write_instance(tmp_path / "b.dcm", SOPInstanceUID="1.2.3", PatientName="Second")
    with qrscp(tmp_path / "archive", "--on-existing", action) as archive:
        assert dcmtools("storescu", "127.0.0.1", archive.port, first.path).code == 0
        assert dcmtools("storescu", "127.0.0.1", archive.port, second.path).code == code
        assert len(archive.files()) == files
        keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
        out = tmp_path / "out"
        outcome = dcmtools("getscu", "127.0.0.1", archive.port, "-od", out, *keys)
        assert outcome.code == 0, outcome.stderr
        assert [str(dcmread(path).PatientName) for path in out.iterdir()] == [name]
    verified(tmp_path / "archive")


def test_killed_while_it_stores(tmp_path: Path) -> None:
    """Whatever was acknowledged before ``kill -9`` is found and retrieved identical afterwards."""
    items = [write_instance(tmp_path / f"{number:03}.dcm", PatientID="K") for number in range(200)]
    folder = tmp_path / "archive"
    with qrscp(folder, "--sync", "data") as archive:
        command = [sys.executable, "-m", "dcmtools", "storescu", "-d", "127.0.0.1", str(archive.port)]
        log = tmp_path / "storescu.log"
        with log.open("wb") as output:
            sender = subprocess.Popen(
                [*command, *(str(item.path) for item in items)], stderr=output, env=ENVIRONMENT
            )
            wait_until(lambda: log.read_bytes().count(b"Received Store Response") >= 40, "40 responses")
            archive.server.process.send_signal(signal.SIGKILL)
            archive.server.process.wait()
            sender.wait()
    responses = re.findall(r"Received Store Response \(Status: 0x0000", log.read_text())
    acknowledged = items[: len(responses)]
    assert 40 <= len(acknowledged) <= 200
    with qrscp(folder) as archive:
        kept = found(archive, tmp_path / "found")
        assert {str(item.sop_instance) for item in acknowledged} <= kept
        keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=K")
        outcome = dcmtools("getscu", "127.0.0.1", archive.port, "-od", tmp_path / "out", *keys)
        assert outcome.code == 0, outcome.stderr
        assert {item.dataset for item in acknowledged} <= datasets((tmp_path / "out").iterdir())
    assert not list((folder / "instances").glob(".*"))
    verified(folder)
