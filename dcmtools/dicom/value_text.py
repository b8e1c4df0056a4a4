"""Encoded values (PS3.5 section 6) as text: decoded by character set, without padding.

Several values of one attribute are joined by a backslash.
"""

from __future__ import annotations

import re
from functools import lru_cache
from struct import Struct

from pydicom.charset import CODES_TO_ENCODINGS, python_encoding

CHARACTER_SET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs whose values are encoded in the Specific Character Set; those of the others are ASCII."""

TEXT_VRS = CHARACTER_SET_VRS | {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"}

NUMBER_FORMATS = {
    "FD": "d", "FL": "f", "SL": "i", "SS": "h", "SV": "q", "UL": "I", "US": "H", "UV": "Q",
}  # fmt: skip
"""VRs of binary numbers, with the format of one for `struct`."""

_STRUCTS = {
    (form, little): Struct(("<" if little else ">") + form)
    for form in NUMBER_FORMATS.values()
    for little in (True, False)
}

_ONE_VALUE = frozenset({"LT", "ST", "UR", "UT"})  # a backslash in them is a character
_LEADING_SPACES_COUNT = frozenset({"LT", "ST", "UC", "UR", "UT"})

_ESCAPE = b"\x1b"
_escape_sequence = re.compile(rb"(\x1b(?:\$[()]|[$()\-]).)", re.DOTALL)
_name_delimiters = re.compile(rb"[\\^=\r\n\t\f]")
_text_delimiters = re.compile(rb"[\\\r\n\t\f]")

# of these sets a character is two bytes of ASCII, delimiters among them; Python wants their escape sequences
_SEVEN_BIT = ("iso2022_jp", "iso2022_jp_2")

_SHORT = 64  # bytes of a value of which the text is remembered

_ASCII = ("ascii",)
_FIRST_GUESSES = ("utf-8", "latin-1")  # of text that should be ASCII and is not


@lru_cache(maxsize=64)
def encodings_of(character_set: str) -> tuple[str, ...]:
    """Return Python's names of the encodings of a Specific Character Set, the value of (0008,0005).

    An unknown defined term stands for ASCII, as an empty one does.
    """
    terms = [term.strip() for term in character_set.split("\\")]
    encodings = [python_encoding.get(term, "") if term else "" for term in terms]
    return tuple(
        "ascii" if not encoding or term.endswith("IR 6") else encoding
        for encoding, term in zip(encodings, terms, strict=True)
    )


def value_text(value: bytes, vr: str, encodings: tuple[str, ...] = _ASCII, *, little: bool = True) -> str:
    """Return the text of an encoded value of one of TEXT_VRS or NUMBER_FORMATS, or of VR AT.

    `encodings` are as `encodings_of` returns them, `little` is the byte order of numbers. Bytes that
    no character can be made of become U+FFFD; text that should be ASCII and is not is taken for
    UTF-8, then for Latin-1. The text can be stored and sent anywhere: it has no NUL and no surrogate.
    """
    if len(value) <= _SHORT:
        return _short_value_text(value, vr, encodings, little)
    return _value_text(value, vr, encodings, little)


def _value_text(value: bytes, vr: str, encodings: tuple[str, ...], little: bool) -> str:
    if vr in NUMBER_FORMATS:
        return _numbers(value, NUMBER_FORMATS[vr], little=little)
    if vr == "AT":
        half = _numbers(value, "H", little=little).split("\\")
        return "\\".join(f"{int(a):04X}{int(b):04X}" for a, b in zip(half[::2], half[1::2], strict=False))
    if value.isascii() and _ESCAPE not in value:
        text = value.decode("ascii")
    else:
        text = _decode(value, vr, encodings if vr in CHARACTER_SET_VRS else _ASCII)
    return strip_padding(text, vr).replace("\0", "\ufffd")


_short_value_text = lru_cache(maxsize=4096)(_value_text)  # the instances of a series share most of them


def _numbers(value: bytes, form: str, *, little: bool) -> str:
    one = _STRUCTS[form, little]
    if len(value) == one.size:
        return str(one.unpack(value)[0])
    whole = len(value) // one.size * one.size
    return "\\".join(str(number) for (number,) in one.iter_unpack(value[:whole]))


def strip_padding(text: str, vr: str) -> str:
    """Return `text`, one value or several of `vr`, without the spaces that mean nothing."""
    if vr in _LEADING_SPACES_COUNT:
        if vr in _ONE_VALUE or "\\" not in text:
            return text.rstrip(" \0")
        return "\\".join(part.rstrip(" \0") for part in text.split("\\"))
    if "\\" not in text:
        return text.strip(" \0")
    return "\\".join(part.strip(" \0") for part in text.split("\\"))


def _decode(value: bytes, vr: str, encodings: tuple[str, ...]) -> str:
    if _ESCAPE in value and len(encodings) > 1:
        return _decode_extended(value, encodings, _name_delimiters if vr == "PN" else _text_delimiters)
    first = encodings[0]
    for encoding in _FIRST_GUESSES if first == "ascii" else (first,):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            pass
    return value.decode(first, "replace")


def _decode_extended(value: bytes, encodings: tuple[str, ...], delimiters: re.Pattern[bytes]) -> str:
    """Decode text with code extensions (PS3.5 section 6.1.2.5).

    An escape sequence holds up to the next, and not beyond a delimiter.
    """
    first = encodings[0]
    start, *rest = _escape_sequence.split(value)
    pieces = [start.decode(first, "replace")]
    for code, run in zip(rest[::2], rest[1::2], strict=True):
        encoding = CODES_TO_ENCODINGS.get(code, "")
        if code == b"\x1b(B":
            encoding = "ascii"
        elif encoding not in encodings:
            encoding = first
        if encoding in _SEVEN_BIT:
            pieces.append((code + run).decode(encoding, "replace"))
            continue
        end = match.start() if (match := delimiters.search(run)) else len(run)
        pieces.append(run[:end].decode(encoding, "replace"))
        pieces.append(run[end:].decode(first, "replace"))
    return "".join(pieces)
