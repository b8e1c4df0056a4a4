"""The dataset of a file, piece by piece, as it goes out."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dcmtools.dicom.converting import convert
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.errors import UnreadableFileError

_PIECE = 1 << 20  # bytes; a multiple of no fragment size in particular, but even


def dataset_pieces(instance: InstanceFile, transfer_syntax_uid: str) -> Iterator[bytes]:
    """Yield the dataset of `instance` in `transfer_syntax_uid`.

    The bytes are those of the file where that is its own transfer syntax. The first piece is read
    before the first is asked for, so that a file which cannot be read or converted raises here:
    UnreadableFileError or ConversionError.
    """
    if transfer_syntax_uid != instance.transfer_syntax_uid:
        return iter([convert(instance, transfer_syntax_uid)])
    try:
        descriptor = os.open(instance.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as exc:
        raise UnreadableFileError(instance.path, exc.strerror or str(exc)) from exc
    try:
        os.lseek(descriptor, instance.offset, os.SEEK_SET)
        first = _read(instance, descriptor, min(instance.length, _PIECE))
    except BaseException:
        os.close(descriptor)
        raise
    return _pieces(instance, descriptor, first)


def _pieces(instance: InstanceFile, descriptor: int, first: bytes) -> Iterator[bytes]:
    try:
        yield first
        remaining = instance.length - len(first)
        while remaining:
            piece = _read(instance, descriptor, min(remaining, _PIECE))
            remaining -= len(piece)
            yield piece
    finally:
        os.close(descriptor)


def _read(instance: InstanceFile, descriptor: int, size: int) -> bytes:
    """Read exactly `size` bytes."""
    try:
        data = os.read(descriptor, size)
        while len(data) < size:
            more = os.read(descriptor, size - len(data))
            if not more:
                raise UnreadableFileError(instance.path, "the file became shorter while it was sent")
            data += more
    except OSError as exc:
        raise UnreadableFileError(instance.path, exc.strerror or str(exc)) from exc
    return data
