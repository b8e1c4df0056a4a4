"""What the data dictionary says of data elements, UIDs and value representations (PS3.6, PS3.5).

UIDs and private elements are listed in modules of pydicom that it does not call public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from pydicom._private_dict import private_dictionaries
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import (
    dictionary_description,
    dictionary_is_retired,
    dictionary_keyword,
    dictionary_VM,
    dictionary_VR,
    keyword_dict,
    tag_for_keyword,
)
from pydicom.tag import BaseTag, Tag

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED, encoding_of, is_deflated

_TAG = re.compile(r"\(?\s*([0-9A-F]{4})\s*,\s*([0-9A-F]{4})\s*\)?|(?:0x)?([0-9A-F]{4})([0-9A-F]{4})", re.I)
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_MOST_CREATORS = 16  # that a private element is shown for
_MOST_GUESSES = 3

VALUE_REPRESENTATIONS = {
    "AE": "Application Entity",
    "AS": "Age String",
    "AT": "Attribute Tag",
    "CS": "Code String",
    "DA": "Date",
    "DS": "Decimal String",
    "DT": "Date Time",
    "FD": "Floating Point Double",
    "FL": "Floating Point Single",
    "IS": "Integer String",
    "LO": "Long String",
    "LT": "Long Text",
    "OB": "Other Byte",
    "OD": "Other Double",
    "OF": "Other Float",
    "OL": "Other Long",
    "OV": "Other 64-bit Very Long",
    "OW": "Other Word",
    "PN": "Person Name",
    "SH": "Short String",
    "SL": "Signed Long",
    "SQ": "Sequence of Items",
    "SS": "Signed Short",
    "ST": "Short Text",
    "SV": "Signed 64-bit Very Long",
    "TM": "Time",
    "UC": "Unlimited Characters",
    "UI": "Unique Identifier",
    "UL": "Unsigned Long",
    "UN": "Unknown",
    "UR": "Universal Resource Identifier or Locator",
    "US": "Unsigned Short",
    "UT": "Unlimited Text",
    "UV": "Unsigned 64-bit Very Long",
}
"""PS3.5 table 6.2-1."""


class Entry(NamedTuple):
    """What something is: `subject` as the standard writes it, its name, and more about it."""

    subject: str
    kind: str
    name: str
    facts: dict[str, str]


def look_up(text: str) -> Iterator[Entry]:
    """Yield what `text` stands for: a tag, UID, VR, or the keyword or name of an element or UID."""
    text = text.strip()
    if match := _TAG.fullmatch(text):
        group, element = match[1] or match[3], match[2] or match[4]
        yield from _element(Tag(int(group, 16), int(element, 16)))
    elif _UID.fullmatch(text):
        yield from _uid(text)
    elif text.upper() in VALUE_REPRESENTATIONS:
        yield Entry(text.upper(), "value representation", VALUE_REPRESENTATIONS[text.upper()], {})
    elif text:
        yield from _named(text)


def similar_names(text: str) -> list[str]:
    """Return the keywords that are most like `text`, best first."""
    keywords = {keyword.lower(): keyword for keyword in (*keyword_dict, *_uid_keywords()) if keyword}
    return [keywords[found] for found in get_close_matches(text.lower(), keywords, _MOST_GUESSES, 0.7)]


def _uid_keywords() -> Iterator[str]:
    return (entry[4] for entry in UID_dictionary.values())


def _named(text: str) -> Iterator[Entry]:
    """Yield the elements and UIDs whose keyword or name this is, whatever its case."""
    wanted = text.casefold()
    if (number := tag_for_keyword(text)) is not None:
        yield from _element(Tag(number))
    else:
        for keyword, number in keyword_dict.items():
            if keyword and wanted in (keyword.casefold(), dictionary_description(number).casefold()):
                yield from _element(Tag(number))
    for uid, (name, *_, keyword) in UID_dictionary.items():
        if wanted in (keyword.casefold(), name.casefold()):
            yield from _uid(uid)


def _element(tag: BaseTag) -> Iterator[Entry]:
    subject = f"({tag.group:04X},{tag.element:04X})"
    if tag.is_private:
        yield from _private_element(tag, subject)
        return
    if tag.element == 0:
        name = "Group Length"
        yield Entry(subject, "data element", name, {"VR": _representation("UL"), "VM": "1"})
        return
    try:
        facts = {
            "keyword": dictionary_keyword(tag),
            "VR": _representation(dictionary_VR(tag)),
            "VM": dictionary_VM(tag),
        }
    except KeyError:
        return
    if dictionary_is_retired(tag):
        facts["retired"] = "yes"
    yield Entry(subject, "data element", dictionary_description(tag) or "(has no name any more)", facts)


def _private_element(tag: BaseTag, subject: str) -> Iterator[Entry]:
    if 0x10 <= tag.element <= 0xFF:
        facts = {"VR": _representation("LO"), "reserves": f"({tag.group:04X},{tag.element:02X}xx)"}
        yield Entry(subject, "private data element", "Private Creator", facts)
        return
    key = f"{tag.group:04x}xx{tag.element & 0xFF:02x}"
    creators = {
        creator: f"{found[2]} ({found[0]})"
        for creator, elements in private_dictionaries.items()
        if (found := elements.get(key) or elements.get(key.upper().replace("XX", "xx")))
        and found[2] not in ("", "Unknown")
    }
    facts = dict(list(creators.items())[:_MOST_CREATORS])
    if len(creators) > len(facts):
        facts["..."] = f"{len(creators) - len(facts)} other private creators have it"
    creator = f"({tag.group:04X},00{tag.element >> 8:02X})"
    facts["creator"] = f"{creator} in the data set says whose it is"
    yield Entry(subject, "private data element", "as its private creator has it", facts)


def _representation(vr: str) -> str:
    return " or ".join(f"{each} ({VALUE_REPRESENTATIONS.get(each, '')})" for each in vr.split(" or "))


def _uid(text: str) -> Iterator[Entry]:
    entry = UID_dictionary.get(text)
    if entry is None:
        return
    name, kind, information, retired, keyword = entry
    facts = {"keyword": keyword}
    if kind == "Transfer Syntax":
        facts["encoding"] = _encoding(text)
    if information:
        facts["information"] = information
    if retired:
        facts["retired"] = "yes"
    yield Entry(text, kind, name, facts)


def _encoding(transfer_syntax_uid: str) -> str:
    encoding = encoding_of(transfer_syntax_uid)
    words = [
        f"{'explicit' if encoding.explicit else 'implicit'} VR",
        f"{'little' if encoding.little else 'big'} endian",
    ]
    if is_deflated(transfer_syntax_uid):
        words.append("deflated data set")
    elif transfer_syntax_uid not in UNCOMPRESSED:
        words.append("compressed pixel data")
    return ", ".join(words)
