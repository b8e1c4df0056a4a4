"""A mark in the folder of an archive while it is served, by which the next one knows that it was killed."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PREFIX = ".serving-"


@contextmanager
def serving_mark(folder: Path) -> Iterator[bool]:
    """Mark `folder` as served by this process; gives whether a process was killed that served it.

    Several processes may serve it, each with a mark that it holds locked: one that is left without a
    lock is of a process that is gone. Of several that start at once one is told. Its mark goes when the
    block ends; if the block raises, so that what was left may not be put right, the old ones stay.
    """
    if sys.platform == "win32":  # which has no such locks
        yield False
        return
    try:
        own, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
    except OSError:  # nothing can be stored there either, so that nothing can be left half done
        yield False
        return
    fcntl.flock(own, fcntl.LOCK_EX)
    left = [(path, lock) for path in folder.glob(f"{_PREFIX}*") if (lock := _locked(path)) is not None]
    try:
        yield bool(left)
        for path, _ in left:
            path.unlink(missing_ok=True)
    finally:
        Path(name).unlink(missing_ok=True)
        for lock in (own, *(lock for _, lock in left)):
            os.close(lock)


def _locked(path: Path) -> int | None:
    """Return the descriptor of a mark that nobody held, locked now; None where somebody does."""
    with suppress(OSError):
        lock = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
        else:
            return lock
    return None
