"""A dataset as lines of text, one for each element, as in a dump."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dcmtools.dicom.text import safe_text

_INDENT = "  "
_MAX_DEPTH = 64  # nested sequences; more is no query and would exhaust the stack
_HIDDEN = "[hidden]"
_MAX_BYTES = 13  # longest binary value that is shown


def list_dataset(ds: Dataset, *, values: bool = True) -> Iterator[str]:
    """Yield a line for each element of `ds`; those of items are indented.

    A line is ``(gggg,eeee) VR value # VM Keyword``. No value is an error: one that cannot be
    decoded is shown as its bytes. Control characters are shown as escapes, so that a peer's text
    cannot drive the terminal. Without `values` only their number is shown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pydicom says about odd values, which are shown
        lines = list(_lines(ds, 0, values=values))
    yield from lines


def _lines(ds: Dataset, depth: int, *, values: bool) -> Iterator[str]:
    indent = 2 * depth * _INDENT
    for tag in sorted(ds.keys()):
        try:
            element = ds[tag]
            yield indent + _element_line(element, values=values)
        except Exception:  # whatever pydicom's converters raise for an odd value
            yield indent + _undecoded_line(ds, tag, values=values)
            continue
        for number, item in enumerate(element.value if element.VR == "SQ" else (), start=1):
            yield f"{indent}{_INDENT}(Sequence item #{number})"
            if depth < _MAX_DEPTH:
                yield from _lines(item, depth + 1, values=values)
            else:
                yield f"{indent}{2 * _INDENT}(nested too deep to be shown)"


def _element_line(element: DataElement, *, values: bool) -> str:
    is_shown = values or element.VR == "SQ" or element.VM == 0
    return _line(element.tag, element.VR, _value(element) if is_shown else _HIDDEN, element.VM)


def _undecoded_line(ds: Dataset, tag: BaseTag, *, values: bool) -> str:
    raw = ds.get_item(tag, keep_deferred=True)
    return _line(tag, raw.VR or "UN", _single_value(raw.value or b"") if values else _HIDDEN, 1)


def _line(tag: BaseTag, vr: str, value: str, multiplicity: int) -> str:
    head = f"({tag.group:04X},{tag.element:04X}) {safe_text(vr)}"
    return f"{head} {value: <40} # {multiplicity} {keyword_for_tag(tag)}"


def _value(element: DataElement) -> str:
    if element.VR == "SQ":
        count = len(element.value)
        return f"(Sequence with {count} item{'' if count == 1 else 's'})"
    if element.VM == 0:
        return "(no value available)"
    if element.VM == 1:
        return _single_value(element.value)
    if all(isinstance(value, bytes) for value in element.value):
        return f"({sum(map(len, element.value))} bytes of binary data)"
    return safe_text("[" + "\\".join(map(str, element.value)) + "]")


def _single_value(value: Any) -> str:
    if not isinstance(value, bytes):
        return safe_text(f"[{value}]")
    return f"[{value.hex(' ')}]" if len(value) <= _MAX_BYTES else f"({len(value)} bytes of binary data)"
