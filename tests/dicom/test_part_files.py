from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtools.dicom.part_files import PartFile, sweep_parts
from dcmtools.dicom.unnamed_files import UnnamedFile, supports_unnamed_files

HOLD_A_PART_FILE = """
import sys
from pathlib import Path
from dcmtools.dicom.part_files import PartFile
part = PartFile(Path(sys.argv[1]))
part.write(b"half of it")
print(Path(part.path), flush=True)
sys.stdin.read()
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_part_file_is_hidden_and_of_no_other_name(tmp_path):
    first, second = PartFile(tmp_path), PartFile(tmp_path)
    assert Path(first.path).parent == Path(second.path).parent == tmp_path
    assert Path(first.path) != Path(second.path)
    assert Path(first.path).name.startswith(".dcmtools-")
    assert Path(first.path).name.endswith(".part")
    first.remove()
    second.remove()
    assert names(tmp_path) == set()


def test_a_file_gets_its_name_with_all_of_its_bytes(tmp_path):
    part = PartFile(tmp_path)
    part.write(b"one ")
    part.write(memoryview(b"two"))
    part.settle(sync=True)
    assert part.publish(tmp_path / "name")
    part.remove()
    assert names(tmp_path) == {"name"}
    assert (tmp_path / "name").read_bytes() == b"one two"


def test_a_short_write_is_gone_on_with(tmp_path, monkeypatch):
    part = PartFile(tmp_path)
    monkeypatch.setattr(os, "write", lambda descriptor, data, write=os.write: write(descriptor, data[:3]))
    part.write(b"twelve bytes")
    assert Path(part.path).read_bytes() == b"twelve bytes"
    part.remove()


@pytest.mark.parametrize("taken", [1, 3, 4, 5, 9, 11, 12])
def test_a_short_write_of_several_buffers_is_gone_on_with(tmp_path, monkeypatch, taken):
    part = PartFile(tmp_path)
    monkeypatch.setattr(os, "write", lambda descriptor, data, write=os.write: write(descriptor, data[:2]))
    monkeypatch.setattr(
        os,
        "writev",
        lambda descriptor, buffers, write=os.writev: write(descriptor, [b"".join(buffers)[:taken]]),
        raising=False,
    )
    part.write(b"four", b"", bytearray(b"bytes"), memoryview(b"and"))
    assert Path(part.path).read_bytes() == b"fourbytesand"
    part.remove()


def test_an_error_at_the_close_is_raised_before_the_file_has_its_name(tmp_path, monkeypatch):
    part = PartFile(tmp_path)
    descriptors: list[int] = []

    def fail(descriptor: int) -> int:
        descriptors.append(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "dup", fail)
    with pytest.raises(OSError, match="No space left"):
        part.settle(sync=False)
    assert len(descriptors) == 1
    part.remove()


@pytest.fixture(params=[PartFile, UnnamedFile])
def new_file(request, tmp_path):
    """Makes files of each kind: all publish alike."""
    if request.param is UnnamedFile and not supports_unnamed_files(tmp_path):
        pytest.skip("this file system knows no unnamed files")
    return request.param


@pytest.mark.parametrize("taken_by", ["file", "folder", "link", "dangling link"])
def test_a_name_that_is_taken_stays_so(tmp_path, new_file, taken_by):
    name, elsewhere = tmp_path / "name", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"other")
    if taken_by == "file":
        name.write_bytes(b"other")
    elif taken_by == "folder":
        name.mkdir()
    else:
        name.symlink_to(elsewhere if taken_by == "link" else tmp_path / "nothing")
    before = name.lstat()
    part = new_file(tmp_path)
    assert not part.publish(name)
    part.remove()
    assert name.lstat().st_ino == before.st_ino
    assert elsewhere.read_bytes() == b"other"
    assert names(tmp_path) == {"name", "elsewhere"}


def test_publishing_over_a_link_replaces_the_link(tmp_path, new_file):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"other")
    (tmp_path / "name").symlink_to(elsewhere)
    part = new_file(tmp_path)
    part.write(b"new")
    part.publish_over(tmp_path / "name")
    part.remove()
    assert elsewhere.read_bytes() == b"other"
    assert not (tmp_path / "name").is_symlink()
    assert (tmp_path / "name").read_bytes() == b"new"


@pytest.fixture
def without_links(monkeypatch):
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("without_links")
def test_a_file_system_without_hard_links_is_good_enough(tmp_path):
    first, second = PartFile(tmp_path), PartFile(tmp_path)
    first.write(b"first")
    assert first.publish(tmp_path / "name")
    assert not second.publish(tmp_path / "name")
    first.remove()
    second.remove()
    assert names(tmp_path) == {"name"}
    assert (tmp_path / "name").read_bytes() == b"first"


@pytest.mark.usefixtures("without_links")
def test_a_name_that_was_held_is_given_up_when_the_rename_fails(tmp_path, monkeypatch):
    part = PartFile(tmp_path)

    def fail(*arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="Input/output error"):
        part.publish(tmp_path / "name")
    part.remove()
    assert names(tmp_path) == set()


def test_an_error_of_a_link_is_raised(tmp_path):
    part = PartFile(tmp_path)
    with pytest.raises(FileNotFoundError):
        part.publish(tmp_path / "missing" / "name")
    part.remove()


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_PART_FILE, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        path = Path(process.stdout.readline().strip())
        own = PartFile(tmp_path)
        sweep_parts(tmp_path)
        assert names(tmp_path) == {path.name, Path(own.path).name}
        process.kill()
        process.wait()
        sweep_parts(tmp_path)
        assert names(tmp_path) == {Path(own.path).name}
        own.remove()


def test_nothing_is_swept_but_part_files(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    part = ".dcmtools-0123456789abcdef.part"
    kept = ("CT.1.2.3", ".part", "x" + part, part + "x", part.replace("0", "g"), ".dcmtools-01.part")
    for name in kept:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / part.replace("0", "1")).symlink_to(elsewhere)
    (tmp_path / part.replace("0", "2")).mkdir()
    before = names(tmp_path)
    (tmp_path / part).write_bytes(b"")
    sweep_parts(tmp_path)
    assert names(tmp_path) == before


def test_a_file_that_is_swept_before_it_is_locked_is_not_written_to(tmp_path, monkeypatch):
    created = []

    def create(path: Path, *arguments: int, open_file=os.open) -> int:
        descriptor = open_file(path, *arguments)
        created.append(path)
        if len(created) == 1:
            monkeypatch.undo()
            sweep_parts(tmp_path)
            monkeypatch.setattr(os, "open", create)
        return descriptor

    monkeypatch.setattr(os, "open", create)
    part = PartFile(tmp_path)
    assert created[-1] == part.path
    assert len(created) == 2
    assert names(tmp_path) == {Path(part.path).name}
    part.remove()


def test_a_file_that_is_being_swept_is_not_written_to(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    attempts = []

    def busy_at_first(descriptor: int, operation: int, flock=fcntl.flock) -> None:
        attempts.append(descriptor)
        if len(attempts) == 1:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", busy_at_first)
    part = PartFile(tmp_path)
    assert len(attempts) == 2
    part.remove()
    monkeypatch.undo()
    sweep_parts(tmp_path)
    assert names(tmp_path) == set()


def test_where_there_are_no_locks_nothing_is_swept(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def unsupported(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    part = PartFile(tmp_path)
    sweep_parts(tmp_path)
    assert names(tmp_path) == {Path(part.path).name}
    part.remove()
