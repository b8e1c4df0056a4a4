"""Files that are read again when they change."""

import logging
import os
import threading
from pathlib import Path

import pytest

from dcmtools.dicom.watched_folder import WatchedFolder
from dcmtools.errors import FileError, UnreadableFileError

LONG_AGO = 1_500_000_000


class Reader:
    """Reads text, and counts; a text that begins with "bad" is an error."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: Path) -> str:
        self.read.append(path.name)
        text = path.read_text()
        if text.startswith("bad"):
            raise FileError(path, f"is {text}")
        return text


def write(path: Path, text: str, *, changed: int = LONG_AGO) -> None:
    path.write_text(text)
    os.utime(path, (changed, changed))


def test_files_are_read_once_for_each_change(tmp_path: Path) -> None:
    reader = Reader()
    folder = WatchedFolder(tmp_path, reader)
    assert folder.contents() == []
    write(tmp_path / "b", "two")
    write(tmp_path / "a", "one")
    assert folder.contents() == ["one", "two"] == folder.contents()
    assert reader.read == ["a", "b"]
    write(tmp_path / "a", "new one")
    write(tmp_path / "b", "TWO", changed=LONG_AGO + 1)
    assert folder.contents() == ["new one", "TWO"] == folder.contents()
    assert reader.read == ["a", "b", "a", "b"]
    (tmp_path / "a").unlink()
    assert folder.contents() == ["TWO"]
    assert reader.read == ["a", "b", "a", "b"]


def test_a_file_that_takes_the_place_of_another_is_read(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, Reader())
    write(tmp_path / "a", "one")
    assert folder.contents() == ["one"]
    write(tmp_path / ".new", "two")
    (tmp_path / ".new").replace(tmp_path / "a")
    assert folder.contents() == ["two"]


def test_a_change_at_the_same_time_as_the_one_before_is_seen(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, Reader())
    path = tmp_path / "a"
    path.write_text("one")
    status = path.stat()
    assert folder.contents() == ["one"]
    path.write_text("two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert folder.contents() == ["two"]


def test_a_bad_file_is_logged_once_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = WatchedFolder(tmp_path, Reader())
    write(tmp_path / "a\n", "bad")
    (tmp_path / "b").write_text("bad too")  # so young that it is read each time
    write(tmp_path / "c", "good")
    with caplog.at_level(logging.WARNING):
        assert folder.contents() == ["good"] == folder.contents()
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}/a\\x0a: is bad; it is left out",
        f"{tmp_path}/b: is bad too; it is left out",
    ]
    write(tmp_path / "a\n", "better")
    assert folder.contents() == ["better", "good"]


def test_what_is_no_file_to_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader()
    (tmp_path / "lockfile").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dangling").symlink_to("nowhere")
    write(tmp_path / ".hidden", "bad")
    assert WatchedFolder(tmp_path, reader).contents() == []
    assert reader.read == []
    assert not caplog.records


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        WatchedFolder(tmp_path / "nowhere", Reader()).contents()


def test_several_threads_read_a_file_once(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / f"{number:02}", str(number))
    reader = Reader()
    folder = WatchedFolder(tmp_path, reader)
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(folder.contents())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[str(number) for number in range(20)]] * 8
    assert len(reader.read) == 20
