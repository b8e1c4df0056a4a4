"""The fields of a path template: which attribute stands there, in which format."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pydicom.tag import BaseTag

from dcmtools.dicom.element_name import ComponentError, format_element_name, parse_element_name, public_vr
from dcmtools.dicom.safe_names import is_safe
from dcmtools.dicom.text import brief_text
from dcmtools.dicom.value_text import NUMBER_FORMATS, TEXT_VRS
from dcmtools.errors import InputError

Values = Callable[[int, str], str]
"""Gives the text of an attribute by its tag and VR, empty where it has no value."""

NOTHING = "_"
"""What stands for a field without any value."""

_TEXT_VRS = TEXT_VRS | set(NUMBER_FORMATS) | {"AT"}
_WHOLE_NUMBER_VRS = frozenset({"IS", "SL", "SS", "SV", "UL", "US", "UV"})
_FIRST_GROUP_OF_DATASETS = 0x0008

_DATE = "(?P<Y>[0-9]{4})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])"
_TIME = "(?P<H>[01][0-9]|2[0-3])(?:(?P<M>[0-5][0-9])(?:(?P<S>[0-5][0-9]|60)(?:[.][0-9]+)?)?)?"
_MOMENTS = {
    "DA": (re.compile(_DATE), "Ymd"),
    "TM": (re.compile(_TIME), "HMS"),
    "DT": (re.compile(f"{_DATE}(?:{_TIME})?(?:[+-][0-9]{{4}})?"), "YmdHMS"),
}
_directive = re.compile("%(.?)")
_is_width = re.compile("0([1-9][0-9]?)").fullmatch
_is_limit = re.compile("[.]([1-9][0-9]{0,2})").fullmatch
_is_whole_number = re.compile("[+-]?[0-9]{1,20}").fullmatch


class Choice(NamedTuple):
    """An attribute in a format, or fixed text where `tag` is None."""

    tag: int | None
    vr: str = ""
    form: str = ""
    literal: str = ""

    def text(self, values: Values) -> str:
        """Return what stands for these values, empty where there is nothing or it does not fit the format."""
        if self.tag is None:
            return self.literal
        text = values(self.tag, self.vr)
        if not self.form or not text:
            return text
        if self.vr in _MOMENTS:
            return _moment_text(text, self.vr, self.form)
        if self.vr in _WHOLE_NUMBER_VRS:
            return f"{int(text):{self.form}d}" if _is_whole_number(text) else ""
        return text[: int(self.form[1:])].rstrip(" ")


class Field(NamedTuple):
    """What stands for one attribute, or for another where that has no value."""

    choices: tuple[Choice, ...]

    @property
    def tags(self) -> tuple[int, ...]:
        return tuple(choice.tag for choice in self.choices if choice.tag is not None)

    def text(self, values: Values) -> str:
        """Return the text of the first choice that has any."""
        return next(filter(None, (choice.text(values) for choice in self.choices)), "")


def parse_field(text: str) -> Field:
    """Read what is between braces; raises InputError."""
    return Field(tuple(_parse_choice(choice) for choice in text.split("|")))


def _parse_choice(text: str) -> Choice:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return Choice(None, literal=_parse_literal(text[1:-1]))
    name, colon, form = text.partition(":")
    try:
        tag = parse_element_name(name)
    except ComponentError as exc:
        raise InputError(f"'{brief_text(text)}': {exc.reason}", hint=exc.hint) from exc
    shown = format_element_name(tag)
    vr = (public_vr(tag) or "LO").split(" or ")[0]
    if tag.group < _FIRST_GROUP_OF_DATASETS or vr not in _TEXT_VRS:
        raise InputError(f"{shown} has no text for a path")
    if colon:
        _check_format(tag, vr, form)
    return Choice(int(tag), vr, form)


def _parse_literal(text: str) -> str:
    if not text or not _is_safe_within(text):
        raise InputError(f"'{brief_text(text)}' is no text for a path")
    return "" if text == NOTHING else text


def _is_safe_within(text: str) -> bool:
    """Whether a text can be part of a name."""
    return is_safe(f"x{text}x")


def _check_format(tag: BaseTag, vr: str, form: str) -> None:
    if vr in _MOMENTS:
        allowed = _MOMENTS[vr][1]
        found = _directive.findall(form)
        fits = bool(found) and all(directive and directive in allowed for directive in found)
        fits = fits and _is_safe_within(_directive.sub("x", form))
        example = " ".join(f"%{directive}" for directive in allowed)
    elif vr in _WHOLE_NUMBER_VRS:
        fits, example = _is_width(form) is not None, "04"
    else:
        fits, example = _is_limit(form) is not None, ".8"
    if not fits:
        name = format_element_name(tag)
        raise InputError(f"'{brief_text(form)}' is no format for {name}", hint=f"its VR {vr} takes {example}")


def _moment_text(text: str, vr: str, form: str) -> str:
    match = _MOMENTS[vr][0].fullmatch(text)
    if match is None or any(match[directive] is None for directive in _directive.findall(form)):
        return ""
    return _directive.sub(lambda directive: match[directive[1]], form)
