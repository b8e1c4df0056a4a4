"""How much may be stored in a folder: a quota, and what has to stay free on its disk."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from contextlib import suppress
from os import PathLike

from dcmtools.dicom.part_files import is_part

_PATIENCE = 5.0  # seconds between two counts of a folder that is full


class Room:
    """Lets files grow in `folder` while they are not more than `max_size` bytes together.

    `min_free` bytes have to stay free on the disk; None is no limit, for either. What others store
    or delete in the folder is noticed when the quota is reached. Threads share a room, not processes.
    """

    def __init__(
        self, folder: str | PathLike[str], *, max_size: int | None = None, min_free: int | None = None
    ) -> None:
        self._folder = folder
        self._max_size = max_size
        self._min_free = min_free
        self._lock = threading.Lock()
        self._kept: int | None = None  # None: not counted yet
        self._arriving = 0
        self._counted = 0.0

    def take(self, size: int) -> None:
        """Take room for the next `size` bytes of a file; raises OSError (ENOSPC) when there is not enough."""
        with self._lock:
            if self._max_size is not None and not self._fits(size, self._max_size):
                raise OSError(errno.ENOSPC, f"the quota of {self._max_size} bytes is reached")
            if self._min_free is not None and shutil.disk_usage(self._folder).free - size < self._min_free:
                raise OSError(errno.ENOSPC, f"{self._min_free} bytes have to stay free")
            self._arriving += size

    def keep(self, size: int) -> None:
        """Say that a file has got its name, for which room of `size` bytes was taken."""
        with self._lock:
            self._arriving -= size
            if self._kept is not None:
                # one that replaces another counts twice until the next count: too much, never too little
                self._kept += size

    def give_back(self, size: int) -> None:
        """Say that a file is gone, for which room of `size` bytes was taken."""
        with self._lock:
            self._arriving -= size

    def _fits(self, size: int, most: int) -> bool:
        if self._kept is None:
            self._kept = self._count()
        if self._kept + self._arriving + size > most and time.monotonic() - self._counted >= _PATIENCE:
            self._kept = self._count()
        return self._kept + self._arriving + size <= most

    def _count(self) -> int:
        self._counted = time.monotonic()
        return size_of_files(self._folder)


def limited_room(folder: str | PathLike[str], max_size: int | None, min_free: int | None) -> Room | None:
    """Return the room in a folder with these limits, None without any; None and 0 are no limit."""
    if not (max_size or min_free):
        return None
    return Room(folder, max_size=max_size or None, min_free=min_free or None)


def size_of_files(folder: str | PathLike[str]) -> int:
    """Return the bytes of all files in a folder and those below it, but for unfinished ones.

    Symbolic links are not followed; what cannot be looked at does not count.
    """
    total, folders = 0, [os.fspath(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):  # it was deleted meanwhile
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file(follow_symlinks=False) and not is_part(entry.name):
                        total += entry.stat(follow_symlinks=False).st_size
    return total
