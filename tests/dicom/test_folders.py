from __future__ import annotations

import os
import stat

import pytest

from dcmtools.dicom.folders import make_folders, sync_folders


def test_they_are_made_once(tmp_path):
    for _ in range(2):
        assert make_folders(tmp_path, ("a", "b")) == str(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert make_folders(tmp_path, ()) == str(tmp_path)


@pytest.mark.parametrize("target", ["outside", "inside", "missing", "file"])
def test_a_link_is_not_followed(tmp_path, target):
    root = tmp_path / "root"
    for folder in (root / "inside", tmp_path / "outside"):
        folder.mkdir(parents=True)
    (root / "file").write_bytes(b"")
    (root / "link").symlink_to({"outside": tmp_path / "outside"}.get(target, root / target))
    for names in (("link",), ("link", "further")):
        with pytest.raises(NotADirectoryError):
            make_folders(root, names)
    assert list((tmp_path / "outside").iterdir()) == list((root / "inside").iterdir()) == []


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="a is a link or file"):
        make_folders(tmp_path, ("a",))


def test_the_root_may_be_a_link(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "root")
    make_folders(tmp_path / "link", ("a",))
    assert (tmp_path / "root" / "a").is_dir()


def test_all_of_them_are_synced(tmp_path, monkeypatch):
    synced = []

    def record(descriptor: int) -> None:
        assert stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append(os.fstat(descriptor).st_ino)

    make_folders(tmp_path, ("a", "b"))
    monkeypatch.setattr(os, "fsync", record)
    sync_folders(tmp_path, ("a", "b"))
    assert synced == [folder.stat().st_ino for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
