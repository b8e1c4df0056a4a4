"""Secrets, which never are on the command line: every user of the machine could see them there."""

from __future__ import annotations

import os
from pathlib import Path

from dcmtools.errors import UnreadableFileError


def secret_file(path: Path) -> bytes:
    """Return what a file holds; raises UnreadableFileError."""
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UnreadableFileError(path, f"cannot be read: {exc.strerror or exc}") from exc


def password(path: Path | None, variable: str) -> bytes | None:
    """Return the first line of the file, without one the value of the environment `variable`.

    None if there is neither. Raises UnreadableFileError.
    """
    if path is not None:
        return secret_file(path).partition(b"\n")[0].removesuffix(b"\r")
    value = os.environ.get(variable)
    return None if value is None else os.fsencode(value)
