from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.net.events import BadFile, Inaccessible, Skipped
from dcmtools.net.inputs import plan_inputs
from tests.samples import sample

names = st.text("aB-./~é ", min_size=1, max_size=3).filter(lambda name: name.strip("./") and "/" not in name)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)


def write(folder: Path, path: str) -> None:
    """Write a file; passed over where a file is in the way of a folder, or the other way round."""
    target = folder / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"no DICOM file")
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        pass


def all_files(folder: Path) -> list[str]:
    return sorted(f"{below}/{name}" for below, _, files in os.walk(folder) for name in files)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(paths, max_size=12))
def test_files_come_in_the_order_of_their_names(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("tree")
    for path in tree:
        write(folder, path)
    found = list(plan_inputs([str(folder)], recurse=True))
    assert [event.path for event in found] == all_files(folder)
    assert all(isinstance(event, Skipped) for event in found)


def test_each_file_comes_once_whatever_it_is_named_by(tmp_path):
    for path in ("a/1", "a/2", "b/3", "4"):
        write(tmp_path, path)
    roots = [tmp_path / "b", tmp_path, tmp_path / "a", tmp_path / "a", tmp_path / "a" / "2"]
    found = list(plan_inputs(map(str, roots), recurse=True))
    assert [event.path for event in found] == all_files(tmp_path)
    assert [type(event) for event in found] == [Skipped, Skipped, BadFile, Skipped]


def test_folders_below_are_for_recursion_only(tmp_path):
    for path in ("1", "below/2", "below/further/3"):
        write(tmp_path, path)
    assert [event.path for event in plan_inputs([str(tmp_path)])] == [str(tmp_path / "1")]


def test_links_to_folders_are_not_followed(tmp_path):
    write(tmp_path, "a/1")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "1")
    found = [event.path for event in plan_inputs([str(tmp_path)], recurse=True)]
    assert found == [str(tmp_path / "a" / "1"), str(tmp_path / "a" / "link")]


def test_what_is_not_there_is_told_first(tmp_path):
    found = list(plan_inputs([sample("CT_small.dcm"), str(tmp_path / "missing"), "a\0b"]))
    assert found[:2] == [Inaccessible(str(tmp_path / "missing")), Inaccessible("a\0b")]
    assert isinstance(found[2], InstanceFile)


def test_folders_are_listed_when_it_is_their_turn(tmp_path, monkeypatch):
    listed: list[str] = []
    scandir = os.scandir

    def record(path: str) -> object:
        listed.append(Path(path).name)
        return scandir(path)

    for number in range(5):
        write(tmp_path, f"{number}/file")
    monkeypatch.setattr(os, "scandir", record)
    found = plan_inputs([str(tmp_path)], recurse=True)
    next(found)
    assert listed == [tmp_path.name, "0"]
    assert len(list(found)) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_cannot_be_listed_is_passed_over(tmp_path):
    write(tmp_path, "a/1")
    (tmp_path / "b").mkdir(0o000)
    assert len(list(plan_inputs([str(tmp_path)], recurse=True))) == 1
