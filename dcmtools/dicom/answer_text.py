"""The character set of an answer (PS3.4 C.4.1.1.3.2): one that all its text fits into.

It is the one of the request, else the one that the entity was stored with, else Unicode. Text of
ASCII alone needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

from dcmtools.dicom.character_set import UNICODE, parse_character_set
from dcmtools.dicom.matching import SINGLE_VALUED_VRS
from dcmtools.dicom.text_encoding import encode_text
from dcmtools.errors import InputError

_ASCII = {("",), ("ISO_IR 6",)}
_CUSTOMIZABLE = frozenset(vr.value for vr in CUSTOMIZABLE_CHARSET_VR) | {"UN"}  # may be text, if private


def encode_texts(
    texts: Sequence[tuple[str, str]], requested: Sequence[str], stored: str
) -> tuple[tuple[str, ...], list[bytes]]:
    """Return the terms of the character set, none for ASCII, and each of `texts` encoded in it, unpadded.

    `texts` are the VR and the text of each attribute, several values joined by a backslash;
    `requested` are the terms of the request, `stored` is the Specific Character Set of the entity.
    Lone surrogates, which no character set has, become question marks, and so do characters
    outside ASCII where the VR has nothing else.
    """
    if all(text.isascii() or vr not in _CUSTOMIZABLE for vr, text in texts):
        return (), [text.encode("ascii", "replace") for _, text in texts]
    for terms in _character_sets("\\".join(requested), stored):
        encoded = [_encode_values(text, vr, terms) for vr, text in texts]
        whole = [value for value in encoded if value is not None]
        if len(whole) == len(encoded):
            return terms, whole
    return UNICODE, [
        text.encode("utf-8" if vr in _CUSTOMIZABLE else "ascii", "replace") for vr, text in texts
    ]


def _encode_values(text: str, vr: str, terms: tuple[str, ...]) -> bytes | None:
    """Return the values of an attribute in the character set `terms`, None when one does not fit."""
    if text.isascii() or vr not in _CUSTOMIZABLE:
        return text.encode("ascii", "replace")
    encoded = []
    for value in (text,) if vr in SINGLE_VALUED_VRS else text.split("\\"):
        single = encode_text(value, terms, person_name=vr == "PN")
        if single is None:
            return None
        encoded.append(single)
    return b"\\".join(encoded)


@lru_cache(maxsize=256)
def _character_sets(*declared: str) -> tuple[tuple[str, ...], ...]:
    """Return the terms of each of the `declared` character sets that is valid and not ASCII, then UNICODE."""
    sets = []
    for text in declared:
        with suppress(InputError):
            sets.append(parse_character_set(text))
    return tuple(terms for terms in dict.fromkeys((*sets, UNICODE)) if terms not in _ASCII)
