"""A dataset in the DICOM JSON Model (PS3.18 annex F)."""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any

from pydicom.dataset import Dataset

from dcmtools.dicom.element_values import MAX_DEPTH, Element, Value, elements
from dcmtools.dicom.text import escape_unsafe

_CHARACTER_SET = 0x00080005
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_EXACT = 1 << 53  # whole numbers beyond are not exact for readers that have floats only

_is_number = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?", re.ASCII).fullmatch


def json_model(ds: Dataset) -> dict[str, Any]:
    """Return `ds` as the objects that make up its JSON.

    All text is Unicode, and Specific Character Set says so. A number of VR DS or IS that is none
    is a string, as are numbers that JSON has not (``NaN``, ``inf``) or that are beyond 2**53.
    """
    return _object(ds, 0)


def json_text(ds: Dataset) -> str:
    """Return `ds` as JSON on one line, safe for a terminal: control characters are escapes."""
    text = json.dumps(json_model(ds), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return escape_unsafe(text, _json_escape)


def _json_escape(code: int) -> str:
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _object(ds: Dataset, depth: int) -> dict[str, Any]:
    return {f"{element.tag:08X}": _attribute(element, depth) for element in elements(ds)}


def _attribute(element: Element, depth: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"vr": element.vr}
    if element.tag == _CHARACTER_SET and element.values:
        shown["Value"] = ["ISO_IR 192"]
    elif element.items:
        shown["Value"] = [_object(item, depth + 1) if depth < MAX_DEPTH else {} for item in element.items]
    elif binary := b"".join(value for value in element.values if isinstance(value, bytes)):
        shown["InlineBinary"] = base64.b64encode(binary).decode("ascii")
    elif element.values:
        shown["Value"] = [_value(element.vr, value) for value in element.values]
    return shown


def _value(vr: str, value: Value) -> Any:
    if vr == "PN":
        groups = zip(_GROUPS, str(value).split("="), strict=False)
        return {name: group for name, group in groups if group.strip("^")} or None
    if value == "":
        return None
    if vr in {"DS", "IS"} and isinstance(value, str) and _is_number(value):
        value = _number(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    return value


def _number(text: str) -> Value:
    """Return the number of a decimal or integer string, the text where a float cannot hold it."""
    number = float(text) if set(text) & set(".Ee") else int(text)
    return number if isinstance(number, int) or math.isfinite(number) else text
