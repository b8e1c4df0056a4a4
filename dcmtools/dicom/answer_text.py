"""The character set of an answer (PS3.4 C.4.1.1.3.2): one that all its text fits into.

It is the one of the request, else the one that the entity was stored with, else Unicode. Text of
ASCII alone needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

from dcmtools.dicom.character_set import UNICODE, character_sets_to_try, encode_text
from dcmtools.dicom.matching import SINGLE_VALUED_VRS

_CUSTOMIZABLE = frozenset(vr.value for vr in CUSTOMIZABLE_CHARSET_VR)


def choose_character_set(
    texts: Iterable[tuple[str, str]], requested: Sequence[str], stored: str
) -> tuple[str, ...]:
    """Return the terms for an answer with `texts`, each the VR and the text of an attribute; () for ASCII.

    `requested` are the terms of the request, `stored` the Specific Character Set of the entity.
    """
    foreign = [(vr, text) for vr, text in texts if vr in _CUSTOMIZABLE and not text.isascii()]
    if not foreign:
        return ()
    for terms in character_sets_to_try("\\".join(requested), stored):
        if all(_encode_values(text, vr, terms) is not None for vr, text in foreign):
            return terms
    return UNICODE


def encode_attribute(text: str, vr: str, terms: tuple[str, ...]) -> bytes:
    """Return the values of an attribute encoded in the character set that was chosen, without padding.

    Characters that no character set has (lone surrogates), and those outside ASCII where the VR
    has nothing else, become question marks.
    """
    if text.isascii() or vr not in _CUSTOMIZABLE:
        return text.encode("ascii", "replace")
    return _encode_values(text, vr, terms) or text.encode("utf-8", "replace")


def _encode_values(text: str, vr: str, terms: tuple[str, ...]) -> bytes | None:
    encoded = []
    for value in (text,) if vr in SINGLE_VALUED_VRS else text.split("\\"):
        single = encode_text(value, terms, person_name=vr == "PN")
        if single is None:
            return None
        encoded.append(single)
    return b"\\".join(encoded)
