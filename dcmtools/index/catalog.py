"""The index of an archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.privacy import discreet
from dcmtools.dicom.query import Query
from dcmtools.dicom.storing import OUT_OF_RESOURCES, Sync
from dcmtools.errors import CatalogError, StorageError, UnreadableFileError
from dcmtools.index.attributes import Attribute, with_standard
from dcmtools.index.connecting import connect, prepare, shown, translated
from dcmtools.index.entries import read_entry
from dcmtools.index.forms import identity, storable
from dcmtools.index.inventory import FileState, Inventory, files_below
from dcmtools.index.planning import INSTANCE_AVAILABILITY, RETRIEVE_AE_TITLE, plan_search
from dcmtools.index.retrieval import count, locate
from dcmtools.index.rows import Rows
from dcmtools.index.schema import Schema
from dcmtools.index.search import Search
from dcmtools.index.stored_paths import StoredPaths
from dcmtools.index.writing import NotWrittenError, Writer


class Catalog:
    """Knows which SOP Instances an archive holds.

    Threads may share a catalog, and processes a database, but a catalog is of one process: one that
    was forked off has to open its own. As a context manager it closes itself.
    """

    def __init__(self, engine: Engine, location: str, schema: Schema, folder: Path, ae_title: str) -> None:
        self.location = location
        self.folder = folder
        self._engine = engine
        self._schema = schema
        self._paths = StoredPaths(folder)
        self._writer = Writer(engine, Rows(schema, self._paths, engine.dialect))
        self._inventory = Inventory(engine, schema, self._paths, self._writer)
        self._constants = {INSTANCE_AVAILABILITY: "ONLINE", RETRIEVE_AE_TITLE: ae_title}

    @classmethod
    def open(
        cls,
        location: str,
        folder: Path,
        *,
        attributes: Sequence[Attribute] = (),
        sync: Sync = Sync.DATA,
        ae_title: str = "",
        renew: bool = False,
    ) -> Self:
        """Open the index at `location`, and create it where there is none.

        `location` is the name of a file for SQLite, or a URL (``sqlite:///…``, ``postgresql://…``).
        Files in `folder` are kept by their path relative to it, so that it may be moved. `attributes`
        are indexed beside the standard ones, from now on. With `sync` other than none, what was added
        survives a loss of power. `ae_title` is what Retrieve AE Title is answered with. `renew`
        empties an index of another version in place of refusing it.

        Raises CatalogError.
        """
        schema = Schema(with_standard(attributes))
        engine = connect(location, sync)
        location = shown(location)
        try:
            prepare(engine, schema, location, renew=renew)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, location, schema, folder, ae_title)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections to the database."""
        self._writer.close()
        self._engine.dispose()

    def add(self, instance: InstanceFile) -> None:
        """Index a file; returns when it is committed.

        An instance with the same SOP Instance UID is replaced. Where the file disagrees with what is
        known of its series, study or patient, what is known stays. Raises StorageError (0xA700).
        """
        try:
            self._writer.add(read_entry(instance, self._schema))
        except UnreadableFileError as exc:
            raise StorageError(f"cannot index {discreet(exc)}", OUT_OF_RESOURCES) from exc
        except NotWrittenError as exc:
            where = discreet(instance.path)
            raise StorageError(f"cannot index {where}: {exc.reason}", OUT_OF_RESOURCES) from exc

    def remove(self, sop_instance_uid: str) -> None:
        """Take an instance out of the index, if it is there. Raises CatalogError."""
        with self._translated():
            self._writer.remove([identity(storable(sop_instance_uid))])

    def clear(self) -> None:
        """Take everything out of the index. Raises CatalogError."""
        with self._translated():
            self._writer.clear()

    def find(self, query: Query) -> Search:
        """Return the entities that match a query (from `parse_find`), in no special order.

        Raises QueryError for a key that must not be matched against.
        """
        return Search(self._engine, self.location, plan_search(self._schema, query, self._constants))

    def locate(self, query: Query) -> list[InstanceFile]:
        """Return the instances to retrieve (query from `parse_retrieval`) by study, series, Instance Number.

        Raises CatalogError.
        """
        with translated(self.location), self._engine.connect() as connection:
            return locate(connection, self._schema, self._paths, query)

    def count(self, query: Query) -> int:
        """Return the number of instances that `locate` would return. Raises CatalogError."""
        with translated(self.location), self._engine.connect() as connection:
            return count(connection, self._schema, query)

    def take_over(self, folder: Path) -> Iterator[FileState]:
        """Index the files below a folder where they are; yields the state of each as it is done.

        A SOP Instance that is indexed from another file stays so, as long as that file is there.
        Raises CatalogError.
        """
        with self._translated():
            yield from self._inventory.take_over(files_below(folder))

    def verify(self, *, repair: bool = False) -> Iterator[FileState]:
        """Yield what is different between the index and the files that it names or that are in its folder.

        With `repair` the index is made to agree with the files, which stay as they are. The archive
        may be in use meanwhile. Raises CatalogError.
        """
        with self._translated():
            yield from self._inventory.compare(self.folder, repair=repair)

    def rebuild(self) -> Iterator[FileState]:
        """Index all files anew, those of the folder and those that were taken over; yields their states.

        Raises CatalogError.
        """
        with self._translated():
            elsewhere = self._inventory.elsewhere()
            self._writer.clear()
            yield from self._inventory.take_over(files_below(self.folder))
            yield from self._inventory.take_over(elsewhere)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise CatalogError for what goes wrong in the database."""
        with translated(self.location):
            try:
                yield
            except NotWrittenError as exc:
                raise CatalogError(self.location, exc.reason) from exc
