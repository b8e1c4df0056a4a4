"""A walk over the elements of an encoded dataset (PS3.5 section 7) whose bytes come in pieces.

A walk never recurses, copies no value and keeps nothing of what it has passed: a dataset from
a stranger costs time in proportion to its bytes and constant memory, however it is nested.
"""

from __future__ import annotations

from struct import Struct

from dcmtools.dicom.sources import Buffer
from dcmtools.dicom.transfer_syntaxes import Encoding

MAX_DEPTH = 128
"""Sequences of undefined length that are followed into each other."""

UNDEFINED = 0xFFFFFFFF

SHORTEST_HEADER = 8
LONGEST_HEADER = 12

SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
"""VRs with a 16-bit length (PS3.5 table 7.1-2); all others, those to come too, have 32 bits."""

LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())

DELIMITERS = 0xFFFE  # the group of items and delimitation items
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD

_IMPLICIT_HEADER = {True: Struct("<HHI").unpack_from, False: Struct(">HHI").unpack_from}
EXPLICIT_HEADER = {True: Struct("<HH2sH").unpack_from, False: Struct(">HH2sH").unpack_from}
_VR_AND_LENGTH = {True: Struct("<4x2sH").unpack_from, False: Struct(">4x2sH").unpack_from}
_LENGTH = {True: Struct("<I").unpack_from, False: Struct(">I").unpack_from}


class DatasetError(ValueError):
    """An encoded dataset cannot be walked over."""


class CutDatasetError(DatasetError):
    """The dataset ends inside an element."""


class MalformedDatasetError(DatasetError):
    """The dataset holds what no dataset can hold."""


def read_header(buffer: Buffer, position: int, encoding: Encoding) -> tuple[int, bytes | None, int, int]:
    """Return the tag, the VR (None where it is implicit), the header's size and the value's length.

    `buffer` has 12 bytes from `position` on. Where an explicit VR should be and none is, the
    header is taken for one with an implicit VR: some writers change over inside sequences.
    """
    explicit, little = encoding
    group, number, vr, length = EXPLICIT_HEADER[little](buffer, position)
    tag = group << 16 | number
    if explicit and group != DELIMITERS:
        if vr in SHORT_VRS or _has_short_length(vr, length):
            return tag, vr, 8, length
        if vr in LONG_VRS or _could_be_vr(vr):
            return tag, vr, 12, _LENGTH[little](buffer, position + 8)[0]
    return tag, None, 8, _LENGTH[little](buffer, position + 4)[0]


def _could_be_vr(vr: bytes) -> bool:
    return vr.isalpha() and vr.isupper()


def _has_short_length(vr: bytes, length: int) -> bool:
    """Tell whether an unknown VR is some writer's invention; one of a later standard has a 32-bit length."""
    return vr == b"??" or (length != 0 and _could_be_vr(vr) and vr not in LONG_VRS)


def _pass_plain(buffer: Buffer, position: int, encoding: Encoding) -> tuple[int, int]:
    """Pass elements of defined length, up to one that needs care or whose header `buffer` may not hold.

    Returns where that one begins and where the one before it did (`position` when there is none).
    This loop runs for every element of every object.
    """
    explicit, little = encoding
    last, stop = position, len(buffer) - LONGEST_HEADER
    if explicit:
        vr_and_length, long_length = _VR_AND_LENGTH[little], _LENGTH[little]
        while position <= stop:
            vr, length = vr_and_length(buffer, position)
            if vr in SHORT_VRS:
                last, position = position, position + 8 + length
            elif vr in LONG_VRS:
                (length,) = long_length(buffer, position + 8)
                if length == UNDEFINED:
                    break
                last, position = position, position + 12 + length
            else:
                break
    else:
        header = _IMPLICIT_HEADER[little]
        while position <= stop:
            group, _, length = header(buffer, position)
            if length == UNDEFINED or not 0 < group < DELIMITERS:
                break
            last, position = position, position + 8 + length
    return position, last


class SequenceWalk:
    """Passes the value of an element of undefined length: items and fragments (PS3.5 7.5, A.4).

    `offset` is where the value begins, then where the next header does, at last where the
    element ends.
    """

    def __init__(self, offset: int, vr: bytes | None, encoding: Encoding) -> None:
        self.offset = offset
        self._encodings: list[Encoding] = []  # of the sequences around, the outermost first
        self._enter(vr, encoding)

    def advance(self, buffer: Buffer, start: int) -> bool:
        """Go on in `buffer`, the bytes from `start` on, and return whether the element has ended.

        Raises MalformedDatasetError.
        """
        stop = start + len(buffer) - LONGEST_HEADER
        while self._encodings and self.offset <= stop:
            pass_some = self._pass_elements if self._in_item else self._pass_items
            self.offset = start + pass_some(buffer, self.offset - start)
        return not self._encodings

    def _enter(self, vr: bytes | None, encoding: Encoding) -> None:
        if len(self._encodings) == MAX_DEPTH:
            raise MalformedDatasetError(f"sequences are nested more than {MAX_DEPTH} deep")
        self._encodings.append(encoding)
        self._in_item = False
        self._may_change = vr == b"UN"
        self._has_fragments = vr not in (None, b"SQ", b"UN")

    def _pass_items(self, buffer: Buffer, position: int) -> int:
        """Pass items of defined length, and enter one of undefined length or leave the sequence."""
        if self._may_change:
            self._see_byte_order(buffer, position)
        header = _IMPLICIT_HEADER[self._encodings[-1].little]
        stop = len(buffer) - LONGEST_HEADER
        while position <= stop:
            group, number, length = header(buffer, position)
            tag = group << 16 | number
            position += SHORTEST_HEADER
            if tag == SEQUENCE_END:
                self._encodings.pop()
                self._in_item, self._may_change, self._has_fragments = True, False, False
                break
            if tag != ITEM:
                raise MalformedDatasetError(f"{_text(tag)} stands where an item should begin")
            if length == UNDEFINED:
                if self._has_fragments:
                    raise MalformedDatasetError("a fragment has no defined length")
                self._in_item = True
                break
            position += length
        return position

    def _pass_elements(self, buffer: Buffer, position: int) -> int:
        """Pass elements of an item, and leave the item or enter a sequence of undefined length."""
        if self._may_change:
            self._see_vr(buffer, position)
        encoding = self._encodings[-1]
        position, _ = _pass_plain(buffer, position, encoding)
        if position > len(buffer) - LONGEST_HEADER:
            return position
        tag, vr, size, length = read_header(buffer, position, encoding)
        if tag == ITEM_END:
            self._in_item = False
            return position + size
        if tag >> 16 == DELIMITERS:
            raise MalformedDatasetError(f"{_text(tag)} stands where an element should begin")
        if length == UNDEFINED:
            self._enter(vr, encoding)
            return position + size
        return position + size + length

    def _see_byte_order(self, buffer: Buffer, position: int) -> None:
        """Find the byte order of a UN sequence, little endian in any dataset (PS3.5 section 6.2.2)."""
        big = bytes(buffer[position : position + 2]) == b"\xff\xfe"
        self._encodings[-1] = Encoding(explicit=False, little=not big)

    def _see_vr(self, buffer: Buffer, position: int) -> None:
        """Find whether a UN sequence has implicit VRs, as it should (PS3.5 section 6.2.2)."""
        vr = bytes(buffer[position + 4 : position + 6])
        explicit = vr in SHORT_VRS or vr in LONG_VRS
        self._encodings[-1] = Encoding(explicit, self._encodings[-1].little)
        self._may_change = read_header(buffer, position, self._encodings[-1])[0] == ITEM_END


class DatasetWalk:
    """Passes the elements of a whole dataset, whose bytes come in pieces.

    `offset` is where the next header begins: bytes before it need not be shown any more.
    `end` is where the last element ended, before any zero bytes that pad the dataset.
    """

    def __init__(self, encoding: Encoding, start: int = 0) -> None:
        self.offset = start
        self.end = start
        self._encoding = encoding
        self._tag: int | None = None  # of the element that ends at `offset`, or goes on there
        self._sequence: SequenceWalk | None = None
        self._padded = False

    def advance(self, buffer: Buffer, start: int) -> None:
        """Go on in `buffer`, the bytes from `start` on, up to a header that it may not hold.

        Raises MalformedDatasetError.
        """
        stop = start + len(buffer) - LONGEST_HEADER
        while self.offset <= stop:
            if self._sequence is not None:
                if self._sequence.advance(buffer, start):
                    self.end = self._sequence.offset
                    self.offset, self._sequence = self._sequence.offset, None
                else:
                    self.offset = self._sequence.offset
            elif self._padded:
                self._pass_padding(buffer, start)
            else:
                self._pass_elements(buffer, start)

    def finish(self, rest: Buffer | None) -> None:
        """Say that the data end with `rest`, fewer than 12 bytes from `offset` on; None: they end before.

        Raises CutDatasetError when the dataset is not whole, MalformedDatasetError.
        """
        if rest is None:
            raise self._cut()
        end = self.offset + len(rest)
        if len(rest) >= SHORTEST_HEADER:
            self.advance(bytes(rest).ljust(LONGEST_HEADER, b"\0"), self.offset)
        if self._padded:
            return
        if self._sequence is not None or self.offset > end:
            raise self._cut()
        if bytes(rest)[len(rest) - (end - self.offset) :].strip(b"\0"):
            raise CutDatasetError("the dataset ends inside the header of an element")

    def _pass_elements(self, buffer: Buffer, start: int) -> None:
        begin = self.offset - start
        position, last = _pass_plain(buffer, begin, self._encoding)
        if position > begin:
            self._tag = read_header(buffer, last, self._encoding)[0]
            self.end = self.offset = start + position
        if position > len(buffer) - LONGEST_HEADER:
            return
        tag, vr, size, length = read_header(buffer, position, self._encoding)
        if tag >> 16 == DELIMITERS:
            raise MalformedDatasetError(f"{_text(tag)} stands where an element should begin")
        if tag == length == 0:
            self._padded = True
            return
        self._tag = tag
        self.offset += size
        if length == UNDEFINED:
            self._sequence = SequenceWalk(self.offset, vr, self._encoding)
        else:
            self.end = self.offset = self.offset + length

    def _pass_padding(self, buffer: Buffer, start: int) -> None:
        if bytes(buffer[self.offset - start :]).strip(b"\0"):
            raise MalformedDatasetError(f"zero bytes stand where an element should begin at byte {self.end}")
        self.offset = start + len(buffer)

    def _cut(self) -> CutDatasetError:
        inside = "an element" if self._tag is None else f"element {_text(self._tag)}"
        return CutDatasetError(f"the dataset ends inside {inside}")


def _text(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
