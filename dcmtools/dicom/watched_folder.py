"""A folder of files that others write, and that are read again when they change."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from dcmtools.dicom.privacy import discreet, discreet_message
from dcmtools.dicom.text import safe_text
from dcmtools.errors import FileError, UnreadableFileError

_LOGGER = logging.getLogger(__name__)

Content = TypeVar("Content")

_SETTLING = 2 * 10**9  # ns; within it a second change of a file may leave the same time of change


class _Seen(NamedTuple, Generic[Content]):
    """What is known of a file."""

    signature: tuple[int, int, int]
    """Time of change (ns), size (bytes) and inode."""
    is_settled: bool
    """Whether a later change will show in the signature."""
    content: Content | None


class WatchedFolder(Generic[Content]):
    """The files of `folder`, not of folders in it, each as `read` makes of it; for several threads.

    A file is read once for each change of it. One for which `read` raises FileError is logged and
    left out, and so, without a word, are empty files and those whose name begins with a dot, which
    are locks or still being written.
    """

    def __init__(self, folder: Path, read: Callable[[Path], Content]) -> None:
        self._folder = folder
        self._read = read
        self._seen: dict[str, _Seen[Content]] = {}
        self._lock = threading.Lock()

    def contents(self) -> list[Content]:
        """Return the contents of all files as they are now, in order of their names.

        Raises UnreadableFileError when the folder cannot be read.
        """
        with self._lock:
            self._seen = {name: self._look(name, status) for name, status in sorted(self._files().items())}
            return [seen.content for seen in self._seen.values() if seen.content is not None]

    def _files(self) -> dict[str, os.stat_result]:
        try:
            with os.scandir(self._folder) as entries:
                return {
                    entry.name: entry.stat()
                    for entry in entries
                    if not entry.name.startswith(".") and entry.is_file() and entry.stat().st_size
                }
        except OSError as exc:
            raise UnreadableFileError(self._folder, (exc.strerror or str(exc)).lower()) from exc

    def _look(self, name: str, status: os.stat_result) -> _Seen[Content]:
        """Return what is known of a file, after reading it if it may have changed."""
        signature = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._seen.get(name)
        is_new = known is None or known.signature != signature
        if known is not None and known.is_settled and not is_new:
            return known
        is_settled = time.time_ns() - status.st_mtime_ns > _SETTLING
        content = None
        try:
            content = self._read(self._folder / name)
        except FileError as error:
            if is_new:
                text = f"{discreet(error.path)}: {discreet_message(error.reason)}"
                _LOGGER.warning("%s; it is left out", safe_text(text))
        return _Seen(signature, is_settled, content)
