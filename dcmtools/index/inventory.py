"""The files of an archive against its index: what is in one and not in the other, and how to mend it."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Engine, Row, select

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.errors import FileError, UnreadableFileError
from dcmtools.index.entries import Entry, read_entry
from dcmtools.index.forms import identity, storable
from dcmtools.index.schema import Schema
from dcmtools.index.stored_paths import StoredPaths
from dcmtools.index.writing import Writer

_AT_ONCE = 500  # files or rows

_Indexed: TypeAlias = "Row[*tuple[Any, ...]]"
T = TypeVar("T")


class State(enum.StrEnum):
    """How a file stands to the index."""

    INDEXED = "indexed"
    """It has been put into the index."""
    NOT_INDEXED = "not indexed"
    """It holds a SOP Instance that the index does not know."""
    CHANGED = "changed"
    """It does not hold what the index says."""
    MISSING = "missing"
    """It is in the index, and is not there or is no DICOM file."""
    DUPLICATE = "duplicate"
    """Its SOP Instance is indexed from another file."""
    UNUSABLE = "unusable"
    """It is not in the index, and holds no SOP Instance that could be."""


class FileState(NamedTuple):
    """What is to be said of a file.

    `reason` explains it where it is not plain. `mended` says that index and file agree now.
    """

    path: str
    state: State
    reason: str = ""
    mended: bool = False


class Inventory:
    """Compares files with the index.

    The methods are generators, which do their work as they are iterated over, some hundred files at
    a time; they raise SQLAlchemyError and NotWrittenError. The archive may be in use meanwhile.
    """

    def __init__(self, engine: Engine, schema: Schema, paths: StoredPaths, writer: Writer) -> None:
        self._engine = engine
        self._schema = schema
        self._paths = paths
        self._writer = writer

    def take_over(self, files: Iterable[str | FileState]) -> Iterator[FileState]:
        """Index files where they are; yields the state of each.

        A SOP Instance that is indexed from another file stays so, as long as that file is there.
        """
        for batch in _batches(files):
            yield from self._take_over(batch)

    def compare(self, folder: Path, *, repair: bool) -> Iterator[FileState]:
        """Yield what is different between the index and the files that it names, or that are in `folder`.

        With `repair` the index is made to agree with the files; the files stay as they are.
        """
        for rows in self._rows():
            for row in rows:
                yield from self._compare(row, repair=repair)
        for batch in _batches(files_below(folder)):
            files = [one for one in batch if isinstance(one, str)]
            known = self._indexed(files)
            unknown = [one for one in batch if isinstance(one, FileState) or one not in known]
            if repair:
                for file in self._take_over(unknown):
                    is_new = file.state is State.INDEXED
                    yield file._replace(state=State.NOT_INDEXED, mended=True) if is_new else file
            else:
                yield from self._report(unknown)

    def elsewhere(self) -> list[str]:
        """Return the indexed files that are not within the folder of the archive."""
        kept = (row.path for rows in self._rows() for row in rows)
        return [self._paths.actual(path) for path in kept if not self._paths.is_relative(path)]

    def _take_over(self, files: Iterable[str | FileState]) -> Iterator[FileState]:
        """Index files in one transaction."""
        taken: dict[str, Entry] = {}
        for file in self._identify(files):
            if isinstance(file, FileState):
                yield file
                continue
            try:
                entry = read_entry(file, self._schema)
            except FileError as exc:
                yield FileState(file.path, State.UNUSABLE, exc.reason)
                continue
            first = taken.setdefault(entry.identities.instance, entry).instance
            if first.path != file.path:
                yield _duplicate(file.path, first.path)
        self._writer.add_all(list(taken.values()))
        for entry in taken.values():
            yield FileState(entry.instance.path, State.INDEXED)

    def _report(self, files: Iterable[str | FileState]) -> Iterator[FileState]:
        """Yield the states of files that are not indexed."""
        for file in self._identify(files):
            yield file if isinstance(file, FileState) else FileState(file.path, State.NOT_INDEXED)

    def _identify(self, files: Iterable[str | FileState]) -> Iterator[InstanceFile | FileState]:
        """Yield the instances that files hold, and the states of those that cannot be indexed."""
        found: list[InstanceFile] = []
        for file in files:
            try:
                if isinstance(file, FileState):
                    yield file
                else:
                    found.append(read_instance(file))
            except FileError as exc:
                yield FileState(exc.path, State.UNUSABLE, exc.reason)
        held = self._holders(found)
        for instance in found:
            other = held.get(_identity(instance), instance.path)
            if other != instance.path and os.path.exists(other):  # noqa: PTH110 - paths are strings here
                yield _duplicate(instance.path, other)
            else:
                yield instance

    def _compare(self, row: _Indexed, *, repair: bool) -> Iterator[FileState]:
        """Yield what is wrong with an indexed file, if anything is."""
        path = self._paths.actual(row.path)
        try:
            instance = read_instance(path)
        except UnreadableFileError as exc:
            if os.path.exists(path):  # noqa: PTH110 - it may well be readable again
                yield FileState(path, State.UNUSABLE, exc.reason)
                return
            state = FileState(path, State.MISSING)
        except FileError as exc:
            state = FileState(path, State.MISSING, exc.reason)
        else:
            said = (row.sopclassuid, row.sopinstanceuid, *row[-3:])
            if said == (storable(instance.sop_class_uid), _identity(instance), *instance[-3:]):
                return
            state = FileState(path, State.CHANGED)
        if repair:
            self._writer.remove_numbers([row.id])
            if state.state is State.CHANGED:
                self._writer.add_all([read_entry(instance, self._schema)])
        yield state._replace(mended=repair)

    def _rows(self) -> Iterator[Sequence[_Indexed]]:
        """Yield the rows of all instances, some at a time, so that others can write meanwhile."""
        table, last = self._schema.instance, 0
        columns = (table.c.id, table.c.path, table.c.sopclassuid, table.c.sopinstanceuid)
        details = (table.c.transfer_syntax_uid, table.c.dataset_offset, table.c.dataset_length)
        following = select(*columns, *details).order_by(table.c.id).limit(_AT_ONCE)
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(following.where(table.c.id > last)).all()
            if not rows:
                return
            yield rows
            last = rows[-1].id

    def _indexed(self, files: Sequence[str]) -> set[str]:
        """Return those of some files that are in the index."""
        path = self._schema.instance.c.path
        stored = {self._paths.stored(file): file for file in files}
        with self._engine.connect() as connection:
            return {stored[found] for found in connection.scalars(select(path).where(path.in_(stored)))}

    def _holders(self, instances: Sequence[InstanceFile]) -> dict[str, str]:
        """Return the files that SOP Instances are indexed from, by identity."""
        table = self._schema.instance
        wanted = select(table.c.sopinstanceuid, table.c.path)
        wanted = wanted.where(table.c.sopinstanceuid.in_({_identity(instance) for instance in instances}))
        with self._engine.connect() as connection:
            return {uid: self._paths.actual(path) for uid, path in connection.execute(wanted)}


def files_below(folder: Path) -> Iterator[str | FileState]:
    """Yield the files below a folder but those that are still being written; folders that cannot be read."""
    unreadable: list[FileState] = []

    def report(exc: OSError) -> None:
        unreadable.append(FileState(str(exc.filename), State.UNUSABLE, (exc.strerror or str(exc)).lower()))

    for parent, folders, names in os.walk(os.path.abspath(folder), onerror=report):  # noqa: PTH100
        folders.sort()
        for name in sorted(names):
            if not (name.startswith(".") and name.endswith(".part")):
                yield os.path.join(parent, name)  # noqa: PTH118
    yield from unreadable


def _identity(instance: InstanceFile) -> str:
    return identity(storable(instance.sop_instance_uid))


def _duplicate(path: str, other: str) -> FileState:
    return FileState(path, State.DUPLICATE, f"its SOP Instance is indexed from {other}")


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _AT_ONCE)):
        yield batch
