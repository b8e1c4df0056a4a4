"""Verification as an SCU: C-ECHO (PS3.7 section 9.1.5)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from pynetdicom.presentation import PresentationContext, build_context
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from dcmtools.net.association import EstablishedAssociation
from dcmtools.net.events import Echoed
from dcmtools.wire.commands import Command, CommandField

_LOGGER = logging.getLogger("pynetdicom.association")

VERIFICATION = str(Verification)

_MESSAGE_ID = 1  # pynetdicom's echoscu numbers all its requests so


def verification_context(transfer_syntaxes: list[str]) -> PresentationContext:
    """Return the presentation context of the Verification SOP class."""
    return build_context(VERIFICATION, transfer_syntaxes)


def echo(association: EstablishedAssociation, count: int) -> Iterator[Echoed]:
    """Send `count` C-ECHO requests, one after the other's answer.

    Raises `AssociationAbortedError` and `AssociationTimeoutError`.
    """
    context_id = association.contexts[0].context_id or 0
    request = Command(
        field=CommandField.C_ECHO_RQ, message_id=_MESSAGE_ID, sop_class_uid=VERIFICATION, has_dataset=False
    )
    for number in range(1, count + 1):
        began = time.perf_counter()
        _LOGGER.info("Sending Echo Request: MsgID %d", _MESSAGE_ID)
        association.send(context_id, request)
        response, _ = association.response(_MESSAGE_ID, association.limits.dimse)
        seconds = time.perf_counter() - began
        comment, offending = response.error_comment, response.offending_elements
        yield Echoed(number, response.status or 0, seconds, comment, offending)
