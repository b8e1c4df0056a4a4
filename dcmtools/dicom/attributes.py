"""Chosen attributes of an encoded dataset, read from its first bytes without decoding the rest."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import lru_cache
from struct import Struct

from dcmtools.dicom.element_group import GroupReader
from dcmtools.dicom.elements import scan
from dcmtools.dicom.sources import Buffer, DeflatedSource, MemorySource, Source
from dcmtools.dicom.transfer_syntaxes import Encoding, encoding_of, is_deflated
from dcmtools.dicom.walk import EXPLICIT_HEADER, LONG_VRS, LONGEST_HEADER, SHORT_VRS, UNDEFINED, DatasetError

LONGEST_VALUE = 1 << 20
"""Bytes: an attribute with a longer value is passed over as if it were not there."""

_MOST_GROUPS = 64  # of which the layouts are remembered
_INFLATED = 1 << 24  # bytes of a deflated dataset in which the attributes have to be

_IMPLICIT_HEADER = {True: Struct("<HHI").unpack_from, False: Struct(">HHI").unpack_from}
_LENGTH = {True: Struct("<I").unpack_from, False: Struct(">I").unpack_from}


def read_attributes(
    data: Buffer | Source, transfer_syntax_uid: str, tags: AbstractSet[int]
) -> dict[int, bytes]:
    """Return the encoded values, with their padding, of those `tags` that the dataset has.

    `data` are the bytes of the dataset as they are in a message or file, or a source of them; its
    beginning will do, for nothing is looked at behind the last of `tags`. Only the top level is
    read. What cannot be read ends the search: there is no error.
    """
    source: Source = MemorySource(data) if isinstance(data, Buffer) else data
    if is_deflated(transfer_syntax_uid):
        source = DeflatedSource(source, _INFLATED)
    reader = _Reader(source, _groups(frozenset(tags), encoding_of(transfer_syntax_uid)))
    with suppress(DatasetError):
        reader.read()
    return reader.values


class _Groups:
    """How the groups of the datasets of one encoding are read that can have some of `tags`."""

    def __init__(self, tags: frozenset[int], encoding: Encoding) -> None:
        self.tags = tags
        self.last = max(tags, default=0)
        self.encoding = encoding
        self.header = EXPLICIT_HEADER[encoding.little]
        self._readers: dict[int, GroupReader] = {}

    def reader(self, group: int) -> GroupReader:
        """Return what reads a group; threads share it."""
        if group not in self._readers:
            if len(self._readers) == _MOST_GROUPS:
                self._readers.clear()
            numbers = tuple(tag & 0xFFFF for tag in self.tags if tag >> 16 == group)
            self._readers[group] = GroupReader(group, numbers, self.encoding)
        return self._readers[group]


_groups = lru_cache(maxsize=16)(_Groups)


class _Reader:
    """Collects `values` from one dataset."""

    def __init__(self, source: Source, groups: _Groups) -> None:
        self.values: dict[int, bytes] = {}
        self._source = source
        self._groups = groups

    def read(self) -> None:
        """Read up to the last tag; raises DatasetError where the elements end or make no sense."""
        position, last = 0, self._groups.last
        while (window := self._source.window(position)) is not None:
            passed = self._collect(window)
            if passed is None:
                return
            position += passed
            # what stands there is odd, of undefined length, or not whole in the window
            element = next(scan(self._source, self._groups.encoding, position), None)
            if element is None or element[0] > last:
                return
            tag, _, offset, length, position = element
            if tag in self._groups.tags and length is not None and length <= LONGEST_VALUE:
                self.values.setdefault(tag, self._value(offset, length))

    def _collect(self, window: Buffer) -> int | None:
        """Take groups that are whole in `window`; return where what is left begins.

        None says that all that is wanted has been passed.
        """
        groups, position, stop = self._groups, 0, len(window) - LONGEST_HEADER
        while position <= stop:
            group, number, _, _ = groups.header(window, position)
            if group << 16 | number > groups.last:
                return None
            values, end = groups.reader(group).read(window, position)
            if end > len(window) or end == position:
                return self._collect_elements(window, position)
            for found, value in values.items():
                self.values.setdefault(group << 16 | found, value)
            position = end
        return position

    def _collect_elements(self, window: Buffer, position: int) -> int | None:
        """Take elements of defined length that are whole in `window`, as `_collect` does groups."""
        if self._groups.encoding.explicit:
            return self._collect_explicit(window, position)
        return self._collect_implicit(window, position)

    def _collect_explicit(self, window: Buffer, position: int) -> int | None:
        groups, values, size = self._groups, self.values, len(window)
        tags, last, little = groups.tags, groups.last, groups.encoding.little
        header, long_length = EXPLICIT_HEADER[little], _LENGTH[little]
        while position <= size - LONGEST_HEADER:
            group, number, vr, length = header(window, position)
            if vr in SHORT_VRS:
                value = position + 8
            elif vr in LONG_VRS:
                (length,) = long_length(window, position + 8)
                value = position + 12
            else:
                break
            tag = group << 16 | number
            if tag > last:
                return None
            if value + length > size:
                break
            if tag in tags:
                values.setdefault(tag, bytes(window[value : value + length]))
            position = value + length
        return position

    def _collect_implicit(self, window: Buffer, position: int) -> int | None:
        groups, values, size = self._groups, self.values, len(window)
        tags, last = groups.tags, groups.last
        header = _IMPLICIT_HEADER[groups.encoding.little]
        while position <= size - LONGEST_HEADER:
            group, number, length = header(window, position)
            value, tag = position + 8, group << 16 | number
            if tag > last:
                return None
            if value + length > size or not group or length == UNDEFINED:
                break
            if tag in tags:
                values.setdefault(tag, bytes(window[value : value + length]))
            position = value + length
        return position

    def _value(self, offset: int, length: int) -> bytes:
        pieces = []
        while length > 0 and (window := self._source.window(offset)):
            pieces.append(bytes(window[:length]))
            offset += len(pieces[-1])
            length -= len(pieces[-1])
        return b"".join(pieces) if length == 0 else b""
