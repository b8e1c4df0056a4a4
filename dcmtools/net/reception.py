"""Storage as an SCP: what happens to the SOP Instance of a C-STORE request (PS3.4 annex B)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.implementation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtools.dicom.inspection import DatasetInspector
from dcmtools.dicom.part10 import encode_file_meta
from dcmtools.dicom.storing import InstanceStore, file_name
from dcmtools.errors import StorageError
from dcmtools.net.events import NotReceived, Received, Receiving
from dcmtools.net.statuses import (
    SOP_CLASS_NOT_SUPPORTED,
    SUCCESS,
)
from dcmtools.wire.commands import Command, CommandField

Event = Receiving | Received | NotReceived

_LONGEST_COMMENT = 64  # characters of Error Comment, VR LO


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

    One provider serves all associations: `receive` is called from the thread of each.
    """

    def __init__(self, store: InstanceStore | None, report: Callable[[Event], None]) -> None:
        self._store = store
        self._report = report

    def receive(
        self, context: PresentationContext | None, request: Command, pieces: Iterator[memoryview]
    ) -> Command:
        """Store the dataset `pieces` of `request` and return the response.

        All of `pieces` are taken, whatever happens.
        """
        try:
            received = self._received(context, request, pieces)
        except StorageError as exc:
            for _ in pieces:
                pass
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
        if self._store is None:
            size = sum(len(piece) for piece in pieces)
            return Received(sop_class, sop_instance, syntax, None, size, "ignored")
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
            stored = sink.commit()
        return Received(sop_class, sop_instance, syntax, stored.path, inspector.size, str(stored.outcome))


def _response(request: Command, status: int, comment: str | None = None) -> Command:
    return Command(
        field=CommandField.C_STORE_RSP,
        responded_to=request.message_id,
        sop_class_uid=request.sop_class_uid,
        sop_instance_uid=request.sop_instance_uid,
        status=status,
        error_comment=None if comment is None else comment[:_LONGEST_COMMENT],
        has_dataset=False,
    )
