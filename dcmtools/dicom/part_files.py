"""The temporary files in which objects arrive: `.dcmtools-<random>.part`, in the folder they are for.

A part file is locked while it is open, so that what a killed process has left can be told from
the file of a living one, even of one in another container.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import sys
from contextlib import suppress
from os import PathLike
from pathlib import Path

_is_part = re.compile(r"\.dcmtools-[0-9a-f]{16}\.part").fullmatch

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_MODE = 0o666  # less the umask, as of any new file
_LINKS_UNSUPPORTED = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


class PartFile:
    """A new file without a final name. Its methods raise OSError."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        # plain strings: objects for paths would cost a third of the time that a small file takes
        self._renamed = False
        while True:
            self.path = os.path.join(folder, f".dcmtools-{secrets.token_hex(8)}.part")  # noqa: PTH118
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, _MODE)
            if _is_ours(self._descriptor):
                break
            os.close(self._descriptor)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`."""
        written = os.write(self._descriptor, data)
        if written < len(data):
            rest = memoryview(data)
            while rest := rest[written:]:
                written = os.write(self._descriptor, rest)

    def settle(self, *, sync: bool) -> None:
        """Make sure that all was taken, with `sync` by the disk, before the file gets its name."""
        if sync:
            os.fsync(self._descriptor)
        if sys.platform == "win32":  # where an open file cannot be renamed or removed
            self._close()
        else:
            os.close(os.dup(self._descriptor))  # a network file system tells at a close that it is full

    def publish(self, path: str) -> bool:
        """Give the file the name `path` unless something has it, and return whether it was free."""
        try:
            os.link(self.path, path)
        except FileExistsError:
            return False
        except OSError as exc:
            if exc.errno not in _LINKS_UNSUPPORTED:
                raise
            return self._publish_without_link(path)
        return True

    def publish_over(self, path: str) -> None:
        """Give the file the name `path` in place of whatever file or link has it."""
        os.replace(self.path, path)  # noqa: PTH105
        self._renamed = True

    def remove(self) -> None:
        """Take away the name that the file began with, and with it the file unless it was published."""
        if sys.platform == "win32":
            self._close()
        if not self._renamed:
            with suppress(OSError):
                os.unlink(self.path)  # noqa: PTH108
        self._close()

    def _publish_without_link(self, path: str) -> bool:
        """Hold the name with an empty file first: a rename alone would replace another object."""
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, _MODE))
        except FileExistsError:
            return False
        try:
            self.publish_over(path)
        except OSError:
            os.unlink(path)  # noqa: PTH108
            raise
        return True

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with suppress(OSError):
                os.close(descriptor)


def sweep_parts(folder: Path) -> None:
    """Remove the part files in `folder` that no living process has open.

    Where the file system knows no locks, they stay. Raises OSError when `folder` cannot be read.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_part(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _sweep(Path(entry.path))


if sys.platform == "win32":

    def _is_ours(_descriptor: int) -> bool:
        return True

    def _sweep(path: Path) -> None:
        path.unlink()  # fails while another process has it open

else:
    import fcntl

    def _is_ours(descriptor: int) -> bool:
        """Lock a file that was just created; false when a sweeping process was faster."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # no locks here, so that nobody sweeps
        return os.fstat(descriptor).st_nlink > 0

    def _sweep(path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | _NO_LINK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
