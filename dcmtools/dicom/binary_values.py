"""Text of numbers as values of the binary VRs (PS3.5 section 6.2)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

_FORMS = {"FD": "d", "FL": "f", "SL": "i", "SS": "h", "SV": "q", "UL": "I", "US": "H", "UV": "Q"}
_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ"})
_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),? ?([0-9A-Fa-f]{4})\)?")


def is_binary(vr: str) -> bool:
    """Return whether the values of `vr` are no text."""
    return vr in _FORMS or vr in _BULK or vr == "AT"


def pack_values(text: str, vr: str, *, little: bool) -> bytes:
    """Return the values of a binary VR, in `text` joined by a backslash, as they are encoded.

    There are none where `text` is no such value, and none of sequences and bulk data.
    """
    if not text or vr in _BULK:
        return b""
    order = "<" if little else ">"
    pack = _pack_tag if vr == "AT" else _pack_number(vr)
    try:
        return b"".join(pack(order, value.strip()) for value in text.split("\\"))
    except (ValueError, OverflowError, struct.error):
        return b""


def _pack_tag(order: str, text: str) -> bytes:
    match = _TAG.fullmatch(text)
    if match is None:
        raise ValueError(f"no tag: {text!r}")
    return struct.pack(f"{order}HH", int(match[1], 16), int(match[2], 16))


def _pack_number(vr: str) -> Callable[[str, str], bytes]:
    form = _FORMS[vr]
    convert = float if vr in {"FD", "FL"} else int
    return lambda order, text: struct.pack(order + form, convert(text))
