"""The dataset of a file, piece by piece, as it goes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain

from dcmtools.dicom.converting import convert
from dcmtools.dicom.part10 import InstanceFile, check_complete
from dcmtools.dicom.transfer_syntaxes import is_deflated
from dcmtools.errors import UnreadableFileError

_PIECE = 1 << 20  # bytes; a multiple of no fragment size in particular, but even


def whole_dataset(instance: InstanceFile, transfer_syntax_uid: str) -> Iterator[bytes]:
    """Yield the dataset of `instance` in `transfer_syntax_uid`, once it is known to be whole.

    The bytes are those of the file where that is its own transfer syntax; only a deflated dataset
    of odd length gets the zero byte that it lacks (PS3.5 section A.5). The first piece is read at
    once, so that a file which cannot be read, is cut or cannot be converted raises here:
    UnreadableFileError, TruncatedFileError or ConversionError.
    """
    if transfer_syntax_uid != instance.transfer_syntax_uid:
        check_complete(instance)
        return iter([convert(instance, transfer_syntax_uid)])
    padding = [b"\0"] if instance.length % 2 and is_deflated(transfer_syntax_uid) else []
    if instance.length > _PIECE:
        check_complete(instance)
        return chain(dataset_pieces(instance), padding)
    [data] = dataset_pieces(instance)
    check_complete(instance, data)
    return iter([b"".join((data, *padding))])


def dataset_pieces(instance: InstanceFile) -> Iterator[bytes]:
    """Return the bytes of the dataset as they are in the file, in pieces of constant size.

    The first is read at once. Raises UnreadableFileError, then and later.
    """
    descriptor = _open(instance)
    try:
        first = _read(instance, descriptor, min(instance.length, _PIECE))
    finally:
        os.close(descriptor)
    return iter([first]) if len(first) == instance.length else _pieces(instance, first)


def _pieces(instance: InstanceFile, first: bytes) -> Iterator[bytes]:
    yield first
    descriptor = _open(instance, skip=len(first))
    try:
        remaining = instance.length - len(first)
        while remaining:
            piece = _read(instance, descriptor, min(remaining, _PIECE))
            remaining -= len(piece)
            yield piece
    finally:
        os.close(descriptor)


def _open(instance: InstanceFile, *, skip: int = 0) -> int:
    """Open the file at its dataset, `skip` bytes into it, and return the descriptor."""
    try:
        descriptor = os.open(instance.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as exc:
        raise UnreadableFileError(instance.path, exc.strerror or str(exc)) from exc
    os.lseek(descriptor, instance.offset + skip, os.SEEK_SET)
    return descriptor


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
