"""Identifiers on their way: sent, decoded and logged as pynetdicom does."""

from __future__ import annotations

import logging

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.encoding import decode_dataset, encode_dataset
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.privacy import are_hidden, discreet
from dcmtools.net.association import EstablishedAssociation
from dcmtools.wire.commands import Command, CommandField

_LOGGER = logging.getLogger("pynetdicom.association")

_KINDS = {CommandField.C_FIND_RQ: "Find", CommandField.C_GET_RQ: "Get", CommandField.C_MOVE_RQ: "Move"}
_LOW_PRIORITY = 2  # as pynetdicom asks


def send_query(
    association: EstablishedAssociation,
    context: PresentationContext,
    field: CommandField,
    identifier: Dataset,
    *,
    move_destination: str | None = None,
) -> int:
    """Log and send a C-FIND, C-GET or C-MOVE request (`field`) on `context`; return its message ID.

    Raises `AssociationAbortedError` and `AssociationTimeoutError`.
    """
    message_id = association.next_message_id()
    _LOGGER.info("Sending %s Request: MsgID %d", _KINDS[field], message_id)
    _LOGGER.info("")
    _log_lines("# Request Identifier", identifier)
    request = Command(
        field=field,
        message_id=message_id,
        priority=_LOW_PRIORITY,
        has_dataset=True,
        sop_class_uid=str(context.abstract_syntax),
        move_destination=move_destination,
    )
    encoded = encode_dataset(identifier, UID(context.transfer_syntax[0]))
    association.send(context.context_id or 0, request, [encoded])
    return message_id


def log_response(identifier: Dataset) -> None:
    """Log the Identifier of a response."""
    _LOGGER.info("")
    _log_lines("# Response Identifier", identifier)


def _log_lines(heading: str, identifier: Dataset) -> None:
    if _LOGGER.isEnabledFor(logging.INFO):
        _LOGGER.info(heading)
        for line in list_dataset(identifier, values=not are_hidden()):
            _LOGGER.info("%s", line)
        _LOGGER.info("")


def decode_identifier(data: bytes, context: PresentationContext, *, keep_odd: bool = False) -> Dataset | None:
    """Return the Identifier, None (and an error in the log) if it cannot be decoded.

    `keep_odd` is that of `decode_dataset`.
    """
    try:
        return decode_dataset(data, UID(context.transfer_syntax[0]), keep_odd=keep_odd)
    except ValueError as exc:
        _LOGGER.error("Failed to decode the received Identifier dataset: %s", discreet(exc))
        return None
