"""Names of files and folders that are made of values from strangers.

A value is used as it is where it can be on every file system; another is made safe and gets a hash,
so that two texts share a name only where a file system does not tell upper from lower case.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_NAME = 200
"""Bytes of a name in UTF-8: file systems take 255, and numbers are put behind some names."""

_SIGNS = " _-.+,=@^"
_is_plain_ascii = re.compile(r"[0-9A-Za-z _\-.+,=@^]*").fullmatch
_is_marked = re.compile(r".*-[0-9a-f]{32}", re.DOTALL).fullmatch
_is_device = re.compile("(?:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9\xb9\xb2\xb3])", re.IGNORECASE).fullmatch


def is_safe(name: str) -> bool:
    """Whether all systems take the name of a file or folder; a hidden one, or like an option, is not safe."""
    return (
        _has_safe_characters(name)
        and bool(name)
        and name[0] not in ".- "
        and name[-1] not in ". "
        and ".." not in name
        and len(name.encode()) <= LONGEST_NAME
        and not _is_device(name.partition(".")[0].rstrip(" "))
    )


def safe_name(text: str, suffix: str = "", *, mark: bool = False) -> str:
    """Return a safe name for `text`, to which `suffix` is to be added: itself, or one with a hash of it.

    Different texts have different names (with one suffix, itself safe at the end of a name). With
    `mark` the name has a hash in any case, and is not that of the same text without: a text that
    could be mistaken for another is told apart like this.
    """
    if not mark and is_safe(text + suffix) and is_safe(text) and not _is_marked(text):
        return text
    digest = hashlib.sha256(bytes([mark]) + text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    room = LONGEST_NAME - len(suffix.encode()) - len(digest) - 1
    return f"{_shown(text, room)}-{digest}"


def _has_safe_characters(text: str) -> bool:
    if _is_plain_ascii(text):
        return True
    if not unicodedata.is_normalized("NFC", text):  # some file systems do not tell the forms apart
        return False
    return all(map(_is_safe_character, text))


def _is_safe_character(character: str) -> bool:
    """Whether it is a letter, a mark or a digit of any script, or one of a few signs."""
    return character in _SIGNS or unicodedata.category(character)[0] in "LMN"


def _shown(text: str, room: int) -> str:
    """Return what is readable of `text`, at most `room` bytes, fit to stand in front of a hash."""
    composed = unicodedata.normalize("NFC", text[:LONGEST_NAME])
    shown = "".join(one if _is_safe_character(one) else "_" for one in composed).replace("..", "__")
    if not shown or shown[0] in ".- " or _is_device(shown.partition(".")[0].rstrip(" ")):
        shown = f"_{shown}"
    return shown.encode()[:room].decode("utf-8", "ignore")
