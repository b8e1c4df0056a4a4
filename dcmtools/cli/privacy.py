"""``--no-phi``: log lines and events that say nothing of patients."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

from dcmtools.dicom.privacy import are_hidden, discreet, discreet_message, hide_patients, without_uids
from dcmtools.errors import (
    CertificateError,
    ConfigurationError,
    DcmtoolsError,
    FileError,
    JournalError,
    KeywordPathError,
    UserFileError,
)

_NOT_OF_PATIENTS = (CertificateError, ConfigurationError, JournalError, UserFileError)

_is_of_an_instance = re.compile(r"(\s*(?:Affected|Requested) SOP Instance UID\s*: )(.*)", re.DOTALL).fullmatch
_IMPLEMENTATION = "Implementation Class UID:"  # tells which program the peer is

_TEXTS = frozenset({"path", "name", "sop_instance_uid", "comment", "subject"})
_MESSAGES = frozenset({"reason", "message"})


def set_up_privacy(*, no_phi: bool) -> None:
    """Hide patients, or not, in all that is logged from now on."""
    hide_patients(hide=no_phi)
    logging.setLogRecordFactory(_public_record if no_phi else logging.LogRecord)


def without_phi(event: Any) -> Any:
    """Return an event, a named tuple, with pseudonyms where it says something of a patient.

    The Identifier of a match stays as it is: that is what was asked for.
    """
    if not are_hidden():
        return event
    hidden: dict[str, object] = {}
    for field, value in event._asdict().items():
        if field in _TEXTS and isinstance(value, str):
            hidden[field] = discreet(value)
        elif field in _MESSAGES and isinstance(value, str):
            hidden[field] = discreet_message(value)
        elif field == "failed_instances":
            hidden[field] = tuple(map(discreet, value))
    return event._replace(**hidden)


def public_message(exc: DcmtoolsError) -> str:
    """Return what an error says, but for values and for files that may be named after patients."""
    if isinstance(exc, KeywordPathError):
        name = exc.path.partition("=")[0]
        return f"invalid key '{name}': {discreet_message(exc.reason)}"
    if isinstance(exc, FileError) and not isinstance(exc, _NOT_OF_PATIENTS):
        return f"{discreet(exc.path)}: {discreet_message(exc.reason)}"
    return discreet_message(str(exc)) if not isinstance(exc, FileError) else str(exc)


def _public_record(*positional: Any, **named: Any) -> logging.LogRecord:
    """Make a log record as `logging.LogRecord` does, without what it says of patients."""
    record = logging.LogRecord(*positional, **named)
    record.msg, record.args = _public_text(record), None
    record.exc_info = None
    return record


def _public_text(record: logging.LogRecord) -> str:
    exc = record.exc_info[1] if record.exc_info else None
    if isinstance(exc, DcmtoolsError):
        return public_message(exc)
    if exc is not None:  # its own words, and pynetdicom's, which repeat them, may have a value in them
        frames = "".join(traceback.format_tb(exc.__traceback__)).rstrip()
        words = record.msg if record.args or record.msg is not exc else ""
        words = words if isinstance(words, str) else ""
        return f"{words}\n{frames}\n{type(exc).__name__}".strip()
    if isinstance(record.args, tuple):
        record.args = tuple(
            public_message(value) if isinstance(value, DcmtoolsError) else value for value in record.args
        )
    elif isinstance(record.args, Mapping):
        record.args = {name: discreet(value) for name, value in record.args.items()}
    text = record.getMessage()
    if match := _is_of_an_instance(text):
        return f"{match[1]}{discreet(match[2])}"
    return text if _IMPLEMENTATION in text else without_uids(text)
