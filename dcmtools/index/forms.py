"""The forms of values by which a database selects, short enough to be indexed.

They select more than what matches, never less: equal values have equal forms, and a value that begins
with a text, or contains it, has a form that does with the form of the text. A value without such a
form has None, and is to be looked at itself.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_LONGEST = 255  # characters; PostgreSQL indexes 2,700 bytes at most
KEPT = 180
"""Characters that an identity keeps of a value that is too long to be one."""

_is_date = re.compile(r"[0-9]{8}|").fullmatch
NAME_GROUPS = 3


def storable(text: str) -> str:
    """Return `text` as every database takes it: without NUL and surrogates, U+FFFD in their place."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def identity(value: str) -> str:
    """Return what stands for the value of a unique key: itself, or its beginning and a hash."""
    if len(value) <= _LONGEST:
        return value
    return f"{value[:KEPT]}~{hashlib.sha256(value.encode()).hexdigest()}"


def text_form(value: str) -> str | None:
    """Return the form of a text of a single value."""
    return None if "\\" in value or len(value) > _LONGEST else value


def date_form(value: str) -> str | None:
    """Return the form of a value of VR DA."""
    return value if _is_date(value) else None


def name_forms(value: str) -> tuple[str | None, str | None, str | None]:
    """Return the forms of the component groups of a person name, empty for those it does not have."""
    groups = value.split("=")
    if "\\" in value or len(value) > _LONGEST or len(groups) > NAME_GROUPS:
        return None, None, None
    first, second, third = (name_form(group) for group in [*groups, "", ""][:NAME_GROUPS])
    return first, second, third


@lru_cache(maxsize=1024)
def name_form(group: str) -> str:
    """Return the form of a component group: folded, with one ``^`` at its end; empty for an empty one."""
    folded = fold(group).rstrip("^")
    return f"{folded}^" if folded else ""


def fold(text: str) -> str:
    """Return `text` without case, accents and spaces.

    Each character is folded by itself: what begins with a text, or contains it, does so folded.
    """
    if text.isascii():
        return "".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return "".join(char for char in folded if not (unicodedata.combining(char) or char.isspace()))


def after(prefix: str) -> str | None:
    """Return the first text, in the order of code points, behind all that begin with `prefix`.

    None when there is no such text.
    """
    for end in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[end]) + 1
        if code == 0xD800:
            code = 0xE000
        if code <= 0x10FFFF:
            return prefix[:end] + chr(code)
    return None
