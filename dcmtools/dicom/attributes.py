"""Chosen attributes of an encoded dataset, read from its first bytes without decoding the rest."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import suppress
from struct import Struct

from dcmtools.dicom.elements import scan
from dcmtools.dicom.sources import Buffer, DeflatedSource, MemorySource, Source
from dcmtools.dicom.transfer_syntaxes import Encoding, encoding_of, is_deflated
from dcmtools.dicom.walk import LONG_VRS, LONGEST_HEADER, SHORT_VRS, UNDEFINED, DatasetError

LONGEST_VALUE = 1 << 20
"""Bytes: an attribute with a longer value is passed over as if it were not there."""

_INFLATED = 1 << 24  # bytes of a deflated dataset in which the attributes have to be

_SHORT_HEADER = {True: Struct("<HH2sH").unpack_from, False: Struct(">HH2sH").unpack_from}
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
    reader = _Reader(source, encoding_of(transfer_syntax_uid), tags)
    with suppress(DatasetError):
        reader.read()
    return reader.values


class _Reader:
    """Collects `values` from one dataset."""

    def __init__(self, source: Source, encoding: Encoding, tags: AbstractSet[int]) -> None:
        self.values: dict[int, bytes] = {}
        self._source = source
        self._encoding = encoding
        self._tags = tags
        self._last = max(tags, default=0)
        self._collect = self._collect_explicit if encoding.explicit else self._collect_implicit

    def read(self) -> None:
        """Read up to the last tag; raises DatasetError where the elements end or make no sense."""
        position = 0
        while (window := self._source.window(position)) is not None:
            passed = self._collect(window)
            if passed is None:
                return
            position += passed
            # what stands there is odd, of undefined length, or not whole in the window
            element = next(scan(self._source, self._encoding, position), None)
            if element is None or element[0] > self._last:
                return
            tag, _, offset, length, position = element
            if tag in self._tags and length is not None and length <= LONGEST_VALUE:
                self.values.setdefault(tag, self._value(offset, length))

    def _collect_explicit(self, window: Buffer) -> int | None:
        """Take elements of defined length that are whole in `window`; return where the first other begins.

        None says that all that is wanted has been passed.
        This loop and that of implicit VRs run for every element before the last that is wanted.
        """
        header, long_length = _SHORT_HEADER[self._encoding.little], _LENGTH[self._encoding.little]
        tags, last, values = self._tags, self._last, self.values
        position, size = 0, len(window)
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

    def _collect_implicit(self, window: Buffer) -> int | None:
        header = _IMPLICIT_HEADER[self._encoding.little]
        tags, last, values = self._tags, self._last, self.values
        position, size = 0, len(window)
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
