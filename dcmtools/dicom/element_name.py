"""How a caller names a data element: by keyword or as ``(gggg,eeee)``."""

from __future__ import annotations

import difflib
import re

from pydicom.datadict import (
    dictionary_VR,
    keyword_dict,
    keyword_for_tag,
    repeater_has_keyword,
    tag_for_keyword,
)
from pydicom.tag import BaseTag, Tag

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)?")
_LOOSE_TAG = re.compile(r"\(?\s*([0-9A-Fa-f]{1,4})\s*,\s*([0-9A-Fa-f]{1,4})\s*\)?")
_BARE_TAG = re.compile(r"(?:0x)?([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")

_LONGEST_GUESS = 80  # characters; the longest keyword of PS3.6 has 63
_EXAMPLES = "elements are named as PatientName or (0010,0010)"


class ComponentError(ValueError):
    """A part of a keyword path is wrong; `reason` says why, `hint` what would be right."""

    def __init__(self, component: str, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.component = component
        self.reason = reason
        self.hint = hint


def parse_element_name(name: str) -> BaseTag:
    """Return the tag of a keyword of PS3.6 or of ``(gggg,eeee)``, parentheses optional.

    Raises ComponentError, with the nearest valid name as hint.
    """
    if match := _TAG.fullmatch(name):
        return Tag(int(match[1], 16), int(match[2], 16))
    if not name:  # some retired elements have an empty keyword
        raise ComponentError(name, "no element is named", _EXAMPLES)
    if repeater_has_keyword(name):
        raise ComponentError(
            name,
            "the keyword names an element of repeating groups",
            "give the element as (gggg,eeee), such as (6000,3000) for OverlayData",
        )
    if (tag := tag_for_keyword(name)) is None:
        nearest = _nearest_name(name)
        hint = f"did you mean '{nearest}'?" if nearest else _EXAMPLES
        raise ComponentError(name, "no such keyword or tag", hint)
    return Tag(tag)


def format_element_name(tag: BaseTag) -> str:
    """Return the keyword of `tag`, or ``(gggg,eeee)`` where no keyword stands for just this tag."""
    keyword = keyword_for_tag(tag)
    if keyword and tag_for_keyword(keyword) == tag:
        return keyword
    return f"({tag.group:04X},{tag.element:04X})"


def public_vr(tag: BaseTag) -> str | None:
    """Return the value representation of `tag` in PS3.6, a choice such as ``US or SS``, or None."""
    try:
        return dictionary_VR(tag)
    except KeyError:
        return None


def _nearest_name(name: str) -> str | None:
    if match := _LOOSE_TAG.fullmatch(name.strip()) or _BARE_TAG.fullmatch(name.strip()):
        return f"({match[1].upper():0>4},{match[2].upper():0>4})"
    if len(name) > _LONGEST_GUESS:
        return None
    keywords = {keyword.lower(): keyword for keyword in keyword_dict if keyword}
    nearest = difflib.get_close_matches(name.lower(), keywords, n=1, cutoff=0.7)
    return keywords[nearest[0]] if nearest else None
