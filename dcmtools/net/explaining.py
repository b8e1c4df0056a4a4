"""What statuses, UIDs, data elements and their like are: known without any peer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcmtools.dicom.dictionary import look_up, similar_names
from dcmtools.net.advice import advice
from dcmtools.net.events import Explanation, Unexplained
from dcmtools.net.statuses import SERVICES, category, describe_status, own_meaning

_HEXADECIMAL = re.compile(r"(?:0x)?([0-9A-F]{1,4})h?", re.IGNORECASE)
_HEXADECIMAL_TAG = re.compile(r"(?:0x)?[0-9A-F]{8}", re.IGNORECASE)
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_LONGEST_UID = 64
_DECIMAL = re.compile(r"[1-6][0-9]{4}")


def explain(text: str, service: str | None = None) -> Iterator[Explanation | Unexplained]:
    """Yield all that `text` may stand for, or one `Unexplained`.

    A status is explained for `service` (one of `SERVICES`), by default for all in which it has a
    meaning of its own.
    """
    status = _status(text)
    if status is not None:
        yield from _statuses(status, service)
        return
    found = [Explanation(*entry) for entry in look_up(text)]
    yield from found or (_unexplained(text),)


def _unexplained(text: str) -> Unexplained:
    if _UID.fullmatch(text):
        return Unexplained(text, "no UID of PS3.6" if len(text) <= _LONGEST_UID else "too long for a UID", ())
    if "," in text or _HEXADECIMAL_TAG.fullmatch(text):
        return Unexplained(text, "no data element of PS3.6", ())
    return Unexplained(text, "no status, UID, data element, VR, keyword or name", tuple(similar_names(text)))


def _status(text: str) -> int | None:
    """Read a status: up to four hexadecimal digits as 0xA700 or A700, or five decimal ones."""
    if match := _HEXADECIMAL.fullmatch(text.strip()):
        digits = match[1]
        # AE, DA and others are value representations, unless there is a prefix
        return int(digits, 16) if len(digits) > 2 or digits.isdigit() or "x" in text.lower() else None
    if _DECIMAL.fullmatch(text.strip()) and (number := int(text)) <= 0xFFFF:
        return number
    return None


def _statuses(status: int, service: str | None) -> Iterator[Explanation]:
    if service is not None:
        yield _explained(status, service, service)
        return
    services = [each for each in SERVICES if own_meaning(status, each)]
    for each in services:
        yield _explained(status, each, each)
    if not services:
        yield _explained(status, "verification", "all")


def _explained(status: int, service: str, shown: str) -> Explanation:
    subject, _, meaning = describe_status(status, service).partition(" ")
    facts = {"service": shown}
    if hint := advice(status, service):
        facts["advice"] = hint
    if "all" in shown and meaning == f"({category(status)})" and category(status) == "Failure":
        facts["meaning"] = "none in the standard: the documentation of the peer may have it"
    return Explanation(subject, "status", meaning[1:-1], facts)
