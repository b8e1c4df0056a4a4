"""The text of a value (``-k Keyword=TEXT``) as the Python value of its value representation.

Text is kept as it is typed, so that matching keys (``Doe*``, ``20200101-``, PS3.4 C.2.2.2) reach
the peer unchanged. Numbers are checked against the range of their value representation (PS3.5
section 6.2), bytes are written as pairs of hex digits.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from typing import Any

from pydicom.tag import BaseTag
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR, STR_VR

from dcmtools.dicom.element_name import ComponentError, parse_element_name
from dcmtools.dicom.text import brief_text

_INTEGER_RANGES = {
    "SS": (-(2**15), 2**15 - 1),
    "US": (0, 2**16 - 1),
    "SL": (-(2**31), 2**31 - 1),
    "UL": (0, 2**32 - 1),
    "SV": (-(2**63), 2**63 - 1),
    "UV": (0, 2**64 - 1),
    "IS": (-(2**31), 2**31 - 1),
}
_WORD_SIZES = {"OB": 1, "UN": 1, "OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}  # bytes
_CUSTOM_TEXT = {vr.value for vr in CUSTOMIZABLE_CHARSET_VR}
_PARAGRAPHS = {"LT", "ST", "UT"}  # one value, in which a backslash is a character
_TEXT = {vr.value for vr in STR_VR}

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_FORMAT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")  # but TAB, LF, FF, CR
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEX_PAIRS = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_HEX_TAG = re.compile(r"([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")


def is_hex_pairs(text: str) -> bool:
    """Tell whether `text` can be read as bytes, two hex digits each."""
    return _HEX_PAIRS.fullmatch(text) is not None


def convert_value(vr: str, text: str) -> Any:
    """Return the value that `text` stands for in an element of value representation `vr`.

    Several values are separated by a backslash where `vr` has several; no text is no value.
    `vr` is one of PS3.5 section 6.2. Raises ValueError with the reason as its message.
    """
    if vr == "SQ":
        return _no_items(text)
    if vr in _WORD_SIZES:
        return _bytes(vr, text)
    if not text:
        return "" if vr in _TEXT else None
    if vr in _PARAGRAPHS:
        return _text(vr, text)
    values = [_convert_one(vr, value) for value in text.split("\\")]
    return values[0] if len(values) == 1 else values


def _convert_one(vr: str, text: str) -> Any:
    return _CONVERTERS.get(vr, _text)(vr, text)


def _text(vr: str, text: str) -> str:
    control = _CONTROL_BUT_FORMAT if vr in _PARAGRAPHS else _CONTROL
    if match := control.search(text):
        raise ValueError(f"{vr} holds no control characters such as '{brief_text(match[0])}'")
    if vr not in _CUSTOM_TEXT and not text.isascii():
        raise ValueError(f"{vr} holds ASCII characters only, not '{brief_text(text)}'")
    return text


def _no_items(text: str) -> list[Any]:
    if text:
        raise ValueError("a sequence holds items, not a value")
    return []


def _bytes(vr: str, text: str) -> bytes:
    if not is_hex_pairs(text):
        raise ValueError(f"{vr} takes pairs of hex digits, not '{brief_text(text)}'")
    value = bytes.fromhex(text)
    if len(value) % _WORD_SIZES[vr]:
        raise ValueError(f"{vr} takes words of {_WORD_SIZES[vr]} bytes, not {len(value)} bytes")
    return value


def _integer(vr: str, text: str) -> int:
    low, high = _INTEGER_RANGES[vr]
    if _INTEGER.fullmatch(text.strip(" ")) is None or not low <= int(text) <= high:
        raise ValueError(f"{vr} takes whole numbers from {low} to {high}, not '{brief_text(text)}'")
    return int(text)


def _float(vr: str, text: str) -> float:
    if _DECIMAL.fullmatch(text.strip(" ")) is None:
        raise ValueError(f"{vr} takes decimal numbers, not '{brief_text(text)}'")
    value = float(text)
    try:
        struct.pack("<f" if vr == "FL" else "<d", value)
    except OverflowError:
        value = math.inf
    if math.isinf(value):
        raise ValueError(f"'{brief_text(text)}' is too large for {vr}")
    return value


def _integer_string(vr: str, text: str) -> str:
    if not text.strip(" "):
        return ""
    if len(text) > 12:
        raise ValueError(f"{vr} takes at most 12 characters, not '{brief_text(text)}'")
    _integer(vr, text)
    return text


def _decimal_string(vr: str, text: str) -> str:
    if not text.strip(" "):
        return ""
    if _DECIMAL.fullmatch(text.strip(" ")) is None or len(text) > 16:
        raise ValueError(f"{vr} takes decimal numbers of at most 16 characters, not '{brief_text(text)}'")
    return text


def _tag(vr: str, text: str) -> BaseTag:
    match = _HEX_TAG.fullmatch(text)
    name = f"{match[1]},{match[2]}" if match else text
    try:
        return parse_element_name(name)
    except ComponentError:
        raise ValueError(f"{vr} takes tags such as 00100010 and keywords, not '{brief_text(text)}'") from None


_CONVERTERS: dict[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(("SS", "US", "SL", "UL", "SV", "UV"), _integer),
    **dict.fromkeys(("FL", "FD"), _float),
    "IS": _integer_string,
    "DS": _decimal_string,
    "AT": _tag,
}
