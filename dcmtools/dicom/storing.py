"""Storing received SOP Instances: whole or not at all, and never one over another unasked."""

from __future__ import annotations

import enum
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from dcmtools.dicom.file_head import read_file_meta
from dcmtools.dicom.part_files import PartFile, sweep_parts
from dcmtools.dicom.sources import Buffer, FileSource, Source
from dcmtools.dicom.unnamed_files import UnnamedFile, supports_unnamed_files
from dcmtools.dicom.walk import CutDatasetError
from dcmtools.errors import StorageError

OUT_OF_RESOURCES = 0xA700
DUPLICATE_SOP_INSTANCE = 0x0111

_PREFIXES = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CTE",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MRE",
    "1.2.840.10008.5.1.4.1.1.6.1": "US",
    "1.2.840.10008.5.1.4.1.1.6.2": "USE",
    "1.2.840.10008.5.1.4.1.1.7": "SC",
    "1.2.840.10008.5.1.4.1.1.12.1": "XA",
    "1.2.840.10008.5.1.4.1.1.12.1.1": "XAE",
    "1.2.840.10008.5.1.4.1.1.20": "NM",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.130": "PTE",
    "1.2.840.10008.5.1.4.1.1.481.1": "RI",
    "1.2.840.10008.5.1.4.1.1.481.2": "RD",
    "1.2.840.10008.5.1.4.1.1.481.3": "RS",
    "1.2.840.10008.5.1.4.1.1.481.5": "RP",
}
_NO_PREFIX = "UN"

_is_uid = re.compile(r"[0-9.]{1,64}").fullmatch
_LONGEST_INVALID_UID = 40  # characters that are kept of it, for the eye

_HEAD = 4096  # bytes that hold the File Meta Information
_GATHERED = 65536  # bytes that are gathered for one write: most small objects as a whole
_COMPARED = 1 << 18  # bytes of two files that are compared at a time


class OnExisting(enum.StrEnum):
    """What to do with an object whose file name is taken by another one."""

    REPLACE = "replace"
    """Put the new one in its place."""
    KEEP = "keep"
    """Keep the old one, and refuse the new one unless both are identical."""
    RENAME = "rename"
    """Keep both, even identical ones."""


class Sync(enum.StrEnum):
    """What must be on the disk before an object counts as stored."""

    NONE = "none"
    """Nothing: it survives the end of this process, but perhaps not a loss of power."""
    DATA = "data"
    """The content of the file."""
    FULL = "full"
    """The content of the file, and its name in the folder."""


class Outcome(enum.StrEnum):
    """What became of an object that was stored."""

    STORED = "stored"
    IDENTICAL = "identical"
    """The same dataset in the same transfer syntax was there already, and stayed."""
    REPLACED = "replaced"
    RENAMED = "renamed"
    """It is beside another object, under a name with a number."""


class Stored(NamedTuple):
    """Where an object is, and the size of its dataset in bytes."""

    path: str
    outcome: Outcome
    size: int


def file_name(sop_class_uid: str, sop_instance_uid: str) -> str:
    """Return the name for the file of a SOP Instance, one component of a path whatever the UIDs are.

    An invalid UID becomes a name of its own, with a hash: no two UIDs share a name.
    """
    prefix = _PREFIXES.get(sop_class_uid, _NO_PREFIX)
    if _is_uid(sop_instance_uid):
        return f"{prefix}.{sop_instance_uid}"
    shown = re.sub(r"[^0-9.]", "_", sop_instance_uid[:_LONGEST_INVALID_UID])
    digest = hashlib.sha256(sop_instance_uid.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}.{shown}-{digest[:32]}"


class InstanceStore:
    """A folder in which received SOP Instances are stored; threads and processes may share it.

    `on_existing` says what happens to an object whose name is taken; None: of two identical
    ones the first is kept, of two different ones both are, the second as ``NAME-1``.
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        on_existing: OnExisting | None = None,
        sync: Sync = Sync.NONE,
    ) -> None:
        self.folder = Path(folder)
        self.on_existing = on_existing
        self.sync = sync
        self._unnamed: bool | None = None  # whether files can be without a name; None: not tried yet

    def prepare(self) -> None:
        """Create the folder, and remove from it what interrupted processes have left unfinished.

        A folder that cannot be written to is no error yet: it may come back, and until then
        each object is refused. Raises StorageError when the folder cannot be created.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep_parts(self.folder)
            self._unnamed = supports_unnamed_files(self.folder)
        except OSError as exc:
            reason = exc.strerror or str(exc)
            raise StorageError(f"cannot store in {self.folder}: {reason}", OUT_OF_RESOURCES) from exc

    def receive(
        self, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, file_meta: bytes
    ) -> InstanceSink:
        """Begin to store a SOP Instance; `file_meta` is all that comes before the dataset in the file."""
        path = os.path.join(self.folder, file_name(sop_class_uid, sop_instance_uid))  # noqa: PTH118 - quick
        return InstanceSink(self, path, transfer_syntax_uid, file_meta)

    def new_file(self) -> UnnamedFile | PartFile:
        """Create the file for an object that arrives; raises OSError."""
        if self._unnamed is None:
            self._unnamed = supports_unnamed_files(self.folder)
        return UnnamedFile(self.folder) if self._unnamed else PartFile(self.folder)


class InstanceSink:
    """Takes a dataset as it arrives; nobody sees the object before `commit`, and nothing stays without it.

    As a context manager it discards what was not committed.
    """

    def __init__(self, store: InstanceStore, path: str, transfer_syntax_uid: str, file_meta: bytes) -> None:
        self._store = store
        self._path = path
        self._transfer_syntax_uid = transfer_syntax_uid
        self._meta_size = len(file_meta)
        self._size = 0
        self._gathered = bytearray(file_meta)
        self._file: UnnamedFile | PartFile | None = None
        self._closed = False

    def __enter__(self) -> InstanceSink:
        return self

    def __exit__(self, kind: type | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.discard()

    def write(self, data: Buffer) -> None:
        """Take the next bytes of the dataset; `data` may be used for others afterwards.

        Raises StorageError (0xA700); the sink is discarded then.
        """
        self._check_open()
        self._size += len(data)
        if len(self._gathered) + len(data) <= _GATHERED:
            self._gathered += data
            return
        try:
            if len(data) < _GATHERED:
                self._flush()
                self._gathered += data
            else:
                self._flush(data)
        except OSError as exc:
            self.discard()
            raise _out_of_resources(self._path, exc) from exc

    @contextmanager
    def written(self) -> Iterator[Source]:
        """Open what has been written of the dataset; raises StorageError as `write` does."""
        self._check_open()
        try:
            with os.fdopen(self._flush().open(), "rb", buffering=0) as stream:
                yield FileSource(stream.fileno(), self._meta_size, self._meta_size + self._size)
        except OSError as exc:
            self.discard()
            raise _out_of_resources(self._path, exc) from exc

    def commit(self) -> Stored:
        """Give the object its name, whole and only if all of it could be written.

        Raises StorageError: 0x0111 when another object was to be kept, 0xA700 for any error of
        the file system; nothing of the object remains then.
        """
        self._check_open()
        try:
            file = self._flush()
            file.settle(sync=self._store.sync is not Sync.NONE)
            path, outcome = self._publish(file)
            if self._store.sync is Sync.FULL:
                _sync_folder(self._store.folder)
        except OSError as exc:
            raise _out_of_resources(self._path, exc) from exc
        finally:
            self.discard()
        return Stored(path, outcome, self._size)

    def discard(self) -> None:
        """Remove what has been written, unless it was committed."""
        self._closed = True
        if self._file is not None:
            self._file.remove()
            self._file = None

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("the object was committed or discarded")

    def _flush(self, *more: Buffer) -> UnnamedFile | PartFile:
        """Write what was gathered, and `more` behind it."""
        if self._file is None:
            self._file = self._store.new_file()
        if self._gathered:
            self._file.write(self._gathered, *more)
            self._gathered.clear()
        elif more:
            self._file.write(*more)
        return self._file

    def _publish(self, file: UnnamedFile | PartFile) -> tuple[str, Outcome]:
        on_existing = self._store.on_existing
        if on_existing is OnExisting.REPLACE:
            outcome = Outcome.REPLACED if os.path.lexists(self._path) else Outcome.STORED
            file.publish_over(self._path)
            return self._path, outcome
        path, number = self._path, 0
        while not file.publish(path):
            if on_existing is not OnExisting.RENAME and self._is_same(file, path):
                return path, Outcome.IDENTICAL
            if on_existing is OnExisting.KEEP:
                raise StorageError(f"another object exists: {Path(path).name}", DUPLICATE_SOP_INSTANCE)
            number += 1
            path = f"{self._path}-{number}"
        return path, Outcome.RENAMED if number else Outcome.STORED

    def _is_same(self, file: UnnamedFile | PartFile, existing_path: str) -> bool:
        """Return whether an existing file has the dataset that arrived, in the same transfer syntax."""
        try:
            with _open_to_compare(existing_path) as existing, os.fdopen(file.open(), "rb") as arrived:
                meta = read_file_meta(existing.read(_HEAD))
                size = os.fstat(existing.fileno()).st_size
                if (meta.transfer_syntax_uid, size - meta.end) != (self._transfer_syntax_uid, self._size):
                    return False
                existing.seek(meta.end)
                arrived.seek(self._meta_size)
                while piece := arrived.read(_COMPARED):
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


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":  # where a folder cannot be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _out_of_resources(path: str, exc: OSError) -> StorageError:
    return StorageError(f"{exc.strerror or exc}: {Path(path).name}", OUT_OF_RESOURCES)
