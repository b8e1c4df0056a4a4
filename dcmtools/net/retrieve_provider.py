"""C-GET and C-MOVE as an SCP (PS3.4 C.4.2 and C.4.3)."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NoReturn

from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.query import PATIENT_ROOT, PATIENT_STUDY_ONLY, STUDY_ROOT, Level, parse_retrieval
from dcmtools.errors import AssociationError
from dcmtools.net.archive import Archive
from dcmtools.net.events import NotStored, Stored
from dcmtools.net.models import InformationModel
from dcmtools.net.operation import Operation, RefusedError, refusals
from dcmtools.net.outbox import Outbox, WaitingFiles
from dcmtools.net.sending import Originator, Sender, SendingTerms
from dcmtools.net.statuses import MOVE_DESTINATION_UNKNOWN, SOP_CLASS_NOT_SUPPORTED
from dcmtools.net.stopping import AbandonedError
from dcmtools.net.store import StoreRequest, store
from dcmtools.net.sub_operations import Progress
from dcmtools.net.transfer.stream import LinkTimeoutError
from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.errors import MessageError
from dcmtools.wire.framing import Buffer

LOGGER = logging.getLogger(__name__)

_MODELS = {
    InformationModel.PATIENT_ROOT: PATIENT_ROOT,
    InformationModel.STUDY_ROOT: STUDY_ROOT,
    InformationModel.PATIENT_STUDY_ONLY: PATIENT_STUDY_ONLY,
}
_GET_LEVELS = {model.sop_classes.get: levels for model, levels in _MODELS.items()}
_MOVE_LEVELS = {model.sop_classes.move: levels for model, levels in _MODELS.items()}
_MEDIUM_PRIORITY = 0
_PRIORITIES = (0, 1, 2)  # medium, high, low (PS3.7 table E.1-1)
_LARGEST_MESSAGE_ID = 0xFFFF
_GLANCE = 0.25  # seconds between two looks whether the server is stopping


class RetrieveProvider:
    """Sends what is asked for out of `archive`; one provider serves all associations.

    The methods send all responses to one request, or raise `RefusedError` in place of the final one.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def get(self, operation: Operation) -> None:
        """Send the objects over the association of the request."""
        files = self._located(operation, _GET_LEVELS.get(operation.sop_class_uid))
        progress = Progress(operation, files)
        terms = SendingTerms(_priority(operation), supervisor=progress, decompress=True)
        waiting = WaitingFiles(deque(files), Outbox(()))
        for event in Sender(_SameAssociation(operation), waiting, terms).send():
            if isinstance(event, Stored | NotStored):
                progress.note(event)
        progress.finish()

    def move(self, operation: Operation) -> None:
        """Send the objects to the Move Destination."""
        archive = self._archive
        title = operation.request.move_destination or ""
        destination = archive.destinations.get(title)
        if destination is None:
            LOGGER.info("No matching move destination in the configuration")
            raise RefusedError(MOVE_DESTINATION_UNKNOWN, f"Unknown Move Destination: {title}")
        files = self._located(operation, _MOVE_LEVELS.get(operation.sop_class_uid))
        progress = Progress(operation, files)
        originator = Originator(operation.calling_aet, operation.request.message_id or 0)
        request = StoreRequest(
            destination,
            archive.ae_title,
            archive.limits,
            terms=SendingTerms(_priority(operation), originator, progress, decompress=True),
        )
        try:
            for event in store(request, files):
                if isinstance(event, Stored | NotStored):
                    progress.note(event)
        except AssociationError as exc:
            LOGGER.error("Move SCP: Unable to associate with destination AE")
            progress.fail_rest(str(exc))
        progress.finish()

    def _located(self, operation: Operation, levels: Sequence[Level] | None) -> list[InstanceFile]:
        if levels is None:
            raise RefusedError(SOP_CLASS_NOT_SUPPORTED, f"not a SOP class for C-{operation.name.upper()}")
        identifier = operation.identifier(log=self._archive.log_identifiers)
        with refusals(operation):
            query = parse_retrieval(identifier, levels, relational=operation.negotiated.relational)
            return list(self._archive.catalog.locate(query))


def _priority(operation: Operation) -> int:
    """Return the priority of the request, which its sub-operations have too."""
    priority = operation.request.priority
    return priority if priority is not None and priority in _PRIORITIES else _MEDIUM_PRIORITY


class _SameAssociation:
    """A `StorageLink` over the association of the request: the sub-operations of a C-GET."""

    def __init__(self, operation: Operation) -> None:
        self.contexts: Sequence[PresentationContext] = operation.association.accepted_contexts
        self._operation = operation
        self._channel = operation.channel
        self._message_id = 0

    def next_message_id(self) -> int:
        """Return the next message ID."""
        self._message_id = self._message_id % _LARGEST_MESSAGE_ID + 1
        return self._message_id

    def send(self, context_id: int, command: Command, dataset: Iterable[Buffer]) -> None:
        """Send a request."""
        self._channel.send(context_id, command, dataset)

    def response(self, message_id: int) -> Command:
        """Wait for the response; a C-CANCEL that comes before it is taken in."""
        while True:
            self._wait(self._operation.association.dimse_timeout)
            command = self._channel.command(self._operation.association.network_timeout).command
            if command.field != CommandField.C_STORE_RSP:
                self._operation.take(command)
            elif command.responded_to != message_id or command.status is None or command.has_dataset:
                raise MessageError("an invalid C-STORE response")
            else:
                return command

    def _wait(self, timeout: float | None) -> None:
        """Wait for the next message; raises `LinkTimeoutError`, and as `Operation.check` does."""
        began = time.monotonic()
        while not self._channel.waiting(_GLANCE):
            self._operation.check()
            if timeout is not None and time.monotonic() - began >= timeout:
                raise LinkTimeoutError

    def give_up(self, reason: str) -> NoReturn:
        """Have the association aborted."""
        LOGGER.error("Get SCP: %s", reason)
        raise AbandonedError
