"""Text encoded in a character set (PS3.5 section 6.1), for many values and many threads."""

from __future__ import annotations

import re
from functools import lru_cache

from pydicom.charset import (
    convert_encodings,
    custom_encoders,
    decode_bytes,
    default_encoding,
    encode_string,
    python_encoding,
)
from pydicom.valuerep import TEXT_VR_DELIMS

# delimiters, behind which the first character set is in use again (PS3.5 section 6.1.2.5.3)
_LINES = re.compile("([\t\n\f\r])")
_NAME_PARTS = re.compile("([\\^=\t\n\f\r])")

_LATIN_1 = re.compile("[\x80-\xff]")
_UNWRITABLE = python_encoding["ISO 2022 IR 58"]  # pydicom writes it without its escape sequences
_JIS_X_0201 = python_encoding["ISO_IR 13"]  # a codec of more characters than the set has


def encode_text(text: str, terms: tuple[str, ...], *, person_name: bool = False) -> bytes | None:
    """Return `text`, a single value, encoded in the character set `terms`; None when it does not fit.

    `terms` are valid (:func:`~dcmtools.dicom.character_set.parse_character_set`), none stand for ASCII.
    """
    if text.isascii():
        return text.encode("ascii")
    if len(terms) > 1:
        return _encode_extended(text, terms, _NAME_PARTS if person_name else _LINES)
    codec = python_encoding[terms[0]] if terms else default_encoding
    if codec == _JIS_X_0201:
        return _encode_jis_x_0201(text)
    try:
        return text.encode("ascii" if codec == default_encoding else codec)
    except UnicodeEncodeError:
        return None


def _encode_jis_x_0201(text: str) -> bytes | None:
    """Return text of ASCII letters and half-width katakana, of which pydicom encodes one or the other."""
    if not all(_has(_JIS_X_0201, char) for char in text):
        return None
    encoded = text.encode(_JIS_X_0201)
    return encoded if encoded.decode(_JIS_X_0201) == text else None


def _encode_extended(text: str, terms: tuple[str, ...], parts_of: re.Pattern[str]) -> bytes | None:
    """Return `text` encoded with code extensions (PS3.5 section 6.1.2.5), None when it does not fit.

    Servers do this in many threads, so that the filters of warnings, which are global, cannot be
    changed as :mod:`~dcmtools.dicom.character_set` does: pydicom is not shown what it would warn about.
    """
    encodings = convert_encodings(list(terms))
    parts = []
    for part in parts_of.split(text):
        encoded = part.encode() if part.isascii() else _encode_part(part, encodings)
        if encoded is None:
            return None
        parts.append(encoded)
    return b"".join(parts)


def _encode_part(text: str, encodings: list[str]) -> bytes | None:
    if not all(any(_has(encoding, char) for encoding in encodings) for char in text):
        return None
    if default_encoding in encodings and _LATIN_1.search(text):  # pydicom would leave out the escape sequence
        return None
    encoded = encode_string(text, encodings)
    return encoded if decode_bytes(encoded, encodings, TEXT_VR_DELIMS) == text else None


@lru_cache(maxsize=4096)
def _has(encoding: str, char: str) -> bool:
    """Return whether a character can be written in one of pydicom's encodings."""
    if encoding in {default_encoding, _UNWRITABLE}:
        return char.isascii()
    try:
        custom_encoders[encoding](char) if encoding in custom_encoders else char.encode(encoding)
    except UnicodeError:
        return False
    return True
