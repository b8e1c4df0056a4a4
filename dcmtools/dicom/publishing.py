"""Giving a file that has arrived its name, so that it can be taken back without harm to others.

A file is locked from before it has its name until it is settled whether it stays: who stores another
object of that name waits for it, in this process or another one. Where the file system knows no locks,
and on Windows, nobody waits.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress

from dcmtools.dicom.part_files import PartFile, part_name
from dcmtools.dicom.unnamed_files import UnnamedFile

if sys.platform != "win32":
    import fcntl

_EXISTING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Publication:
    """The naming of one file. Its methods raise OSError.

    With `hold` nobody else who holds takes the name, or relies on the file that has it, before `close`.
    """

    def __init__(self, file: UnnamedFile | PartFile, *, hold: bool) -> None:
        self._file = file
        self._hold = hold
        self._existing = -1  # descriptor of the file that had the name, locked
        self._path: str | None = None  # the name that the file has got
        self._backup: str | None = None  # another name of what had that name before
        if hold:
            file.hold()

    def put(self, path: str) -> bool:
        """Give the file the name `path` unless something has it, and return whether it was free."""
        if not self._file.publish(path):
            return False
        self._path = path
        return True

    def put_over(self, path: str) -> bool:
        """Give the file the name `path`, whatever has it, and return whether something had."""
        if not self._hold:
            is_taken = os.path.lexists(path)
            self._file.publish_over(path)
            return is_taken
        while not self.put(path):
            if self.rely_on(path):
                self._backup = _second_name(path)
                self._file.publish_over(path)
                self._path = path
                return True
        return False

    def rely_on(self, path: str) -> bool:
        """Wait until it is settled that what has the name `path` stays; false when it has gone."""
        if not self._hold:
            return True
        self.let_go()
        try:
            self._existing = os.open(path, _EXISTING)
        except FileNotFoundError:
            return False
        except OSError:  # what cannot be opened is nobody's object
            return True
        _wait_for(self._existing)
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._existing), os.lstat(path)):
                return True
        self.let_go()
        return False

    def let_go(self) -> None:
        """Rely no more on what had a name that was wanted."""
        if self._existing >= 0:
            os.close(self._existing)
            self._existing = -1

    def take_back(self) -> None:
        """Let everything be as if the file had never had its name."""
        if self._backup is not None:
            with suppress(OSError):
                os.replace(self._backup, self._path or "")  # noqa: PTH105
                self._backup = None
        elif self._path is not None:
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108

    def close(self) -> None:
        """Let others have the name, or what has it now."""
        if self._backup is not None:
            with suppress(OSError):
                os.unlink(self._backup)  # noqa: PTH108
        self.let_go()


def _second_name(path: str) -> str:
    """Give what has the name `path` another one beside it, under which it is swept if we are killed."""
    backup = part_name(os.path.dirname(path))  # noqa: PTH120
    try:
        os.link(path, backup)
    except OSError:  # no links here
        shutil.copy2(path, backup, follow_symlinks=False)
    return backup


if sys.platform == "win32":

    def _wait_for(_descriptor: int) -> None:
        pass

else:

    def _wait_for(descriptor: int) -> None:
        """Wait for the lock of a file, where the file system has locks."""
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
