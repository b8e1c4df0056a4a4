"""Reading a few elements of one group quickly, from many files of the same make (PS3.5 section 7.1)."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from dcmtools.dicom.sources import Buffer
from dcmtools.dicom.transfer_syntaxes import Encoding
from dcmtools.dicom.walk import EXPLICIT_HEADER, LONGEST_HEADER, SHORT_VRS, read_header

_MOST_LAYOUTS = 4
_MOST_ELEMENTS = 128  # in a layout: a stranger's data must not make large ones
_TRIES = 8  # layouts that are learnt in vain before only one in so many is
_TAG_SIZE = 4


class _Layout(NamedTuple):
    """Where the elements of a group are, and the bytes that show it.

    `shown` are the headers of all elements and the tag behind the last, as `unpack` takes them
    from a buffer; `values` are number, start and stop of each value that is wanted, and `size` is
    the size of the group, all counted from its beginning.
    """

    unpack: Struct
    shown: tuple[bytes, ...]
    values: tuple[tuple[int, int, int], ...]
    size: int


class GroupReader:
    """Reads the elements `numbers` of a group, which ends before another group or behind the number `last`.

    The files of a series differ in the values, but hardly in the headers of their elements: where
    those of a file seen before are found at the same places, all are checked in one comparison.
    Threads may share a reader.
    """

    def __init__(
        self, group: int, numbers: tuple[int, ...], encoding: Encoding, *, last: int = 0xFFFF
    ) -> None:
        self._group = group
        self._numbers = numbers
        self._encoding = encoding
        self._last = last
        self._layouts: tuple[_Layout, ...] = ()
        self._misses = 0  # since a layout was of use

    def read(self, head: Buffer, start: int) -> tuple[dict[int, bytes], int]:
        """Return the values by element number, and where the last element that was read ends.

        The group begins at `start`. What `head` does not hold is not found; where it ends inside an
        element, the end is behind `head`. Of two elements of one number the first counts.
        """
        room = len(head) - LONGEST_HEADER - start
        for layout in self._layouts:
            if layout.size <= room and layout.unpack.unpack_from(head, start) == layout.shown:
                self._misses = 0
                return {
                    number: bytes(head[start + begin : start + end]) for number, begin, end in layout.values
                }, start + layout.size
        return self._walk(head, start)

    def _walk(self, head: Buffer, start: int) -> tuple[dict[int, bytes], int]:
        explicit, little = self._encoding
        header, stop = EXPLICIT_HEADER[little], len(head) - LONGEST_HEADER
        places: dict[int, tuple[int, int]] = {}
        headers: list[tuple[int, int]] = []  # size of each header, length of its value
        position, whole = start, False
        while position <= stop:
            group, number, vr, length = header(head, position)
            if group != self._group or number > self._last:
                whole = True
                break
            size = 8
            if not explicit or vr not in SHORT_VRS:
                _, _, size, length = read_header(head, position, self._encoding)
            position += size + length
            headers.append((size, length))
            if number in self._numbers:
                places.setdefault(number, (position - length, position))
        self._misses += 1
        is_worthwhile = self._misses <= _TRIES or self._misses % _TRIES == 0
        if whole and is_worthwhile and len(headers) <= _MOST_ELEMENTS:
            self._learn(head, start, headers, places)
        return {number: bytes(head[begin:end]) for number, (begin, end) in places.items()}, position

    def _learn(
        self,
        head: Buffer,
        start: int,
        headers: list[tuple[int, int]],
        places: dict[int, tuple[int, int]],
    ) -> None:
        unpack = Struct("".join(f"{size}s{length}x" for size, length in headers) + f"{_TAG_SIZE}s")
        values = tuple((number, begin - start, end - start) for number, (begin, end) in places.items())
        layout = _Layout(unpack, unpack.unpack_from(head, start), values, unpack.size - _TAG_SIZE)
        self._layouts = (layout, *self._layouts[: _MOST_LAYOUTS - 1])
