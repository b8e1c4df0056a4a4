"""The dataset of a file in another transfer syntax with native pixel data (PS3.5 annex A)."""

from __future__ import annotations

import zlib
from pathlib import Path

from pydicom.uid import UID

from dcmtools.dicom.decompressing import can_decompress, decompress
from dcmtools.dicom.elements import check_whole
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.transcoding import transcode
from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_VR_LITTLE_ENDIAN,
    UNCOMPRESSED,
    encoding_of,
    is_deflated,
)
from dcmtools.dicom.walk import CutDatasetError, DatasetError
from dcmtools.errors import ConversionError, UnreadableFileError

__all__ = ["UNCOMPRESSED", "convert"]


def convert(instance: InstanceFile, transfer_syntax_uid: str) -> bytes:
    """Return the dataset of a file in another one of the transfer syntaxes UNCOMPRESSED.

    In its own transfer syntax it comes as it is. A compressed one is decompressed, where there is a
    codec for it. The dataset is held in memory, twice for a while.

    Raises ConversionError where that cannot be done, or for a dataset that is cut or malformed;
    UnreadableFileError.
    """
    source, target = instance.transfer_syntax_uid, transfer_syntax_uid
    is_compressed = source not in UNCOMPRESSED
    if target not in UNCOMPRESSED:
        raise _error(instance, target, "only uncompressed transfer syntaxes can be converted to")
    if is_compressed and not can_decompress(source):
        raise _error(instance, target, "there is no codec for it here")
    try:
        with Path(instance.path).open("rb") as file:
            file.seek(instance.offset)
            data = file.read(instance.length)
    except OSError as exc:
        raise UnreadableFileError(instance.path, (exc.strerror or str(exc)).lower()) from exc
    if source == target:
        return data
    if is_compressed:
        try:
            data = decompress(data, source)
        except ValueError as exc:
            raise _error(instance, target, str(exc)) from exc
        source = EXPLICIT_VR_LITTLE_ENDIAN
    try:
        if is_deflated(source):
            data = _inflate(data)
        if encoding_of(source) == encoding_of(target):
            check_whole(data, EXPLICIT_VR_LITTLE_ENDIAN)
        else:
            data = bytes(transcode(data, encoding_of(source), encoding_of(target)))
    except DatasetError as exc:
        raise _error(instance, target, str(exc)) from exc
    return _deflate(data) if is_deflated(target) else data


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data)
    except zlib.error as exc:
        raise CutDatasetError("the deflated dataset is broken") from exc
    if not inflater.eof:
        raise CutDatasetError("the deflated dataset is cut")
    return inflated


def _deflate(data: bytes) -> bytes:
    """Deflate a dataset, to an even number of bytes (PS3.5 section A.5)."""
    deflated = zlib.compress(data, wbits=-zlib.MAX_WBITS)
    return deflated + bytes(len(deflated) % 2)


def _error(instance: InstanceFile, target: str, reason: str) -> ConversionError:
    names = f"{UID(instance.transfer_syntax_uid).name} to {UID(target).name}"
    return ConversionError(instance.path, f"cannot be converted from {names}: {reason}")
