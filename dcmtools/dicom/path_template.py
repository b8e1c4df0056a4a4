"""Templates for the paths of stored objects, such as ``{PatientID}/{StudyDate:%Y}/{SOPInstanceUID}.dcm``.

::

    template = name { "/" name }                folders, and at last the file
    name     = { text | "{" choice { "|" choice } "}" }
    choice   = element [ ":" format ] | "'" text "'"
    element  = keyword | "(gggg,eeee)"

The first choice that has a value is used. A format is ``%Y %m %d %H %M %S`` and text between them
for a date or time, ``04`` (a width, filled with zeros) for a whole number and ``.8`` (so many
characters at most) for other text; a value that it does not fit counts as none. Where no choice has
a value stands ``_``. All names are safe, whatever the values are: see `safe_names`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from dcmtools.dicom.attributes import read_attributes
from dcmtools.dicom.elements import SOP_INSTANCE_UID
from dcmtools.dicom.query import SPECIFIC_CHARACTER_SET
from dcmtools.dicom.safe_names import is_safe, safe_name
from dcmtools.dicom.sources import Buffer, Source
from dcmtools.dicom.template_field import NOTHING, Choice, Field, parse_field
from dcmtools.dicom.text import brief_text
from dcmtools.dicom.transfer_syntaxes import encoding_of
from dcmtools.dicom.value_text import encodings_of, value_text
from dcmtools.errors import InputError

MOST_FOLDERS = 12
"""Folders in a template: with the longest names the path is still one that every system takes."""

_LONGEST_SUFFIX = 32  # characters of text behind the last field of a name
_split = re.compile(r"(\{[^{}]*\})").split
_is_field = re.compile(r"\{[^{}]*\}").fullmatch


class Place(NamedTuple):
    """Where a file belongs: in `folders`, one in another, under the name `stem` + `suffix`."""

    folders: tuple[str, ...]
    stem: str
    suffix: str = ""

    def name(self, number: int = 0) -> str:
        """Return the name of the file, the one with `number` where that is not 0."""
        return f"{self.stem}-{number}{self.suffix}" if number else self.stem + self.suffix


class PathTemplate:
    """A template that was read from text; raises InputError where it is none.

    `tells_instances_apart` says that no two SOP Instances have the same path.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        names = _names(text)
        if len(names) > MOST_FOLDERS + 1:
            raise _wrong(text, f"more than {MOST_FOLDERS} folders")
        self._folders = [_Name(name, text) for name in names[:-1]]
        self._file = _Name(names[-1], text)
        if not self._file.fields:
            raise _wrong(text, "all files would have the same name", "end it with {SOPInstanceUID}")
        parts = (*self._folders, self._file)
        self._tags = frozenset(
            (SPECIFIC_CHARACTER_SET, *(tag for part in parts for one in part.fields for tag in one.tags))
        )
        identifying = Field((Choice(SOP_INSTANCE_UID, "UI"),))
        self.tells_instances_apart = any(part.fields == [identifying] for part in parts)

    def place(self, dataset: Buffer | Source, transfer_syntax_uid: str) -> Place:
        """Return the place of a SOP Instance, for which the beginning of its dataset is read."""
        encoded = read_attributes(dataset, transfer_syntax_uid, self._tags)
        values = _Values(encoded, transfer_syntax_uid)
        folders = tuple(folder.stem(values) + folder.suffix for folder in self._folders)
        return Place(folders, self._file.stem(values), self._file.suffix)


class _Values:
    """The values of a dataset as text."""

    def __init__(self, encoded: Mapping[int, bytes], transfer_syntax_uid: str) -> None:
        self._encoded = encoded
        self._little = encoding_of(transfer_syntax_uid).little
        self._encodings = encodings_of(value_text(encoded.get(SPECIFIC_CHARACTER_SET, b""), "CS"))

    def __call__(self, tag: int, vr: str) -> str:
        encoded = self._encoded.get(tag, b"")
        text = value_text(encoded, vr, self._encodings, little=self._little)
        # what cannot be decoded is told apart by its bytes
        return text + encoded.hex() if "\ufffd" in text else text


class _Name:
    """The template of a file's or folder's name, which ends with the text `suffix`."""

    def __init__(self, text: str, template: str) -> None:
        self._parts: list[str | Field] = []
        for part in filter(None, _split(text)):
            try:
                self._parts.append(parse_field(part[1:-1]) if _is_field(part) else part)
            except InputError as exc:
                raise _wrong(template, exc.message, exc.hint) from exc
        self.fields = [part for part in self._parts if isinstance(part, Field)]
        literals = [part for part in self._parts if isinstance(part, str)]
        if any("{" in literal or "}" in literal for literal in literals):
            raise _wrong(template, "a brace is not closed, or not opened")
        # with a letter for each field
        if not is_safe("".join("x" if isinstance(part, Field) else part for part in self._parts)):
            reason = f"not all systems take the name '{brief_text(text)}'" if text else "a name is empty"
            raise _wrong(template, reason, "letters, digits and _-.+,=@^ are safe, but no dot at its ends")
        self.suffix = ""
        if self.fields and literals and self._parts[-1] is literals[-1]:
            self._parts.pop()
            self.suffix = literals[-1]
            if len(self.suffix.encode()) > _LONGEST_SUFFIX:
                raise _wrong(template, f"more than {_LONGEST_SUFFIX} bytes of text end a name")

    def stem(self, values: _Values) -> str:
        """Return the safe name for these values, but for the suffix."""
        if not self.fields:
            return "".join(map(str, self._parts))
        texts, mark = [], False
        for part in self._parts:
            if isinstance(part, str):
                texts.append(part)
            else:
                text = part.text(values)
                mark = mark or text == NOTHING  # else it would be taken for none
                texts.append(text or NOTHING)
        return safe_name("".join(texts), self.suffix, mark=mark)


def _names(text: str) -> list[str]:
    """Split a template at the slashes that are not within a field."""
    names = [""]
    for part in _split(text):
        if _is_field(part):
            names[-1] += part
        else:
            first, *others = part.split("/")
            names[-1] += first
            names += others
    return names


def _wrong(text: str, reason: str, hint: str | None = None) -> InputError:
    return InputError(f"path template '{brief_text(text)}': {reason}", hint=hint)
