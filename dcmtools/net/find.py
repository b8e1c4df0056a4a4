"""Query as an SCU: C-FIND (PS3.4 annexes C, K and CC; PS3.7 section 9.1.2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from pydicom.dataset import Dataset

from dcmtools.net.association import EstablishedAssociation
from dcmtools.net.events import Finished, Match, Unreadable
from dcmtools.net.identifiers import decode_identifier, log_response, send_query
from dcmtools.net.statuses import PENDING, category
from dcmtools.wire.commands import CommandField

_LOGGER = logging.getLogger("pynetdicom.association")


def find(
    association: EstablishedAssociation,
    identifier: Dataset,
    *,
    cancel_after: int | None = None,
    log_identifiers: bool = False,
) -> Iterator[Match | Unreadable | Finished]:
    """Query with `identifier` in the model of the association's first context.

    Yields each match, also one that is no dataset, and the final response. After `cancel_after`
    matches a C-CANCEL is sent; what the peer still sends is yielded too. Raises
    `AssociationAbortedError` and `AssociationTimeoutError`.
    """
    context = association.contexts[0]
    message_id = send_query(association, context, CommandField.C_FIND_RQ, identifier)
    number = 0
    while True:
        response, data = association.response(message_id, association.limits.dimse)
        status = response.status or 0
        _LOGGER.debug("")
        if status not in PENDING:
            _LOGGER.info("Find SCP Result: 0x%04X (%s)", status, category(status))
            yield Finished(status, response.error_comment, offending=response.offending_elements)
            return
        number += 1
        _LOGGER.info("Find SCP Response: %d - 0x%04X (Pending)", number, status)
        match = decode_identifier(data, context, keep_odd=True)  # not to lose its other values
        if match is None:
            yield Unreadable(number)
        else:
            if log_identifiers:
                log_response(match)
            yield Match(number, match)
        if number == cancel_after:
            association.cancel(context.context_id or 0, message_id)
