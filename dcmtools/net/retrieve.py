"""Retrieval as an SCU: C-GET and C-MOVE (PS3.4 annex C, PS3.7 sections 9.1.3 and 9.1.4)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from pydicom.dataset import Dataset
from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.elements import decode_text
from dcmtools.net.association import EstablishedAssociation
from dcmtools.net.events import Finished, SubOperations
from dcmtools.net.identifiers import decode_identifier, log_response, send_query
from dcmtools.net.reception import StorageProvider
from dcmtools.net.statuses import PENDING, category
from dcmtools.wire.commands import Command, CommandField

_LOGGER = logging.getLogger("pynetdicom.association")


def get(
    association: EstablishedAssociation,
    sop_class_uid: str,
    identifier: Dataset,
    receiver: StorageProvider,
) -> Iterator[SubOperations | Finished]:
    """Retrieve what `identifier` names over `association` itself into `receiver`.

    Raises `AssociationAbortedError` and `AssociationTimeoutError`.
    """
    context = _context(association, sop_class_uid)
    message_id = send_query(association, context, CommandField.C_GET_RQ, identifier)
    contexts = {cx.context_id: cx for cx in association.contexts}
    number = 0
    while True:
        arrived = association.arrived(association.limits.dimse)
        if arrived.command.field == CommandField.C_STORE_RQ:
            response = receiver.receive(
                contexts.get(arrived.context_id), arrived.command, association.pieces(arrived)
            )
            association.send(arrived.context_id, response)
            continue
        association.require_response(arrived.command, message_id)
        data = association.dataset(arrived)
        number += 1
        yield _reported("Get", number, arrived.command, data, context)
        if arrived.command.status not in PENDING:
            return


def move(
    association: EstablishedAssociation,
    sop_class_uid: str,
    identifier: Dataset,
    destination: str,
    *,
    is_alive: Callable[[], bool],
) -> Iterator[SubOperations | Finished]:
    """Ask the peer to send what `identifier` names to the AE title `destination`.

    A peer may be busy with sub-operations for longer than the DIMSE time-out without a word;
    whenever that has passed, `is_alive` decides whether to go on waiting. Raises
    `AssociationAbortedError` and `AssociationTimeoutError`.
    """
    context = _context(association, sop_class_uid)
    message_id = send_query(
        association, context, CommandField.C_MOVE_RQ, identifier, move_destination=destination
    )
    number = 0
    while True:
        while not association.waiting(association.limits.dimse):
            if not is_alive():
                association.time_out()
            _LOGGER.info("Still waiting: the peer is alive")
        response, data = association.response(message_id, association.limits.dimse)
        number += 1
        yield _reported("Move", number, response, data, context)
        if response.status not in PENDING:
            return


def _context(association: EstablishedAssociation, sop_class_uid: str) -> PresentationContext:
    return next(cx for cx in association.contexts if cx.abstract_syntax == sop_class_uid)


def _reported(
    kind: str, number: int, response: Command, data: bytes, context: PresentationContext
) -> SubOperations | Finished:
    """Log a response in pynetdicom's words, and return it as an event."""
    status = response.status or 0
    pending = status in PENDING
    _LOGGER.debug("")
    if pending:
        _LOGGER.info("%s SCP Response: %d - 0x%04X (Pending)", kind, number, status)
    else:
        _LOGGER.info("%s SCP Result: 0x%04X (%s)", kind, status, category(status))
    _LOGGER.info(
        "Sub-Operations Remaining: %s, Completed: %s, Failed: %s, Warning: %s",
        response.remaining or 0,
        response.completed or 0,
        response.failed or 0,
        response.warning or 0,
    )
    counts = SubOperations(response.remaining, response.completed, response.failed, response.warning)
    if pending:
        return counts
    failed: tuple[str, ...] = ()
    identifier = decode_identifier(data, context) if data else None
    if identifier is not None:
        log_response(identifier)
        failed = _uid_list(identifier)
    return Finished(status, response.error_comment, failed, counts, response.offending_elements)


def _uid_list(identifier: Dataset) -> tuple[str, ...]:
    """Return the Failed SOP Instance UID List (0008,0058)."""
    value = identifier.get("FailedSOPInstanceUIDList") or []
    if isinstance(value, bytes):  # longer than UI can be with an explicit VR, and so sent as UN
        value = decode_text(value).split("\\")
    return (str(value),) if isinstance(value, str) else tuple(str(uid) for uid in value)
