"""Specific Character Set (0008,0005): which character sets there are, what text fits into one.

PS3.3 C.12.1.1.2 lists the defined terms, PS3.5 section 6.1 says how text is encoded with them.
"""

from __future__ import annotations

import codecs
import difflib
import re
import warnings
from collections.abc import Sequence

from pydicom.charset import (
    STAND_ALONE_ENCODINGS,
    convert_encodings,
    decode_bytes,
    default_encoding,
    encode_string,
    python_encoding,
)
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

from dcmtools.dicom.text import brief_text
from dcmtools.errors import InputError

UNICODE = ("ISO_IR 192",)
"""The character set that every text fits into."""

# multi-byte sets that hold no ASCII, they stand beside a first term only (PS3.3 table C.12-4)
_EXTENSIONS = {"ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58"}


def parse_character_set(text: str) -> tuple[str, ...]:
    """Return the defined terms in `text`, which are separated by backslashes.

    The first may be empty, which stands for the default repertoire (ASCII). Raises InputError
    for an unknown term, with the nearest as hint, and for terms that cannot stand together.
    """
    terms = tuple(term.strip(" ") for term in text.split("\\"))
    for term in terms:
        if term not in python_encoding:
            nearest = _nearest_term(term)
            hint = f"did you mean '{nearest}'?" if nearest else "such as 'ISO_IR 192' or 'ISO_IR 100'"
            raise InputError(f"'{brief_text(term)}' is not a character set", hint=hint)
    if terms[0] in _EXTENSIONS:
        raise InputError(f"'{terms[0]}' only extends another", hint=f"use 'ISO 2022 IR 6\\{text}'")
    if "" in terms[1:]:
        raise InputError("only the first character set may be empty")
    alone = [term for term in terms if term in STAND_ALONE_ENCODINGS]
    if alone and len(terms) > 1:
        raise InputError(f"'{alone[0]}' stands for itself, it cannot be combined with others")
    return terms


def unencodable(text: str, terms: Sequence[str], *, person_name: bool = False) -> str | None:
    """Return what `terms` cannot encode in `text`, None if they can encode all of it.

    It is a character or, where the characters cannot stand beside each other, the part of `text`
    that holds them. `text` is a single value; `person_name` says that it is one of VR PN.
    """
    if text.isascii():
        return None
    parts: list[str] = re.split("[\\^=]", text) if person_name else [text]
    for part in parts:
        for char in dict.fromkeys(part):
            if not (char.isascii() or _survives(char, terms, person_name=person_name)):
                return char
        if not _survives(part, terms, person_name=person_name):
            return part
    return None


def _survives(text: str, terms: Sequence[str], *, person_name: bool) -> bool:
    """Tell whether pydicom writes `text` so that any reader reads the same."""
    encodings = convert_encodings(list(terms))
    # pydicom writes Latin-1 where the standard has ASCII
    standard = ["ascii" if encoding == default_encoding else encoding for encoding in encodings]
    delimiters = PN_DELIMS if person_name else TEXT_VR_DELIMS
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # how pydicom tells that it put '?' or U+FFFD
        try:
            return decode_bytes(encode_string(text, encodings), standard, delimiters) == text
        except (UserWarning, UnicodeError):
            return False


def _nearest_term(term: str) -> str | None:
    if term.upper() in python_encoding:
        return term.upper()
    try:
        codec = codecs.lookup(term).name
    except (LookupError, ValueError):
        codec = ""
    for known, encoding in python_encoding.items():
        if known and codec == codecs.lookup(encoding).name:
            return "ISO_IR 100" if codec == codecs.lookup(default_encoding).name else known
    nearest = difflib.get_close_matches(term.upper()[:40], filter(None, python_encoding), n=1)
    return nearest[0] if nearest else None
