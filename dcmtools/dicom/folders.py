"""Folders within the folder in which objects are stored."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from os import PathLike


def make_folders(root: str | PathLike[str], names: Sequence[str]) -> str:
    """Return the path of the folders `names`, one in another within `root`, made if need be.

    A symbolic link among them is not followed, wherever it leads. (Who may change `root` beside
    us could put one there afterwards.) Raises OSError.
    """
    path = os.fspath(root)
    for name in names:
        path = os.path.join(path, name)  # noqa: PTH118 - for every object
        with suppress(FileExistsError):
            os.mkdir(path)  # noqa: PTH102
        found = os.lstat(path)
        # a junction of Windows is a folder with a reparse tag
        if not stat.S_ISDIR(found.st_mode) or getattr(found, "st_reparse_tag", 0) != 0:
            raise NotADirectoryError(errno.ENOTDIR, f"{name} is a link or file in place of a folder")
    return path


def sync_folders(root: str | PathLike[str], names: Sequence[str]) -> None:
    """Make sure that the disk has what is named in the innermost of the folders. Raises OSError.

    So it has to have the names of all, even of those that another thread has just made.
    """
    if sys.platform == "win32":  # where a folder cannot be opened
        return
    path = os.fspath(root)
    _sync(path)
    for name in names:
        path = os.path.join(path, name)  # noqa: PTH118
        _sync(path)


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
