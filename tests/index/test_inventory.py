from __future__ import annotations

from pathlib import Path

import pytest

from dcmtools.dicom.query import Level
from dcmtools.index.catalog import Catalog
from dcmtools.index.inventory import FileState, State

from .instances import answers, question, write_instance


def _uids(catalog: Catalog) -> list[str]:
    return [uid for (uid,) in answers(catalog, question(Level.IMAGE, SOPInstanceUID=""))]


def _short(states: list[FileState]) -> list[tuple[str, State]]:
    return sorted((Path(state.path).name, state.state) for state in states)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with files, some in folders of their own; some are not DICOM, or not whole yet."""
    folder = tmp_path / "elsewhere"
    (folder / "deeper").mkdir(parents=True)
    for number, name in enumerate(["a", "b", "deeper/c"]):
        write_instance(folder / name, SOPInstanceUID=f"1.{number}")
    (folder / "notes.txt").write_text("no DICOM here, although this is quite a long text\n" * 5)
    (folder / ".dcmtools-0123456789abcdef.part").write_bytes(b"\0" * 200)
    return folder


def test_files_are_taken_over_where_they_are(catalog: Catalog, elsewhere: Path) -> None:
    states = list(catalog.take_over(elsewhere))
    indexed = [("a", State.INDEXED), ("b", State.INDEXED), ("c", State.INDEXED)]
    assert _short(states) == [*indexed, ("notes.txt", State.UNUSABLE)]
    assert _uids(catalog) == ["1.0", "1.1", "1.2"]
    assert sorted(path.name for path in elsewhere.rglob("[a-z]*")) == ["a", "b", "c", "deeper", "notes.txt"]
    again = list(catalog.take_over(elsewhere))
    assert _short(again) == _short(states)
    assert _uids(catalog) == ["1.0", "1.1", "1.2"]


def test_an_instance_stays_with_the_file_that_it_was_indexed_from(
    catalog: Catalog, folder: Path, elsewhere: Path
) -> None:
    first = write_instance(folder / "first", SOPInstanceUID="1.0")
    catalog.add(first)
    (elsewhere / "b").write_bytes((elsewhere / "deeper/c").read_bytes())
    states = list(catalog.take_over(elsewhere))
    duplicates = {state.path: state.reason for state in states if state.state is State.DUPLICATE}
    assert duplicates == {
        str(elsewhere / "a"): f"its SOP Instance is indexed from {first.path}",
        str(elsewhere / "deeper/c"): f"its SOP Instance is indexed from {elsewhere / 'b'}",
    }
    Path(first.path).unlink()
    assert ("a", State.INDEXED) in _short(list(catalog.take_over(elsewhere)))


def test_a_folder_that_is_not_there_is_named(catalog: Catalog, tmp_path: Path) -> None:
    (state,) = catalog.take_over(tmp_path / "none")
    assert state == FileState(str(tmp_path / "none"), State.UNUSABLE, "no such file or directory")


def test_differences_are_found_and_mended(catalog: Catalog, folder: Path) -> None:
    for number, name in enumerate(["same", "gone", "grown", "broken", "other"]):
        catalog.add(
            write_instance(folder / name, SOPInstanceUID=f"1.{number}", SeriesInstanceUID=f"1.{number}")
        )
    assert list(catalog.verify()) == []

    (folder / "gone").unlink()
    write_instance(folder / "grown", SOPInstanceUID="1.2", SeriesInstanceUID="1.2", PatientComments="more")
    (folder / "broken").write_bytes(b"\0" * 1000)
    write_instance(folder / "other", SOPInstanceUID="1.9")
    write_instance(folder / "new", SOPInstanceUID="1.8")
    expected = [
        ("broken", State.MISSING),
        ("gone", State.MISSING),
        ("grown", State.CHANGED),
        ("new", State.NOT_INDEXED),
        ("other", State.CHANGED),
    ]
    found = [state for state in catalog.verify() if state.state is not State.UNUSABLE]
    assert _short(found) == expected
    assert not any(state.mended for state in found)

    mended = [state for state in catalog.verify(repair=True) if state.state is not State.UNUSABLE]
    assert _short(mended) == expected
    assert all(state.mended for state in mended)
    assert _uids(catalog) == ["1.0", "1.2", "1.8", "1.9"]
    assert _short(list(catalog.verify())) == [("broken", State.UNUSABLE)]


def test_a_file_that_cannot_be_read_stays_indexed(catalog: Catalog, folder: Path) -> None:
    catalog.add(write_instance(folder / "a"))
    (folder / "a").unlink()
    (folder / "a").mkdir()
    assert _short(list(catalog.verify(repair=True))) == [("a", State.UNUSABLE)]
    assert len(_uids(catalog)) == 1


def test_files_elsewhere_are_verified_and_indexed_anew(
    catalog: Catalog, folder: Path, elsewhere: Path
) -> None:
    catalog.add(write_instance(folder / "own", SOPInstanceUID="1.7", PatientName="First"))
    list(catalog.take_over(elsewhere))
    (elsewhere / "a").unlink()
    assert _short(list(catalog.verify())) == [("a", State.MISSING)]
    states = [state for state in catalog.rebuild() if state.state is State.INDEXED]
    assert _short(states) == [("b", State.INDEXED), ("c", State.INDEXED), ("own", State.INDEXED)]
    assert _uids(catalog) == ["1.1", "1.2", "1.7"]
    assert list(catalog.verify()) == []


def test_many_files_are_compared_some_at_a_time(catalog: Catalog, folder: Path) -> None:
    for number in range(1100):
        write_instance(folder / f"{number:04}", SOPInstanceUID=f"1.{number}")
    assert sum(state.state is State.NOT_INDEXED for state in catalog.verify()) == 1100
    assert sum(state.mended for state in catalog.verify(repair=True)) == 1100
    assert list(catalog.verify()) == []
