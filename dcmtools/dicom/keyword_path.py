"""Keyword paths: how ``-k`` names an element of a dataset and gives its value.

::

    path       = element { "." element } [ ":" VR ] [ "=" value ]
    element    = name [ "[" item "]" ]
    name       = keyword | "(gggg,eeee)"        parentheses optional

Items are counted from 0; every element but the last is a sequence and names an item. The first
``=`` ends the path, so a value may hold any character; several values are separated by ``\\``.
``:VR`` states the value representation of an element whose own is not known, such as a private
one, or is a choice (``US or SS``). Examples::

    PatientName=CITIZEN^Jan
    (0040,0100)[0].Modality=CT
    BeamSequence[3]=                    a sequence of four empty items
    (0009,1001):US=5
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pydicom.tag import BaseTag
from pydicom.valuerep import VR

from dcmtools.dicom.element_name import ComponentError, format_element_name, parse_element_name, public_vr
from dcmtools.dicom.text import brief_text
from dcmtools.errors import KeywordPathError

MAX_ITEM = 999
"""Highest item index; a larger one is taken for a slip rather than filled with empty items."""

MAX_DEPTH = 32
"""Most elements in a path; codecs run out of stack on nesting without bound."""

VALUE_REPRESENTATIONS = frozenset(vr.value for vr in VR if len(vr.value) == 2)
"""The value representations of PS3.5 section 6.2."""

_ELEMENT = re.compile(r"([^\[\]]*)(?:\[([0-9]+)\])?")


@dataclass(frozen=True)
class PathComponent:
    """An element by its tag or, with `item` (counted from 0), an item of that sequence."""

    tag: BaseTag
    item: int | None = None

    def __str__(self) -> str:
        name = format_element_name(self.tag)
        return name if self.item is None else f"{name}[{self.item}]"


@dataclass(frozen=True)
class KeywordPath:
    """Where an element is in a dataset, and the text of its value (None: none was given).

    `vr` is the value representation that the caller stated. Raises ValueError when made from
    components that make no path; :meth:`parse` raises KeywordPathError only.
    """

    components: tuple[PathComponent, ...]
    value: str | None = None
    vr: str | None = None

    def __post_init__(self) -> None:
        if not self.components:
            raise ComponentError("", "no element is named")
        if len(self.components) > MAX_DEPTH:
            raise ComponentError("", f"nested deeper than {MAX_DEPTH} elements")
        for parent in self.components[:-1]:
            _check_component(parent, is_parent=True)
        _check_component(self.target, is_parent=False)
        if self.vr is not None and self.vr not in VALUE_REPRESENTATIONS:
            raise ComponentError(str(self.target), f"'{brief_text(self.vr)}' is not a value representation")
        if self.target.item is not None and (self.value or self.vr):
            raise ComponentError(
                str(self.target), "an item has no value of its own", f"use {self.target}.Keyword=value"
            )

    @property
    def target(self) -> PathComponent:
        """The last component: the element that gets the value."""
        return self.components[-1]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`; raises KeywordPathError, and nothing else, for any other text than a path."""
        path, equals, value = text.partition("=")
        try:
            path, vr = _split_vr(path)
            return cls(_parse_components(path), value if equals else None, vr)
        except ComponentError as wrong:
            raise path_error(text, wrong) from None

    def format(self) -> str:
        """Return the text that :meth:`parse` reads as this path."""
        path = ".".join(map(str, self.components))
        vr = "" if self.vr is None else f":{self.vr}"
        value = "" if self.value is None else f"={self.value}"
        return f"{path}{vr}{value}"

    def __str__(self) -> str:
        return self.format()


def path_error(text: str, wrong: ComponentError) -> KeywordPathError:
    """Return the error that tells the caller what is `wrong` in the path `text`, on one line."""
    component = wrong.component or text
    return KeywordPathError(brief_text(text, 200), brief_text(component, 200), wrong.reason, hint=wrong.hint)


def _split_vr(path: str) -> tuple[str, str | None]:
    path, colon, vr = path.partition(":")
    return path, vr if colon else None


def _parse_components(path: str) -> tuple[PathComponent, ...]:
    if path.count(".") >= MAX_DEPTH:
        raise ComponentError("", f"nested deeper than {MAX_DEPTH} elements")
    return tuple(_parse_component(text) for text in path.split("."))


def _parse_component(text: str) -> PathComponent:
    match = _ELEMENT.fullmatch(text)
    if match is None:
        raise ComponentError(text, "an item is an index in brackets, from [0] on")
    tag = parse_element_name(match[1])
    if match[2] is None:
        return PathComponent(tag)
    digits = match[2].lstrip("0") or "0"
    # int() refuses very long numbers
    return PathComponent(tag, int(digits) if len(digits) <= len(str(MAX_ITEM)) else MAX_ITEM + 1)


def _check_component(component: PathComponent, *, is_parent: bool) -> None:
    name = format_element_name(component.tag)
    group, element = component.tag.group, component.tag.element
    if group <= 0x0002 or group == 0xFFFE or element == 0:
        raise ComponentError(name, f"({group:04X},{element:04X}) does not belong in a dataset")
    vr = public_vr(component.tag)
    if (is_parent or component.item is not None) and vr not in {None, "SQ"}:
        raise ComponentError(str(component), f"{name} is {vr}, not a sequence")
    if is_parent and component.item is None:
        raise ComponentError(name, "no item of the sequence is named", f"use {name}[0]")
    if component.item is not None and not 0 <= component.item <= MAX_ITEM:
        raise ComponentError(name, f"item indices are 0 to {MAX_ITEM}")
