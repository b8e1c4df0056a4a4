"""A file that is there while a server listens, and says on which port."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcmtools.errors import FileError


def remove_stale(path: Path) -> None:
    """Remove what a server that was killed has left, so that nobody takes it for that of a new one."""
    with suppress(OSError):
        path.unlink()


@contextmanager
def ready_file(path: Path, port: int) -> Iterator[None]:
    """Keep a file with the number of a port while the block runs; whoever sees it can read all of it.

    Raises FileError when it cannot be written.
    """
    try:
        own = _write(path, f"{port}\n")
    except OSError as exc:
        raise FileError(path, f"cannot be written: {exc.strerror or exc}") from exc
    try:
        yield
    finally:
        with suppress(OSError):
            if _identity(path) == own:  # else it is that of the next server
                path.unlink()


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from others that have its name, one after the other."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def _write(path: Path, text: str) -> tuple[int, int]:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        Path(name).chmod(0o644)  # it is for others to read
        written = _identity(Path(name))
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return written
