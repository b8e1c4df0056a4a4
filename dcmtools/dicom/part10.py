"""DICOM files (PS3.10 section 7): what a sender needs to know of one, and the header of a new one."""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache
from os import PathLike
from struct import Struct, pack
from types import TracebackType
from typing import NamedTuple

from dcmtools.dicom.elements import check_whole, end_of_pixel_data
from dcmtools.dicom.file_head import (
    PREAMBLE_SIZE,
    PREFIX,
    FileMeta,
    read_dataset_uids,
    read_file_meta,
    shown_transfer_syntax,
)
from dcmtools.dicom.sources import Buffer, DeflatedSource, FileSource, Source
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_LITTLE, UNCOMPRESSED, encoding_of, is_deflated
from dcmtools.dicom.walk import CutDatasetError, DatasetError
from dcmtools.errors import (
    DicomdirError,
    FileError,
    MalformedFileError,
    NotDicomError,
    TruncatedFileError,
    UnidentifiedFileError,
    UnreadableFileError,
)

_MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
_STANDARD_ROOT = "1.2.840.10008."

_HEAD = 4096  # bytes that hold the file meta information and the UIDs of nearly all files
_MORE = 1 << 18  # bytes to read for the others

_NO_DATASET = "truncated: there is no dataset"

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not block

_is_uid = re.compile(r"[0-9.]{1,64}").fullmatch
_is_sendable_uid = re.compile(r"[!-~]{1,64}").fullmatch  # many peers abort over a longer one


class InstanceFile(NamedTuple):
    """A file that holds a SOP Instance.

    `offset` is that of the dataset's first byte, `length` the number of the dataset's bytes as
    they are in the file. The UIDs of SOP Class and Instance are the dataset's own, which a
    C-STORE request must name (PS3.4 section B.2.1), whatever the file meta information has.
    """

    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    offset: int
    length: int


class _MoreNeededError(Exception):
    """The bytes that were read of the file do not hold what is looked for."""


def read_instance(path: str | PathLike[str]) -> InstanceFile:
    """Read what a sender needs to know of the SOP Instance in a file, and none of its pixel data.

    Files without preamble, or without file meta information, are read too when they can be
    understood. A transfer syntax that is missing, or that the first element shows to be wrong,
    is replaced by the one that it shows.

    Raises UnreadableFileError, NotDicomError, DicomdirError, TruncatedFileError.
    """
    name = os.fspath(path)
    with _RegularFile(name) as (descriptor, size):
        head = os.read(descriptor, _HEAD)
        try:
            return _find_instance(name, head, size, is_last=len(head) >= size)
        except _MoreNeededError:
            head += os.read(descriptor, _MORE)
        return _find_instance(name, head, size, is_last=True)


def check_complete(instance: InstanceFile, dataset: bytes | None = None) -> None:
    """Check that the dataset of a file is whole; of its values none are read that can be skipped.

    `dataset` are its bytes where they have been read already. Raises TruncatedFileError when the
    dataset is empty or ends inside an element, MalformedFileError when it is malformed,
    UnreadableFileError.
    """
    if instance.length == 0:
        raise TruncatedFileError(instance.path, "truncated: there is no dataset")
    if dataset is not None:
        end = end_of_pixel_data(dataset, instance.transfer_syntax_uid)
        if end != len(dataset):
            _check_whole(instance, dataset, hint=end)
        return
    with _RegularFile(instance.path) as (descriptor, size):
        stop = min(size, instance.offset + instance.length)
        source: Source = FileSource(descriptor, instance.offset, stop)
        if is_deflated(instance.transfer_syntax_uid):
            source = DeflatedSource(source)
        _check_whole(instance, source)


def _check_whole(instance: InstanceFile, dataset: Buffer | Source, hint: int = 0) -> None:
    try:
        check_whole(dataset, instance.transfer_syntax_uid, hint)
    except CutDatasetError as exc:
        raise TruncatedFileError(instance.path, f"truncated: {exc}") from exc
    except DatasetError as exc:
        raise MalformedFileError(instance.path, f"malformed dataset: {exc}") from exc


def encode_file_meta(
    sop_class_uid: str,
    sop_instance_uid: str,
    transfer_syntax_uid: str,
    *,
    implementation_class_uid: str,
    implementation_version_name: str,
    source_aet: str | None = None,
) -> bytes:
    """Encode preamble, prefix and File Meta Information of a new file (PS3.10 section 7.1).

    Raises ValueError for a value of more than 65534 bytes.
    """
    version_and_class = _version_and_class(sop_class_uid)
    instance = _encode(0x03, b"UI", sop_instance_uid)
    others = _others(transfer_syntax_uid, implementation_class_uid, implementation_version_name, source_aet)
    size = len(version_and_class) + len(instance) + len(others)
    return b"".join((_START, _LENGTH.pack(size), version_and_class, instance, others))


_START = bytes(PREAMBLE_SIZE) + PREFIX + pack("<HH2sH", 2, 0, b"UL", 4)
_LENGTH = Struct("<I")


@lru_cache(maxsize=256)  # these are the same for many objects
def _version_and_class(sop_class_uid: str) -> bytes:
    return pack("<HH2sHI2s", 2, 0x01, b"OB", 0, 2, b"\0\1") + _encode(0x02, b"UI", sop_class_uid)


@lru_cache(maxsize=256)
def _others(transfer_syntax_uid: str, class_uid: str, version_name: str, source_aet: str | None) -> bytes:
    elements = [
        _encode(0x10, b"UI", transfer_syntax_uid),
        _encode(0x12, b"UI", class_uid),
        _encode(0x13, b"SH", version_name),
    ]
    if source_aet is not None:
        elements.append(_encode(0x16, b"AE", source_aet))
    return b"".join(elements)


def _encode(number: int, vr: bytes, text: str) -> bytes:
    """Encode one element of group 0002, of a VR with a 16-bit length."""
    value = text.encode("ascii", "backslashreplace")
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    if len(value) > 0xFFFE:
        raise ValueError(f"value of (0002,{number:04X}) is longer than 65534 bytes")
    return pack("<HH2sH", 2, number, vr, len(value)) + value


class _RegularFile:
    """Opens a file to read: its descriptor and size. Errors of the system become UnreadableFileError."""

    __slots__ = ("_descriptor", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._descriptor = -1

    def __enter__(self) -> tuple[int, int]:
        try:
            self._descriptor = os.open(self._name, _OPEN_FLAGS)
            status = os.fstat(self._descriptor)
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
            raise _unreadable(self._name, exc) from exc
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise UnreadableFileError(self._name, "is not a regular file")
        return self._descriptor, status.st_size

    def __exit__(self, kind: type | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._descriptor)
        if isinstance(exc, OSError):
            raise _unreadable(self._name, exc) from exc


def _unreadable(name: str, exc: OSError | ValueError) -> UnreadableFileError:
    reason = exc.strerror if isinstance(exc, OSError) else None
    return UnreadableFileError(name, (reason or str(exc)).lower())


def _find_instance(name: str, head: bytes, size: int, *, is_last: bool) -> InstanceFile:
    """Find the SOP Instance of a file of `size` bytes in its first ones; ask for more unless `is_last`."""
    try:
        meta = read_file_meta(head)
    except CutDatasetError as exc:
        if not is_last:
            raise _MoreNeededError from exc
        raise TruncatedFileError(name, f"truncated: {exc}") from exc
    if meta.sop_class_uid == _MEDIA_STORAGE_DIRECTORY:
        raise DicomdirError(name, "is a DICOMDIR, not a SOP Instance")
    transfer_syntax = _transfer_syntax(name, head, meta)
    sop_class, sop_instance = read_dataset_uids(head, meta.end, transfer_syntax)
    if not (_is_uid(transfer_syntax) and _is_uid(sop_class) and _is_sendable_uid(sop_instance)):
        if not (is_last or (sop_class and sop_instance)):
            raise _MoreNeededError
        instance = InstanceFile(name, sop_class, sop_instance, transfer_syntax, meta.end, size - meta.end)
        raise _refusal(instance, head)
    return InstanceFile(name, sop_class, sop_instance, transfer_syntax, meta.end, size - meta.end)


def _transfer_syntax(name: str, head: bytes, meta: FileMeta) -> str:
    """Return the transfer syntax as stated, or the one that the dataset shows where it must be wrong."""
    stated = meta.transfer_syntax_uid
    if is_deflated(stated):
        return stated
    shown = shown_transfer_syntax(head, meta.end)
    if not stated or stated in UNCOMPRESSED:
        return shown or stated
    if shown and stated.startswith(_STANDARD_ROOT) and encoding_of(shown) != EXPLICIT_LITTLE:
        raise MalformedFileError(name, "the dataset is not encoded as its transfer syntax says")
    return stated


def _refusal(instance: InstanceFile, head: bytes) -> FileError:
    """Say why a file whose UIDs are not all there or not all valid cannot be sent."""
    name = instance.path
    if instance.offset == 0:
        return NotDicomError(name, "not a DICOM file" if head else "the file is empty")
    if instance.length <= 0:
        return TruncatedFileError(name, _NO_DATASET)
    try:
        check_whole(head[instance.offset :], instance.transfer_syntax_uid)
    except CutDatasetError as exc:
        if len(head) >= instance.offset + instance.length:
            return TruncatedFileError(name, f"truncated: {exc}")
    except DatasetError as exc:
        return MalformedFileError(name, f"malformed dataset: {exc}")
    if not _is_uid(instance.transfer_syntax_uid):
        attribute, uid = "Transfer Syntax UID", instance.transfer_syntax_uid
    elif not _is_uid(instance.sop_class_uid):
        attribute, uid = "SOP Class UID", instance.sop_class_uid
    else:
        attribute, uid = "SOP Instance UID", instance.sop_instance_uid
    return UnidentifiedFileError(name, f"has no valid {attribute}: {uid!r}" if uid else f"has no {attribute}")
