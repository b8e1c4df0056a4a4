"""The temporary files in which objects arrive: `.dcmtools-<random>.part`, in the folder they are for.

A part file is locked while it is open, so that what a killed process has left can be told from
the file of a living one, even of one in another container. (See `unnamed_files` for a better way,
where the system has it.)
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

from dcmtools.dicom.sources import Buffer

is_part = re.compile(r"\.dcmtools-[0-9a-f]{16}\.part").fullmatch
"""Whether a name is that of a part file."""

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
MODE = 0o666
"""Permissions of a new file, less the umask as of any."""
_LINKS_UNSUPPORTED = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


class PartFile:
    """A new file without a final name. Its methods raise OSError."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._renamed = False
        while True:
            self.path = part_name(folder)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, MODE)
            if lock(self._descriptor) and os.fstat(self._descriptor).st_nlink:
                break  # else a sweeping process was faster
            os.close(self._descriptor)

    def write(self, *buffers: Buffer) -> None:
        """Write all of `buffers`."""
        write_all(self._descriptor, *buffers)

    def hold(self) -> None:
        """Lock the file while it is open, which it is from its beginning."""

    def open(self) -> int:
        """Return a descriptor from which the file can be read."""
        return os.open(self.path, os.O_RDONLY | _NO_LINK)

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
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, MODE))
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


def part_name(folder: str | PathLike[str]) -> str:
    """Return the path of a part file in `folder` that nobody has."""
    # plain strings: objects for paths would cost a third of the time that a small file takes
    return os.path.join(folder, f".dcmtools-{secrets.token_hex(8)}.part")  # noqa: PTH118


def write_all(descriptor: int, *buffers: Buffer) -> None:
    """Write all of `buffers`, in one step where that can be; raises OSError."""
    written = _write(descriptor, buffers)
    for buffer in buffers:
        if written >= len(buffer):
            written -= len(buffer)
            continue
        rest = memoryview(buffer)[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        written = 0


def _write(descriptor: int, buffers: tuple[Buffer, ...]) -> int:
    if len(buffers) == 1 or not hasattr(os, "writev"):
        return os.write(descriptor, buffers[0])
    return os.writev(descriptor, buffers)


def sweep_parts(folder: Path) -> None:
    """Remove the part files in `folder` that no living process has open.

    Where the file system knows no locks, they stay. Raises OSError when `folder` cannot be read.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_part(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _sweep(Path(entry.path))


if sys.platform == "win32":

    def lock(_descriptor: int) -> bool:
        """Return whether the file is ours: nobody can sweep one that is open."""
        return True

    def _sweep(path: Path) -> None:
        path.unlink()  # fails while another process has it open

else:
    import fcntl

    def lock(descriptor: int) -> bool:
        """Keep an open file from being swept; false when another process is about to."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # no locks here, so that nobody sweeps
        return True

    def _sweep(path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | _NO_LINK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
