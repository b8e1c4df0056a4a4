from __future__ import annotations

import errno
import shutil
import threading
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom import room as room_module
from dcmtools.dicom.part_files import part_name
from dcmtools.dicom.room import Room, size_of_files


@pytest.fixture
def patience_is_over(monkeypatch):
    monkeypatch.setattr(room_module, "_PATIENCE", 0)


def test_all_files_but_unfinished_ones_count(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name, size in (("x", 5), ("a/y", 7), ("a/b/z", 11), (part_name(tmp_path), 100)):
        (tmp_path / name).write_bytes(bytes(size))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "x")
    assert size_of_files(tmp_path) == 23
    assert size_of_files(tmp_path / "missing") == 0


def test_a_quota(tmp_path):
    (tmp_path / "before").write_bytes(bytes(60))
    room = Room(tmp_path, max_size=100)
    room.take(30)
    room.take(10)
    with pytest.raises(OSError, match="the quota of 100 bytes is reached") as caught:
        room.take(1)
    assert caught.value.errno == errno.ENOSPC
    room.give_back(10)
    room.take(10)
    room.keep(40)
    with pytest.raises(OSError, match="quota"):
        room.take(1)


@pytest.mark.usefixtures("patience_is_over")
def test_what_others_delete_makes_room(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(bytes(60))
    room = Room(tmp_path, max_size=100)
    room.take(40)
    with pytest.raises(OSError, match="quota"):
        room.take(50)
    other.unlink()
    room.take(50)


def test_a_full_folder_is_not_counted_again_at_once(tmp_path, monkeypatch):
    counts = []
    monkeypatch.setattr(room_module, "size_of_files", lambda folder: counts.append(folder) or 100)
    room = Room(tmp_path, max_size=100)
    for _ in range(100):
        with pytest.raises(OSError, match="quota"):
            room.take(1)
    assert len(counts) == 1


def test_what_has_to_stay_free(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1000, 0, 100))
    room = Room(tmp_path, min_free=90)
    room.take(10)
    with pytest.raises(OSError, match="90 bytes have to stay free"):
        room.take(11)


def test_threads_do_not_exceed_it(tmp_path):
    room, barrier = Room(tmp_path, max_size=1000), threading.Barrier(8)

    def work(_: int) -> int:
        barrier.wait()
        taken = 0
        for _ in range(100):
            try:
                room.take(3)
                taken += 3
            except OSError:
                pass
        return taken

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 999


@given(st.lists(st.tuples(st.sampled_from(["keep", "give back"]), st.integers(1, 40)), max_size=30))
def test_it_never_lets_in_too_much(tmp_path_factory, steps):
    room, kept = Room(tmp_path_factory.getbasetemp() / "nothing here", max_size=100), 0
    for step, size in steps:
        try:
            room.take(size)
        except OSError:
            assert kept + size > 100
            continue
        assert kept + size <= 100
        if step == "keep":
            room.keep(size)
            kept += size
        else:
            room.give_back(size)
