"""Storage as an SCP: what happens to the SOP Instance of a C-STORE request (PS3.4 annex B)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.file_names import file_name
from dcmtools.dicom.implementation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtools.dicom.inspection import DatasetInspector
from dcmtools.dicom.part10 import InstanceFile, encode_file_meta
from dcmtools.dicom.privacy import discreet
from dcmtools.dicom.storing import InstanceStore, Outcome, Stored
from dcmtools.errors import StorageError
from dcmtools.net.arrival import drain
from dcmtools.net.events import NotReceived, Received, Receiving
from dcmtools.net.statuses import LONGEST_COMMENT, OUT_OF_RESOURCES, SOP_CLASS_NOT_SUPPORTED, SUCCESS
from dcmtools.wire.commands import Command, CommandField

LOGGER = logging.getLogger(__name__)

Event = Receiving | Received | NotReceived

Register = Callable[[InstanceFile], None]
"""Makes a stored object known before it is acknowledged; raises StorageError when that fails."""


class Arrivals:
    """The SOP Instance UIDs of what was received and refused, and the SOP classes of what was received."""

    def __init__(self) -> None:
        self.received: set[str] = set()
        self.refused: set[str] = set()
        self.sop_classes: set[str] = set()

    def note(self, event: Event) -> None:
        """Take in an event of a `StorageProvider`."""
        if isinstance(event, Received):
            self.received.add(event.sop_instance_uid)
            self.sop_classes.add(event.sop_class_uid)
        elif isinstance(event, NotReceived):
            self.refused.add(event.sop_instance_uid)


class StorageProvider:
    """Stores what arrives in `store` (None: receives and forgets), and tells `report`.

    What is stored is given to `register`, if there is one: an object that cannot be registered is
    removed again and refused. One provider serves all associations: `receive` is called from the
    thread of each. Datasets of more than `max_size` bytes are refused (None: none are).
    """

    def __init__(
        self,
        store: InstanceStore | None,
        report: Callable[[Event], None],
        register: Register | None = None,
        *,
        max_size: int | None = None,
    ) -> None:
        self.max_size = max_size
        self._store = store
        self._report = report
        self._register = register

    def receive(
        self, context: PresentationContext | None, request: Command, pieces: Iterator[memoryview]
    ) -> Command:
        """Store the dataset `pieces` of `request` and return the response.

        All of `pieces` are taken, whatever happens; MessageError is raised when they are endless.
        """
        try:
            received = self._received(context, request, pieces)
        except StorageError as exc:
            drain(pieces)
            self._report(NotReceived(request.sop_instance_uid or "", exc.status, exc.message))
            return _response(request, exc.status, exc.message)
        self._report(received)
        return _response(request, SUCCESS)

    def _received(
        self, context: PresentationContext | None, request: Command, pieces: Iterator[memoryview]
    ) -> Received:
        sop_class, sop_instance = request.sop_class_uid or "", request.sop_instance_uid or ""
        if context is None or context.abstract_syntax != sop_class:
            raise StorageError(
                f"SOP class {sop_class} is not that of the presentation context", SOP_CLASS_NOT_SUPPORTED
            )
        syntax = str(context.transfer_syntax[0])
        if self.max_size is not None:
            pieces = _at_most(pieces, self.max_size)
        if self._store is None:
            size = sum(len(piece) for piece in pieces)
            return Received(sop_class, sop_instance, syntax, None, size, "ignored")
        if self._store.template is None:
            self._report(Receiving(file_name(sop_class, sop_instance)))
        meta = encode_file_meta(
            sop_class,
            sop_instance,
            syntax,
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version_name=IMPLEMENTATION_VERSION_NAME,
        )
        inspector = DatasetInspector(sop_class, sop_instance, syntax)
        with self._store.receive(sop_class, sop_instance, syntax, meta) as sink:
            for piece in pieces:
                inspector.feed(piece)
                sink.write(piece)
            inspector.finish(sink.written)
            if self._store.template is not None:  # only now it is known
                place = sink.place()
                self._report(Receiving("/".join((*place.folders, place.name()))))
            stored = sink.commit(self._registering(request, syntax, len(meta)))
        return Received(sop_class, sop_instance, syntax, stored.path, inspector.size, str(stored.outcome))

    def _registering(self, request: Command, syntax: str, meta_size: int) -> Callable[[Stored], None] | None:
        """Return what makes the object of `request` known when it is stored, None where nothing does."""
        if self._register is None:
            return None
        register = self._register

        def make_known(stored: Stored) -> None:
            uids = (request.sop_class_uid or "", request.sop_instance_uid or "", syntax)
            file = InstanceFile(stored.path, *uids, _offset(stored, meta_size), stored.size)
            _registered(register, file, stored.outcome)

        return make_known


def _at_most(pieces: Iterator[memoryview], most: int) -> Iterator[memoryview]:
    """Yield `pieces`; raises StorageError when they have more than `most` bytes together."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise StorageError(f"the object is larger than {most} bytes", OUT_OF_RESOURCES)
        yield piece


def _offset(stored: Stored, meta_size: int) -> int:
    """Return where the dataset begins in a stored file; raises StorageError."""
    if stored.outcome is not Outcome.IDENTICAL:
        return meta_size
    try:  # the file that was there before may have other File Meta Information
        return Path(stored.path).stat().st_size - stored.size
    except OSError as exc:
        raise StorageError(f"{exc.strerror}: {discreet(Path(stored.path).name)}", OUT_OF_RESOURCES) from exc


def _registered(register: Register, file: InstanceFile, outcome: Outcome) -> None:
    """Make a stored object known, in the log too; raises StorageError when it has to be taken back."""
    LOGGER.info("SOP Instance UID '%s'", file.sop_instance_uid)
    LOGGER.info("Instance written to storage directory")
    try:
        register(file)
    except StorageError:
        LOGGER.error("Unable to add instance to the database")
        raise
    is_new = outcome in (Outcome.STORED, Outcome.RENAMED)
    LOGGER.info("Instance added to database" if is_new else "Database entry for instance updated")


def _response(request: Command, status: int, comment: str | None = None) -> Command:
    return Command(
        field=CommandField.C_STORE_RSP,
        responded_to=request.message_id,
        sop_class_uid=request.sop_class_uid,
        sop_instance_uid=request.sop_instance_uid,
        status=status,
        error_comment=None if comment is None else comment[:LONGEST_COMMENT],
        has_dataset=False,
    )
