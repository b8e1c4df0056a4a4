"""Whether an object that arrives is stored already."""

from __future__ import annotations

import os
from typing import BinaryIO

from dcmtools.dicom.file_head import read_file_meta
from dcmtools.dicom.walk import CutDatasetError

_HEAD = 4096  # bytes that hold the File Meta Information
_COMPARED = 1 << 18  # bytes of two files that are compared at a time


def is_identical(path: str, transfer_syntax_uid: str, dataset: BinaryIO, size: int) -> bool:
    """Return whether the file at `path` has a dataset of `size` bytes, in the same transfer syntax.

    `dataset` is a file at its beginning. Raises nothing: what cannot be read is another object.
    """
    try:
        with _open_to_compare(path) as existing:
            meta = read_file_meta(existing.read(_HEAD))
            if (meta.transfer_syntax_uid, os.fstat(existing.fileno()).st_size - meta.end) != (
                transfer_syntax_uid,
                size,
            ):
                return False
            existing.seek(meta.end)
            while piece := dataset.read(_COMPARED):
                if existing.read(len(piece)) != piece:
                    return False
            return True
    except (OSError, CutDatasetError):
        return False


def _open_to_compare(path: str) -> BinaryIO:
    return open(path, "rb", opener=_open_no_link)


def _open_no_link(path: str, flags: int) -> int:
    """Open a file, but neither what a symbolic link names nor, waiting for a writer, a FIFO."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
