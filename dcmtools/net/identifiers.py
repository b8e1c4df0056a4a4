"""Identifiers on their way: encoded, decoded and logged as pynetdicom does."""

from __future__ import annotations

import logging

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.encoding import decode_dataset
from dcmtools.dicom.listing import list_dataset

_LOGGER = logging.getLogger("pynetdicom.association")


def log_request(kind: str, message_id: int, identifier: Dataset) -> None:
    """Log that a Find, Get or Move request is sent, and its Identifier."""
    _LOGGER.info("Sending %s Request: MsgID %d", kind, message_id)
    _LOGGER.info("")
    _log_lines("# Request Identifier", identifier)


def log_response(identifier: Dataset) -> None:
    """Log the Identifier of a response."""
    _LOGGER.info("")
    _log_lines("# Response Identifier", identifier)


def _log_lines(heading: str, identifier: Dataset) -> None:
    if _LOGGER.isEnabledFor(logging.INFO):
        _LOGGER.info(heading)
        for line in list_dataset(identifier):
            _LOGGER.info("%s", line)
        _LOGGER.info("")


def decode_identifier(data: bytes, context: PresentationContext) -> Dataset | None:
    """Return the Identifier, None (and an error in the log) if it cannot be decoded."""
    try:
        return decode_dataset(data, UID(context.transfer_syntax[0]))
    except ValueError as exc:
        _LOGGER.error("Failed to decode the received Identifier dataset: %s", exc)
        return None
