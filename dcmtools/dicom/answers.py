"""The Identifiers of C-FIND responses (PS3.4 C.4.1.1.3.2), encoded in one pass for many matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydicom.tag import Tag

from dcmtools.dicom.answer_text import encode_texts
from dcmtools.dicom.binary_values import is_binary, pack_values
from dcmtools.dicom.element_forms import LONGEST_SHORT, ElementForm
from dcmtools.dicom.element_name import public_vr
from dcmtools.dicom.encoding import deflate
from dcmtools.dicom.query import QUERY_RETRIEVE_LEVEL, SPECIFIC_CHARACTER_SET, Key, Query
from dcmtools.dicom.transfer_syntaxes import Encoding, encoding_of, is_deflated


class Answer(Protocol):
    """An entity that matched a query."""

    @property
    def values(self) -> Sequence[str]:
        """The text of each key's attribute in the order of the keys, several values joined by a backslash."""

    @property
    def character_set(self) -> str:
        """The Specific Character Set that the entity was stored with, empty for ASCII."""


class AnswerEncoder:
    """Encodes the answers to `query` in one transfer syntax; may be used by several threads.

    An answer has the keys of the query, Query/Retrieve Level, and the elements `extra` (the text
    of each by its tag), which the server adds: where one of them is a key, it is its value.
    Specific Character Set is there when text needs it. Private creators are answered as asked.
    """

    def __init__(
        self, query: Query, transfer_syntax_uid: str, extra: Mapping[int, str] | None = None
    ) -> None:
        self._requested = query.character_set
        self._deflated = is_deflated(transfer_syntax_uid)
        encoding = encoding_of(transfer_syntax_uid)
        self._little = encoding.little
        fixed = _private_creators(query) | {QUERY_RETRIEVE_LEVEL: query.level.value} | dict(extra or {})
        self._answered = [number for number, key in enumerate(query.keys) if key.tag not in fixed]
        keys = [query.keys[number] for number in self._answered]
        self._vrs = [key.vr for key in keys]
        self._binary = [number for number, key in enumerate(keys) if is_binary(key.vr)]
        self._character_set_at = sum(key.tag < SPECIFIC_CHARACTER_SET for key in keys)
        vrs = {key.tag: key.vr for key in query.keys}
        self._forms, self._end = _arrange(keys, _elements(fixed, vrs, encoding), encoding)

    def encode(self, answer: Answer) -> bytes:
        """Return the encoded Identifier of the response for `answer`."""
        given = answer.values
        values = [given[number] for number in self._answered]
        character_set = ""
        text = "".join(values)
        size = len(text)
        if self._binary or not text.isascii():
            character_set, values = self._in_bytes(values, answer.character_set)
            size = sum(map(len, values))
        values.insert(self._character_set_at, character_set)
        if size > LONGEST_SHORT:
            elements = [form.element(value) for form, value in zip(self._forms, values, strict=True)]
        else:
            elements = _short_elements(self._forms, values)
        encoded = ("".join(elements) + self._end).encode("latin-1")
        return deflate(encoded) if self._deflated else encoded

    def _in_bytes(self, values: list[str], stored: str) -> tuple[str, list[str]]:
        """Return the Specific Character Set for `values`, and the bytes of each as text."""
        terms, encoded = encode_texts(list(zip(self._vrs, values, strict=True)), self._requested, stored)
        for number in self._binary:
            encoded[number] = pack_values(values[number], self._vrs[number], little=self._little)
        return "\\".join(terms), [value.decode("latin-1") for value in encoded]


def _short_elements(forms: Sequence[ElementForm], values: Sequence[str]) -> list[str]:
    """Return what :meth:`ElementForm.element` makes of short values, in pieces; this runs for every match."""
    pieces: list[str] = []
    for (head, lengths, empty, padding, _, _), value in zip(forms, values, strict=True):
        if not value:
            pieces.append(empty)
        elif len(value) % 2:
            pieces += (head, lengths[len(value) + 1], value, padding)
        else:
            pieces += (head, lengths[len(value)], value)
    return pieces


def _private_creators(query: Query) -> dict[int, str]:
    """Return the private creators of a query, without which its private attributes mean nothing."""
    return {
        key.tag: "\\".join(key.values) for key in query.keys if key.values and Tag(key.tag).is_private_creator
    }


def _elements(texts: Mapping[int, str], vrs: Mapping[int, str], encoding: Encoding) -> dict[int, str]:
    """Return elements encoded, by tag; `vrs` are those that are known already."""
    elements = {}
    for tag, text in texts.items():
        form = ElementForm.make(tag, vrs.get(tag) or public_vr(Tag(tag)) or "LO", encoding)
        elements[tag] = form.element(text.encode("ascii", "replace").decode("latin-1"))
    return elements


def _arrange(
    keys: Sequence[Key], fixed: Mapping[int, str], encoding: Encoding
) -> tuple[list[ElementForm], str]:
    """Return the forms of all elements that can differ, in order of tags, and what follows the last.

    The elements that are the same in all answers become part of the form behind them.
    """
    character_set = ElementForm.make(SPECIFIC_CHARACTER_SET, "CS", encoding)
    varying = {SPECIFIC_CHARACTER_SET: character_set._replace(empty="")}
    varying |= {key.tag: ElementForm.make(key.tag, key.vr, encoding) for key in keys}
    forms, before = [], ""
    for tag in sorted({*varying, *fixed}):
        if tag in fixed:
            before += fixed[tag]
        else:
            forms.append(varying[tag].behind(before))
            before = ""
    return forms, before
