"""Storing received SOP Instances: whole or not at all, and never one over another unasked."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from dcmtools.dicom.file_names import file_name
from dcmtools.dicom.folders import make_folders, sync_folders
from dcmtools.dicom.identical import is_identical
from dcmtools.dicom.part_files import PartFile, sweep_parts
from dcmtools.dicom.path_template import PathTemplate, Place
from dcmtools.dicom.publishing import Publication
from dcmtools.dicom.room import Room
from dcmtools.dicom.sources import Buffer, FileSource, Source
from dcmtools.dicom.unnamed_files import UnnamedFile, supports_unnamed_files
from dcmtools.errors import StorageError

OUT_OF_RESOURCES = 0xA700
DUPLICATE_SOP_INSTANCE = 0x0111

_GATHERED = 65536  # bytes that are gathered for one write: most small objects as a whole


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


class InstanceStore:
    """A folder in which received SOP Instances are stored; threads and processes may share it.

    `on_existing` says what happens to an object whose name is taken; None: of two identical
    ones the first is kept, of two different ones both are, the second as ``NAME-1``. With a
    `template` objects are in folders within the folder, and named as it says; `on_existing` must
    not be to replace or keep then unless it tells all instances apart. `room` says how much fits.
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        on_existing: OnExisting | None = None,
        sync: Sync = Sync.NONE,
        template: PathTemplate | None = None,
        room: Room | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.on_existing = on_existing
        self.sync = sync
        self.template = template
        self.room = room
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
        return InstanceSink(self, file_name(sop_class_uid, sop_instance_uid), transfer_syntax_uid, file_meta)

    def new_file(self) -> UnnamedFile | PartFile:
        """Create the file for an object that arrives; raises OSError."""
        if self._unnamed is None:
            self._unnamed = supports_unnamed_files(self.folder)
        return UnnamedFile(self.folder) if self._unnamed else PartFile(self.folder)


class InstanceSink:
    """Takes a dataset as it arrives; nobody sees the object before `commit`, and nothing stays without it.

    As a context manager it discards what was not committed.
    """

    def __init__(self, store: InstanceStore, name: str, transfer_syntax_uid: str, file_meta: bytes) -> None:
        self._store = store
        self._name = name
        self._place = Place((), name) if store.template is None else None
        self._transfer_syntax_uid = transfer_syntax_uid
        self._meta_size = len(file_meta)
        self._size = 0
        self._gathered = bytearray(file_meta)
        self._file: UnnamedFile | PartFile | None = None
        self._taken = 0  # bytes of the store's room
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
            raise _out_of_resources(self._name, exc) from exc

    @contextmanager
    def written(self) -> Iterator[Source]:
        """Open what has been written of the dataset; raises StorageError as `write` does."""
        self._check_open()
        try:
            with os.fdopen(self._flush().open(), "rb", buffering=0) as stream:
                yield FileSource(stream.fileno(), self._meta_size, self._meta_size + self._size)
        except OSError as exc:
            self.discard()
            raise _out_of_resources(self._name, exc) from exc

    def place(self) -> Place:
        """Return where the object belongs, once it was written; raises StorageError as `write` does."""
        if self._place is None:
            template = self._store.template
            assert template is not None
            if self._file is None:
                self._place = template.place(self._gathered[self._meta_size :], self._transfer_syntax_uid)
            else:
                with self.written() as source:
                    self._place = template.place(source, self._transfer_syntax_uid)
        return self._place

    def commit(self, register: Callable[[Stored], None] | None = None) -> Stored:
        """Give the object its name, whole and only if all of it could be written.

        `register` is called with it before another sender can rely on it being there; what it raises
        takes the object back, in place of whatever had been replaced by it.

        Raises StorageError: 0x0111 when another object was to be kept, 0xA700 for any error of
        the file system; nothing of the object remains then.
        """
        self._check_open()
        place = self.place()
        try:
            file = self._flush()
            file.settle(sync=self._store.sync is not Sync.NONE)
            folder = make_folders(self._store.folder, place.folders)
            hold = register is not None or self._store.sync is Sync.FULL
            publication = Publication(file, hold=hold)
            try:
                stored = self._published(publication, file, folder, place)
                if register is not None:
                    register(stored)
            except BaseException:
                publication.take_back()
                raise
            finally:
                publication.close()
            if self._store.room is not None and stored.outcome is not Outcome.IDENTICAL:
                self._store.room.keep(self._taken)
                self._taken = 0
        except OSError as exc:
            raise _out_of_resources(self._name, exc) from exc
        finally:
            self.discard()
        return stored

    def discard(self) -> None:
        """Remove what has been written, unless it was committed."""
        self._closed = True
        if self._file is not None:
            self._file.remove()
            self._file = None
        if self._store.room is not None and self._taken:
            self._store.room.give_back(self._taken)
            self._taken = 0

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("the object was committed or discarded")

    def _flush(self, *more: Buffer) -> UnnamedFile | PartFile:
        """Write what was gathered, and `more` behind it."""
        if self._file is None:
            self._file = self._store.new_file()
        if self._store.room is not None:
            size = len(self._gathered) + sum(map(len, more))
            self._store.room.take(size)
            self._taken += size
        if self._gathered:
            self._file.write(self._gathered, *more)
            self._gathered.clear()
        elif more:
            self._file.write(*more)
        return self._file

    def _published(
        self, publication: Publication, file: UnnamedFile | PartFile, folder: str, place: Place
    ) -> Stored:
        path, outcome = self._publish(publication, file, folder, place)
        if self._store.sync is Sync.FULL:
            sync_folders(self._store.folder, place.folders)
        return Stored(path, outcome, self._size)

    def _publish(
        self, publication: Publication, file: UnnamedFile | PartFile, folder: str, place: Place
    ) -> tuple[str, Outcome]:
        on_existing = self._store.on_existing
        path = os.path.join(folder, place.name())  # noqa: PTH118 - quick
        if on_existing is OnExisting.REPLACE:
            return path, Outcome.REPLACED if publication.put_over(path) else Outcome.STORED
        number = 0
        while not publication.put(path):
            if on_existing is not OnExisting.RENAME:
                if not publication.rely_on(path):
                    continue
                if self._is_same(file, path):
                    return path, Outcome.IDENTICAL
                publication.let_go()
            if on_existing is OnExisting.KEEP:
                raise StorageError(f"another object exists: {self._name}", DUPLICATE_SOP_INSTANCE)
            number += 1
            path = os.path.join(folder, place.name(number))  # noqa: PTH118
        return path, Outcome.RENAMED if number else Outcome.STORED

    def _is_same(self, file: UnnamedFile | PartFile, existing_path: str) -> bool:
        """Return whether an existing file has the dataset that arrived, in the same transfer syntax."""
        try:
            with os.fdopen(file.open(), "rb") as arrived:
                arrived.seek(self._meta_size)
                return is_identical(existing_path, self._transfer_syntax_uid, arrived, self._size)
        except OSError:
            return False


def _out_of_resources(name: str, exc: OSError) -> StorageError:
    return StorageError(f"{exc.strerror or exc}: {name}", OUT_OF_RESOURCES)
