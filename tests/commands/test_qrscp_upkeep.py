"""``qrscp --clean``, ``--index``, ``--verify`` and ``--rebuild``: work on an archive that nobody serves."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import dcmread

from ..command import ENVIRONMENT, Outcome, archive_configuration, dcmtools, qrscp
from ..samples import datasets, write_instance

QUESTION = (
    "This will delete all instances from both the storage directory and the database. "
    "Are you sure you wish to continue? [yes/no]: "
)


def upkeep(folder: Path, *options: object, answer: str | None = None) -> Outcome:
    """Run qrscp with options of upkeep on the archive in `folder`; `answer` is typed in."""
    if answer is None:
        return dcmtools("qrscp", "-v", "-c", archive_configuration(folder), *options)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dcmtools",
            "qrscp",
            "-v",
            "-c",
            archive_configuration(folder),
            *map(str, options),
        ],
        input=answer,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an archive with the instances 1.2.3.1 to 1.2.3.5 of patient P1."""
    files = [write_instance(tmp_path / f"{n}.dcm", SOPInstanceUID=f"1.2.3.{n}").path for n in range(1, 6)]
    with qrscp(tmp_path / "archive") as archive:
        assert dcmtools("storescu", "127.0.0.1", archive.port, *files).code == 0
    return tmp_path / "archive"


def files(folder: Path) -> list[Path]:
    return sorted((folder / "instances").glob("[!.]*"))


def indexed(folder: Path, tmp_path: Path) -> set[str]:
    """The SOP Instance UIDs that are found and can be retrieved."""
    out = tmp_path / f"out-{sum(1 for _ in tmp_path.iterdir())}"
    out.mkdir()
    with qrscp(folder) as archive:
        keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
        assert dcmtools("getscu", "127.0.0.1", archive.port, "-od", out, *keys).code == 0
    return {str(dcmread(path).SOPInstanceUID) for path in out.iterdir()}


ALL = {f"1.2.3.{n}" for n in range(1, 6)}


def test_cleaning_asks(folder: Path) -> None:
    outcome = upkeep(folder, "--clean", answer="yes\n")
    assert outcome.code == 0, outcome.stderr
    assert outcome.stdout + outcome.stderr != ""
    assert QUESTION in outcome.stdout + outcome.stderr
    assert files(folder) == []
    lines = outcome.stderr.splitlines()
    assert "I: Storage directory cleaned successfully" in lines
    assert "I: Database cleaned successfully" in lines


@pytest.mark.parametrize("answer", ["no\n", "y\n", "YES\n", "\n"])
def test_any_other_answer_cleans_nothing(folder: Path, tmp_path: Path, answer: str) -> None:
    assert upkeep(folder, "--clean", answer=answer).code == 0
    assert len(files(folder)) == 5
    assert indexed(folder, tmp_path) == ALL


def test_cleaning_without_anyone_to_ask(folder: Path) -> None:
    outcome = upkeep(folder, "--clean")
    assert outcome.code == 1
    outcome.error_about("--yes")
    assert len(files(folder)) == 5


def test_cleaning_unasked(folder: Path, tmp_path: Path) -> None:
    assert upkeep(folder, "--clean", "--yes").code == 0
    assert files(folder) == []
    assert indexed(folder, tmp_path) == set()


def test_cleaning_leaves_what_is_not_its_own(folder: Path, tmp_path: Path) -> None:
    """Files of others in the folder, and files elsewhere that it has taken over."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    taken = write_instance(elsewhere / "taken.dcm", SOPInstanceUID="1.2.3.9")
    letter = folder / "instances" / "letter.txt"
    letter.write_text("Dear colleague\n")
    assert upkeep(folder, "--index", elsewhere).code == 0
    assert upkeep(folder, "--clean", "--yes").code == 0
    assert files(folder) == [letter]
    assert taken.path.exists()
    assert indexed(folder, tmp_path) == set()


def test_taking_over_files(folder: Path, tmp_path: Path) -> None:
    """Where they are, folders below included; what is no SOP Instance is passed over."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "below").mkdir(parents=True)
    write_instance(elsewhere / "a.dcm", SOPInstanceUID="1.2.3.8")
    write_instance(elsewhere / "below" / "b.dcm", SOPInstanceUID="1.2.3.9")
    (elsewhere / "notes.txt").write_text("no DICOM\n" * 40)
    before = datasets(elsewhere.rglob("*.dcm"))
    outcome = upkeep(folder, "--index", elsewhere)
    assert outcome.code == 0, outcome.stderr
    assert len(files(folder)) == 5
    assert datasets(elsewhere.rglob("*.dcm")) == before
    assert indexed(folder, tmp_path) == ALL | {"1.2.3.8", "1.2.3.9"}
    assert upkeep(folder, "--verify").code == 0


def test_taking_over_what_is_not_there(folder: Path, tmp_path: Path) -> None:
    outcome = upkeep(folder, "--index", tmp_path / "nowhere")
    assert outcome.code == 1
    outcome.error_about("nowhere")


def test_an_archive_that_is_as_it_should_be(folder: Path) -> None:
    outcome = upkeep(folder, "--verify")
    assert outcome.code == 0, outcome.stderr
    assert "I: database and files agree" in outcome.stderr.splitlines()


def test_differences_are_named_and_repaired(folder: Path, tmp_path: Path) -> None:
    """A file without an entry, an entry without a file, and a file that has become another one."""
    present = files(folder)
    present[0].unlink()
    write_instance(folder / "instances" / "new.dcm", SOPInstanceUID="1.2.3.9")
    write_instance(present[1], SOPInstanceUID="1.2.3.2", PatientComments="changed")
    outcome = upkeep(folder, "--verify", "--no-repair")
    assert outcome.code == 3
    outcome.error_about(present[0].name)
    outcome.error_about("new.dcm")
    outcome.error_about(present[1].name)
    assert upkeep(folder, "--verify", "--no-repair").code == 3
    repaired = upkeep(folder, "--verify")
    assert repaired.code == 0, repaired.stderr
    assert upkeep(folder, "--verify", "--no-repair").code == 0
    assert indexed(folder, tmp_path) == ALL - {"1.2.3.1"} | {"1.2.3.9"}


def test_rebuilding(folder: Path, tmp_path: Path) -> None:
    """From the files alone: whatever the database is."""
    for path in folder.glob("instances.sqlite*"):
        path.unlink()
    assert upkeep(folder, "--rebuild").code == 0
    assert indexed(folder, tmp_path) == ALL
    assert upkeep(folder, "--verify").code == 0


def test_an_archive_that_was_moved(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    assert upkeep(moved, "--verify").code == 0
    assert indexed(moved, tmp_path) == ALL


@pytest.mark.parametrize("option", ["--verify", "--rebuild"])
def test_a_folder_that_is_not_there(folder: Path, tmp_path: Path, option: str) -> None:
    """A disk that is not mounted is no reason to forget all instances."""
    (folder / "instances").rename(folder / "elsewhere")
    outcome = upkeep(folder, option)
    assert outcome.code == 1
    outcome.error_about("instances", "no such folder")
    (folder / "elsewhere").rename(folder / "instances")
    assert indexed(folder, tmp_path) == ALL


@pytest.mark.parametrize(
    "options",
    [
        ("--yes",),
        ("--no-repair",),
        ("--clean", "--verify"),
        ("--rebuild", "--verify"),
        ("--index", "a", "--clean"),
    ],
)
def test_what_does_not_go_together(options: tuple[str, ...]) -> None:
    assert dcmtools("qrscp", *options).code == 2


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "instances").mkdir()
    (tmp_path / "instances.sqlite").write_text("This is a letter.\n" * 100)
    for options in ((), ("--verify",), ("--clean", "--yes")):
        outcome = dcmtools("qrscp", "-c", archive_configuration(tmp_path), *options)
        assert outcome.code == 1
        [line] = outcome.errors()
        assert "instances.sqlite" in line


@pytest.mark.parametrize("options", [(), ("--clean", "--yes"), ("--verify",)])
def test_a_configuration_that_is_wrong(tmp_path: Path, options: tuple[str, ...]) -> None:
    """One line on standard error, and nothing else is done."""
    (tmp_path / "qrscp.ini").write_text("[DEFAULT]\nprot: 1\n")
    outcome = dcmtools("qrscp", "-c", tmp_path / "qrscp.ini", *options, cwd=tmp_path)
    assert outcome.code == 1
    assert len(outcome.stderr.splitlines()) == 1
    outcome.error_about("qrscp.ini", "prot")
    assert [path.name for path in tmp_path.iterdir()] == ["qrscp.ini"]
