"""The elements of a dataset with their values as text, numbers, bytes or items, whatever is in them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import VR

from dcmtools.dicom.value_text import TEXT_VRS, encodings_of, strip_padding, value_text

Value = str | int | float | bytes

MAX_DEPTH = 64
"""Nested sequences that are looked into: more is no query, and would exhaust the stack."""

_CHARACTER_SET = Tag(0x00080005)
_VRS = frozenset(vr.value for vr in VR if len(vr.value) == 2)


class Element(NamedTuple):
    """A data element, its values as Python has them: none for a zero-length one.

    Text is as it is in the dataset but for padding, numbers of VR DS and IS included; a person name
    has its component groups between ``=``, an attribute tag is ``GGGGEEEE``. An empty one of
    several values is an empty text. A sequence has `items`, and no values.
    """

    tag: BaseTag
    vr: str
    values: tuple[Value, ...] = ()
    items: tuple[Dataset, ...] = ()


def elements(ds: Dataset) -> Iterator[Element]:
    """Yield the elements of `ds` in the order of their tags, without group lengths; see `element`."""
    for tag in sorted(ds.keys()):
        if tag.element and (found := element(ds, tag)) is not None:
            yield found


def element(ds: Dataset, tag: BaseTag) -> Element | None:
    """Return the element `tag` of `ds`, None if there is none.

    No value is an error: one that cannot be decoded is its text or, in a VR that is no text, its
    bytes as UN.
    """
    if tag not in ds:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pydicom says about odd values, which are taken as they are
        try:
            return _decoded(ds[tag])
        except Exception:  # whatever pydicom's converters raise for an odd value
            return _undecoded(ds, tag)


def _decoded(found: DataElement) -> Element:
    vr = str(found.VR)
    if vr == "SQ":
        return Element(found.tag, vr, items=tuple(found.value))
    if vr not in _VRS:  # a choice such as "US or SS" that nothing in the dataset decides
        vr = "UN"
    several = found.value if found.VM > 1 else () if found.is_empty else (found.value,)
    values = tuple(_value(vr, value) for value in several)
    return Element(found.tag, vr, values if values != ("",) else ())


def _value(vr: str, value: Any) -> Value:
    if vr == "PN":
        name = strip_padding(str(value), vr)
        return name if name.strip("^=") else ""
    if vr == "AT":
        return f"{int(value):08X}"
    if isinstance(value, bytes):
        return value
    if vr not in TEXT_VRS and isinstance(value, int | float):
        return value
    return strip_padding("" if value is None else str(value), vr)


def _undecoded(ds: Dataset, tag: BaseTag) -> Element:
    raw = ds.get_item(tag, keep_deferred=True)
    value = raw.value if isinstance(raw.value, bytes) else b""
    vr = str(raw.VR or "UN")
    if not value or vr not in TEXT_VRS:
        return Element(tag, "UN", (value,) if value else ())
    text = value_text(value, vr, encodings_of(_character_set(ds)))
    return Element(tag, vr, tuple(text.split("\\")))


def _character_set(ds: Dataset) -> str:
    if _CHARACTER_SET not in ds:
        return ""
    value = ds.get_item(_CHARACTER_SET, keep_deferred=True).value or ""
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    return value if isinstance(value, str) else "\\".join(map(str, value))
