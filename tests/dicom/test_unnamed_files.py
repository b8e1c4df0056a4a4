from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtools.dicom import unnamed_files
from dcmtools.dicom.part_files import sweep_parts
from dcmtools.dicom.unnamed_files import UnnamedFile, supports_unnamed_files

KILLED_BEFORE_PUBLISHING = """
import os, signal, sys
from dcmtools.dicom.unnamed_files import UnnamedFile
file = UnnamedFile(sys.argv[1])
file.write(b"half of it")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def supported(tmp_path):
    if not supports_unnamed_files(tmp_path):
        pytest.skip("this file system knows no unnamed files")
    assert names(tmp_path) == set()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_nobody_sees_a_file_before_it_has_its_name(tmp_path):
    file = UnnamedFile(tmp_path)
    file.write(b"one ")
    file.write(memoryview(b"two"))
    file.settle(sync=True)
    assert names(tmp_path) == set()
    with os.fdopen(file.open(), "rb") as stream:
        assert stream.read() == b"one two"
    assert file.publish(str(tmp_path / "name"))
    file.remove()
    assert (tmp_path / "name").read_bytes() == b"one two"
    assert names(tmp_path) == {"name"}


def test_the_file_has_the_permissions_of_any_new_file(tmp_path):
    mask = os.umask(0o027)
    try:
        file = UnnamedFile(tmp_path)
        file.publish(str(tmp_path / "name"))
        file.remove()
    finally:
        os.umask(mask)
    assert (tmp_path / "name").stat().st_mode & 0o777 == 0o640


def test_without_a_name_it_is_gone(tmp_path):
    file = UnnamedFile(tmp_path)
    file.write(b"something")
    file.remove()
    file.remove()
    assert names(tmp_path) == set()


def test_a_killed_process_leaves_nothing(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED_BEFORE_PUBLISHING, tmp_path])
    assert names(tmp_path) == set()


def test_publishing_over_a_folder_fails_and_leaves_nothing(tmp_path):
    (tmp_path / "name").mkdir()
    file = UnnamedFile(tmp_path)
    with pytest.raises(OSError, match="directory"):
        file.publish_over(str(tmp_path / "name"))
    file.remove()
    assert names(tmp_path) == {"name"}


def test_the_name_in_between_is_not_swept(tmp_path, monkeypatch):
    replace = os.replace

    def sweep_first(source: str, target: str) -> None:
        sweep_parts(tmp_path)
        replace(source, target)

    monkeypatch.setattr(os, "replace", sweep_first)
    file = UnnamedFile(tmp_path)
    file.publish_over(str(tmp_path / "name"))
    file.remove()
    assert names(tmp_path) == {"name"}


def test_a_file_system_without_them_is_told(tmp_path, monkeypatch):
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", refuse)
        assert not supports_unnamed_files(tmp_path)
    assert not supports_unnamed_files(tmp_path / "missing")
    monkeypatch.setattr(unnamed_files, "_UNNAMED", 0)
    assert not supports_unnamed_files(tmp_path)
    assert names(tmp_path) == set()
