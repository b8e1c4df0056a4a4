"""Where received objects go: paths by attributes, and what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread

from ..command import dcmtools, storescp
from ..samples import Sample, datasets, read_sample, sample, write_instance
from .conftest import Archive
from .peers import dcmtk

pytestmark = pytest.mark.interop

TEMPLATE = "{PatientID}/{StudyDate:%Y}/{Modality}-{SeriesNumber|'none'}/{SOPInstanceUID}.dcm"
PATIENT = "98890234"
KEYS = ("-k", "QueryRetrieveLevel=PATIENT", "-k", f"PatientID={PATIENT}")


def of_patient(archive: Archive) -> list[Sample]:
    return [item for item in archive.samples if dcmread(item.path).PatientID == PATIENT]


def place(item: Sample) -> str:
    """Where TEMPLATE puts an object whose values are safe, as pydicom reads them."""
    dataset = dcmread(item.path)
    year, number = (dataset.StudyDate or "_")[:4], dataset.get("SeriesNumber")
    series = f"{dataset.Modality}-{'none' if number is None else number}"
    return f"{dataset.PatientID}/{year}/{series}/{dataset.SOPInstanceUID}.dcm"


def files(folder: Path) -> dict[str, bytes]:
    """The datasets of all files below a folder, by path within it."""
    return {
        str(path.relative_to(folder)): read_sample(path).dataset
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_storescp(tmp_path: Path) -> None:
    sent = [read_sample(sample(name)) for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm")]
    with storescp(tmp_path, "--path-template", TEMPLATE, "--sync", "full") as storage:
        outcome = dcmtools("storescu", "127.0.0.1", storage.port, *[item.path for item in sent])
        assert outcome.code == 0, outcome.stderr
        assert files(storage.folder) == {place(item): item.dataset for item in sent}
        assert f"I: Storing DICOM file: {place(sent[0])}" in storage.server.output().splitlines()


@pytest.mark.parametrize("patient_id", ["../../escaped", "/tmp/escaped", "..", "a\x1b[2Jb", "CON"])
def test_a_hostile_patient(tmp_path: Path, patient_id: str) -> None:
    item = write_instance(tmp_path / "1.dcm", PatientID=patient_id)
    with storescp(tmp_path, "--path-template", "{PatientID}/{SOPInstanceUID}.dcm") as storage:
        before = {path for path in tmp_path.rglob("*") if path.suffix != ".log"}
        assert dcmtk.dcmtk("storescu", "127.0.0.1", storage.port, item.path).returncode == 0
        new = {path for path in tmp_path.rglob("*") if path.suffix != ".log"} - before
        assert "\x1b" not in storage.server.output()
    [file] = (path for path in new if path.is_file())
    assert file.parent.parent == storage.folder
    assert file.name == f"{item.sop_instance}.dcm"
    assert read_sample(file).dataset == item.dataset


def test_a_quota_lets_the_association_go_on(tmp_path: Path) -> None:
    """DCMTK's storescu shows the status and, with -nh, sends the rest."""
    small = [write_instance(tmp_path / f"{number}.dcm") for number in range(2)]
    large = write_instance(tmp_path / "large.dcm", TextValue="x" * 60_000)
    with storescp(tmp_path, "--max-size", "20K") as storage:
        paths = [item.path for item in (small[0], large, small[1])]
        done = dcmtk.dcmtk("storescu", "-v", "-nh", "127.0.0.1", storage.port, *paths)
        assert "Refused: OutOfResources" in done.stdout + done.stderr
        assert datasets(storage.files()) == {item.dataset for item in small}
        errors = [line for line in storage.server.output().splitlines() if line.startswith("E: ")]
    assert len(errors) == 1
    assert "0xA700 (Failure: Out of resources): the quota of 20480 bytes is reached" in errors[0]


def test_getscu(exact_archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = dcmtools("getscu", *exact_archive.address, "-od", out, *KEYS, "--path-template", TEMPLATE)
    assert outcome.code == 0, outcome.stderr
    assert set(files(out)) == set(map(place, of_patient(exact_archive)))


def test_getscu_without_room(exact_archive: Archive, tmp_path: Path) -> None:
    """What fits is stored, the rest refused: done in part."""
    sizes = sorted(item.path.stat().st_size for item in of_patient(exact_archive))
    out, room = tmp_path / "out", sum(sizes[:2]) + 4096
    outcome = dcmtools("getscu", *exact_archive.address, "-od", out, *KEYS, "--max-size", room)
    assert outcome.code == 3, outcome.stderr
    outcome.error_about("0xA700", f"the quota of {room} bytes is reached")
    assert 0 < sum(path.stat().st_size for path in out.iterdir()) <= room


def test_getscu_without_any_room(exact_archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools(
        "getscu", *exact_archive.address, "-od", tmp_path / "out", *KEYS, "--min-free", "999999T"
    )
    assert outcome.code == 1, outcome.stderr
    outcome.error_about("0xA700", "bytes have to stay free")
    assert list((tmp_path / "out").iterdir()) == []


def test_movescu(exact_archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    receiver = ("--store", "--store-port", exact_archive.move_port, "-od", out, "--path-template", TEMPLATE)
    outcome = dcmtools("movescu", *receiver, *exact_archive.address, *KEYS)
    assert outcome.code == 0, outcome.stderr
    assert set(files(out)) == set(map(place, of_patient(exact_archive)))
