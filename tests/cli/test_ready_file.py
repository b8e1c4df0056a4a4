from __future__ import annotations

from pathlib import Path

import pytest

from dcmtools.cli.ready_file import ready_file, remove_stale
from dcmtools.errors import FileError


def test_it_has_the_port_while_the_block_runs(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    with ready_file(path, 11112):
        assert path.read_text() == "11112\n"
        assert list(tmp_path.iterdir()) == [path]
    assert list(tmp_path.iterdir()) == []


def test_it_goes_when_the_block_is_interrupted(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), ready_file(tmp_path / "ready", 104):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_that_of_the_next_server_stays(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    with ready_file(path, 1):
        path.unlink()
        path.write_text("2\n")
    assert path.read_text() == "2\n"


def test_one_that_was_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    path.write_text("1\n")
    remove_stale(path)
    remove_stale(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nowhere/ready", "folder"])
def test_a_file_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match=f"{name}: cannot be written"), ready_file(tmp_path / name, 104):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
