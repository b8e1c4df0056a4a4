"""Files without any name until they are whole: nobody sees them, and no killed process leaves them.

Linux has them on most local file systems (open(2), O_TMPFILE); elsewhere `part_files` does the same
with names that are swept.
"""

from __future__ import annotations

import os
from contextlib import suppress
from os import PathLike

from dcmtools.dicom.part_files import MODE, lock, part_name, write_all
from dcmtools.dicom.sources import Buffer

_UNNAMED: int = getattr(os, "O_TMPFILE", 0)


class UnnamedFile:
    """A new file in `folder` that has no name yet. Its methods raise OSError."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = folder
        self._descriptor = os.open(folder, os.O_WRONLY | _UNNAMED, MODE)

    def write(self, *buffers: Buffer) -> None:
        """Write all of `buffers`."""
        write_all(self._descriptor, *buffers)

    def settle(self, *, sync: bool) -> None:
        """Make sure, with `sync`, that the disk has all, before the file gets its name."""
        if sync:
            os.fsync(self._descriptor)

    def hold(self) -> None:
        """Lock the file while it is open, so that others who want its name can wait."""
        lock(self._descriptor)

    def open(self) -> int:
        """Return a descriptor from which the file can be read."""
        return os.open(self._path, os.O_RDONLY)

    def publish(self, path: str) -> bool:
        """Give the file the name `path` unless something has it, and return whether it was free."""
        try:
            self._link(path)
        except FileExistsError:
            return False
        return True

    def publish_over(self, path: str) -> None:
        """Give the file the name `path` in place of whatever file or link has it."""
        lock(self._descriptor)  # nobody sweeps the name that it has in between
        between = part_name(self._folder)
        self._link(between)
        try:
            os.replace(between, path)  # noqa: PTH105
        except OSError:
            with suppress(OSError):
                os.unlink(between)  # noqa: PTH108
            raise

    def remove(self) -> None:
        """Close the file; unless it was published, that is its end."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with suppress(OSError):
                os.close(descriptor)

    @property
    def _path(self) -> str:
        return f"/proc/self/fd/{self._descriptor}"

    def _link(self, path: str) -> None:
        # a descriptor, whichever, makes Python follow the link that _path is
        os.link(self._path, path, src_dir_fd=self._descriptor, follow_symlinks=True)


def supports_unnamed_files(folder: str | PathLike[str]) -> bool:
    """Try out whether files in `folder` can be made without a name and get one."""
    if not _UNNAMED:
        return False
    try:
        file = UnnamedFile(folder)
    except OSError:
        return False
    name = part_name(folder)
    try:
        file.publish(name)
        os.unlink(name)  # noqa: PTH108
    except OSError:
        return False
    finally:
        file.remove()
    return True
