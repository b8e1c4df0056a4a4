"""Query as an SCU: C-FIND (PS3.4 annexes C, K and CC; PS3.7 section 9.1.2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dcmtools.dicom.encoding import encode_dataset
from dcmtools.net.association import EstablishedAssociation
from dcmtools.net.events import Finished, Match
from dcmtools.net.identifiers import decode_identifier, log_request, log_response
from dcmtools.net.statuses import PENDING, category
from dcmtools.wire.commands import Command, CommandField

_LOGGER = logging.getLogger("pynetdicom.association")
_LOW_PRIORITY = 2


def find(
    association: EstablishedAssociation,
    sop_class_uid: str,
    identifier: Dataset,
    *,
    cancel_after: int | None = None,
    log_identifiers: bool = False,
) -> Iterator[Match | Finished]:
    """Query with `identifier`; yield each match, and the final response.

    After `cancel_after` matches a C-CANCEL is sent; what the peer still sends is yielded too.
    Raises `AssociationAbortedError` and `AssociationTimeoutError`.
    """
    context = association.contexts[0]
    context_id = context.context_id or 0
    message_id = association.next_message_id()
    log_request("Find", message_id, identifier)
    request = Command(
        field=CommandField.C_FIND_RQ,
        message_id=message_id,
        priority=_LOW_PRIORITY,
        has_dataset=True,
        sop_class_uid=sop_class_uid,
    )
    encoded = encode_dataset(identifier, UID(context.transfer_syntax[0]))
    association.send(context_id, request, [encoded])
    number = 0
    while True:
        response, data = association.response(message_id, association.limits.dimse)
        status = response.status or 0
        _LOGGER.debug("")
        if status not in PENDING:
            _LOGGER.info("Find SCP Result: 0x%04X (%s)", status, category(status))
            yield Finished(status, response.error_comment)
            return
        number += 1
        _LOGGER.info("Find SCP Response: %d - 0x%04X (Pending)", number, status)
        match = decode_identifier(data, context)
        if match is not None:
            if log_identifiers:
                log_response(match)
            yield Match(number, match)
        if number == cancel_after:
            association.cancel(context_id, message_id)
