"""Where the files of an archive are, as its index keeps it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes


class StoredPaths:
    """The paths of files as an index keeps them: relative to its folder within it, in ASCII characters."""

    def __init__(self, folder: Path) -> None:
        self._root = os.path.abspath(folder)  # noqa: PTH100 - keeps symbolic links as they are
        self._prefix = os.path.join(self._root, "")  # noqa: PTH118

    def stored(self, path: str) -> str:
        """Return what is kept of a path."""
        path = os.path.abspath(path)  # noqa: PTH100
        if path.startswith(self._prefix):
            path = path[len(self._prefix) :]
        return quote_from_bytes(os.fsencode(path.replace(os.sep, "/")), safe="/:")

    def actual(self, stored: str) -> str:
        """Return the path that `stored` stands for."""
        path = os.fsdecode(unquote_to_bytes(stored)) if "%" in stored else stored
        return os.path.join(self._root, path)  # noqa: PTH118 - an absolute path stays as it is

    def is_relative(self, stored: str) -> bool:
        """Return whether `stored` stands for a path within the folder."""
        return self.actual(stored).startswith(self._prefix)
