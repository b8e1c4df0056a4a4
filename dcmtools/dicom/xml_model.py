"""A dataset in the Native DICOM Model, XML (PS3.19 section A.1)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import escape

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from dcmtools.dicom.element_values import MAX_DEPTH, Element, Value, element, elements
from dcmtools.dicom.text import escape_unsafe

NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"

_CHARACTER_SET = 0x00080005
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_COMPONENTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")

# what XML 1.0 has not even as a character reference: C0 controls but tab and line ends, surrogates
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_model(ds: Dataset) -> Iterator[str]:
    """Yield the lines of the NativeDicomModel element of `ds`.

    All text is Unicode, and Specific Character Set says so. Characters that XML does not have
    become U+FFFD; what could drive a terminal is a character reference.
    """
    yield f'<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">'
    yield from _attributes(ds, 0)
    yield "</NativeDicomModel>"


def _attributes(ds: Dataset, depth: int) -> Iterator[str]:
    for found in elements(ds):
        head = f"<DicomAttribute {_names(ds, found)}>"
        if not found.items:
            yield f"{head}{_values(found)}</DicomAttribute>"
            continue
        yield head
        for number, item in enumerate(found.items, start=1):
            yield f'<Item number="{number}">'
            if depth < MAX_DEPTH:
                yield from _attributes(item, depth + 1)
            yield "</Item>"
        yield "</DicomAttribute>"


def _names(ds: Dataset, found: Element) -> str:
    tag, vr = found.tag, found.vr
    if not tag.is_private or tag.is_private_creator:
        keyword = keyword_for_tag(tag)
        return f'tag="{tag:08X}" vr="{vr}"' + (f' keyword="{keyword}"' if keyword else "")
    # the block is said by its creator, in place of its number
    names = f'tag="{tag.group:04X}00{tag.element & 0xFF:02X}" vr="{vr}"'
    creator = _creator(ds, tag)
    return f'{names} privateCreator="{_text(creator)}"' if creator else names


def _creator(ds: Dataset, tag: BaseTag) -> str:
    found = element(ds, Tag(tag.group, tag.element >> 8))
    return str(found.values[0]) if found and found.values and isinstance(found.values[0], str) else ""


def _values(found: Element) -> str:
    if found.tag == _CHARACTER_SET and found.values:
        return '<Value number="1">ISO_IR 192</Value>'
    if binary := b"".join(value for value in found.values if isinstance(value, bytes)):
        return f"<InlineBinary>{base64.b64encode(binary).decode('ascii')}</InlineBinary>"
    show = _person_name if found.vr == "PN" else _value
    return "".join(show(number, value) for number, value in enumerate(found.values, start=1))


def _value(number: int, value: Value) -> str:
    return f'<Value number="{number}">{_text(str(value))}</Value>'


def _person_name(number: int, value: Value) -> str:
    groups = ((name, group) for name, group in zip(_GROUPS, str(value).split("="), strict=False))
    shown = "".join(f"<{name}>{_components(group)}</{name}>" for name, group in groups if group.strip("^"))
    return f'<PersonName number="{number}">{shown}</PersonName>'


def _components(group: str) -> str:
    named = zip(_COMPONENTS, group.split("^"), strict=False)
    return "".join(f"<{name}>{_text(part)}</{name}>" for name, part in named if part)


def _text(text: str) -> str:
    return escape_unsafe(escape(_fit(text)), lambda code: f"&#x{code:x};")


def _fit(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
