"""What may be said of patients: with ``--no-phi`` nothing that leads to one.

Hidden are values of datasets and Identifiers, UIDs that are not of the DICOM standard, names and paths of
files with objects, and what peers say in their own words. A pseudonym stands for each, the same one for
the same text as long as the process runs, and of no use outside of it.
"""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b

from dcmtools.dicom.implementation import IMPLEMENTATION_CLASS_UID

_KEY_SIZE, _PSEUDONYM_SIZE = 16, 4

_is_uid = re.compile(r"(?<!\d)\d+(?:\.\d+){4,}").sub  # an IPv4 address has three dots
_is_quoted = re.compile(r"(?<!\w)'[^']*'(?!\w)").sub
_OF_THE_STANDARD = "1.2.840.10008."


class _Privacy:
    """Whether patients are hidden: then there is a key for the pseudonyms."""

    key: bytes | None = None


def hide_patients(*, hide: bool) -> None:
    """Say for the whole process whether patients are hidden."""
    _Privacy.key = secrets.token_bytes(_KEY_SIZE) if hide else None


def are_hidden() -> bool:
    """Whether patients are hidden."""
    return _Privacy.key is not None


def discreet(value: object) -> str:
    """Return `value` as text, or its pseudonym where patients are hidden."""
    text = str(value)
    if _Privacy.key is None or not text:
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), key=_Privacy.key, digest_size=_PSEUDONYM_SIZE)
    return f"#{digest.hexdigest()}"


def discreet_message(text: str) -> str:
    """Return a message, with pseudonyms for what is between quotes in it and for UIDs."""
    if _Privacy.key is None:
        return text
    return without_uids(_is_quoted(lambda match: f"'{discreet(match[0][1:-1])}'", text))


def without_uids(text: str) -> str:
    """Return `text` with pseudonyms for UIDs, but for those of the standard and of this program."""
    if _Privacy.key is None:
        return text
    return _is_uid(_pseudonym, text)


def _pseudonym(match: re.Match[str]) -> str:
    uid = match[0]
    is_public = uid.startswith(_OF_THE_STANDARD) or uid == IMPLEMENTATION_CLASS_UID
    return uid if is_public else discreet(uid)
