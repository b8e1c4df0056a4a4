"""From one encoding of a dataset with native pixel data to another (PS3.5 section 7, annex A).

Values are copied, or the bytes of their words are swapped; none is decoded, so that none can
change or be refused. There is no recursion, and no limit of time but the size of the dataset.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from struct import Struct

from pydicom.datadict import dictionary_VR, private_dictionary_VR

from dcmtools.dicom.elements import decode_text, scan
from dcmtools.dicom.sources import Buffer
from dcmtools.dicom.transfer_syntaxes import Encoding
from dcmtools.dicom.walk import (
    DELIMITERS,
    ITEM,
    ITEM_END,
    LONG_VRS,
    LONGEST_HEADER,
    MAX_DEPTH,
    SEQUENCE_END,
    SHORT_VRS,
    SHORTEST_HEADER,
    UNDEFINED,
    CutDatasetError,
    MalformedDatasetError,
    read_header,
)

_PIXEL_DATA = 0x7FE00010
_BITS_ALLOCATED = 0x00280100
_PIXEL_REPRESENTATION = 0x00280103

_WORDS = {
    **dict.fromkeys((b"AT", b"OW", b"SS", b"US"), "H"),
    **dict.fromkeys((b"FL", b"OF", b"OL", b"SL", b"UL"), "I"),
    **dict.fromkeys((b"FD", b"OD", b"OV", b"SV", b"UV"), "Q"),
}
"""Type code of the words that are swapped with the byte order (PS3.5 section 7.3)."""

_SHORT_HEADER = {True: Struct("<HH2sH").pack, False: Struct(">HH2sH").pack}
_LONG_HEADER = {True: Struct("<HH2sHI").pack, False: Struct(">HH2sHI").pack}
_IMPLICIT_HEADER = {True: Struct("<HHI").pack, False: Struct(">HHI").pack}
_WRITE_LENGTH = {True: Struct("<I").pack_into, False: Struct(">I").pack_into}


def transcode(data: Buffer, source: Encoding, target: Encoding) -> bytearray:
    """Return the dataset `data` in another encoding; zero bytes that pad it are dropped.

    A VR that was implicit comes from the dictionaries; UN if they do not know it. Group lengths,
    which would be wrong, are left out (retired, PS3.5 section 7.2). Sequences and items keep
    their kind of length. Pixel data of 32 bits are words of 16 bits in OW, as everything in it.

    Raises CutDatasetError, MalformedDatasetError (also for encapsulated pixel data).
    """
    return _Transcoder(data, source, target).run()


@dataclass(slots=True)
class _Level:
    """A sequence or a dataset (the whole one, or an item) that is being gone through."""

    is_sequence: bool
    encoding: Encoding
    begin: int
    end: int | None  # None: a delimitation item ends it
    length_at: int | None = None  # where in the output its length goes, when it is known
    creators: dict[int, str] = field(default_factory=dict)  # private creators by group and block
    numbers: dict[int, int | None] = field(default_factory=dict)  # attributes that were looked up


class _Transcoder:
    def __init__(self, data: Buffer, source: Encoding, target: Encoding) -> None:
        self._data = memoryview(data)
        self._target = target
        self._output = bytearray()
        self._position = 0
        self._levels = [_Level(False, source, 0, len(data))]

    def run(self) -> bytearray:
        while self._levels:
            level = self._levels[-1]
            if level.end is not None and self._position >= level.end:
                self._leave(level)
            elif level.is_sequence:
                self._pass_item(level)
            else:
                self._pass_element(level)
        return self._output

    def _pass_item(self, level: _Level) -> None:
        tag, _, length = self._read_header(Encoding(False, level.encoding.little))
        if tag == SEQUENCE_END and level.end is None:
            self._put_header(tag, None, 0)
            self._levels.pop()
        elif tag == ITEM:
            self._enter(tag, None, length, level.encoding)
        else:
            raise MalformedDatasetError(f"a sequence has something else than items at byte {self._position}")

    def _pass_element(self, level: _Level) -> None:
        if len(self._levels) == 1 and not bytes(self._data[self._position :][:SHORTEST_HEADER]).strip(b"\0"):
            self._position = len(self._data)  # padding
            return
        tag, vr, length = self._read_header(level.encoding)
        if tag == ITEM_END and level.end is None:
            self._put_header(tag, None, 0)
            self._levels.pop()
        elif tag >> 16 == DELIMITERS:
            raise MalformedDatasetError(f"an item or its end stands alone at byte {self._position}")
        elif length == UNDEFINED:
            self._enter_undefined(tag, vr, level)
        elif tag & 0xFFFF == 0:
            self._position += length
        else:
            vr = self._find_vr(tag, vr, length, level)
            if vr == b"SQ":
                self._enter(tag, vr, length, level.encoding)
            else:
                self._pass_value(tag, vr, length, level)

    def _enter_undefined(self, tag: int, vr: bytes | None, level: _Level) -> None:
        """Enter a sequence of undefined length; one with VR UN has an encoding of its own (PS3.5 6.2.2)."""
        encoding = level.encoding
        if vr == b"UN":
            first = bytes(self._data[self._position :][:14])  # an item and the tag and VR of an element
            vr, is_little = first[12:], not first.startswith(b"\xff\xfe")
            encoding = Encoding(explicit=vr in SHORT_VRS or vr in LONG_VRS, little=is_little)
        elif (vr or self._look_up(tag, 0, level)) not in (b"SQ", b"UN"):
            raise MalformedDatasetError("the dataset has encapsulated data")
        self._enter(tag, b"SQ", UNDEFINED, encoding)

    def _enter(self, tag: int, vr: bytes | None, length: int, encoding: Encoding) -> None:
        """Begin a sequence, with `vr`, or an item of one."""
        if len(self._levels) > 2 * MAX_DEPTH:
            raise MalformedDatasetError(f"sequences are nested more than {MAX_DEPTH} deep")
        self._put_header(tag, vr, length)
        level = _Level(vr is not None, encoding, self._position, None)
        if length != UNDEFINED:
            level.end = self._end_of(length)
            level.length_at = len(self._output) - 4
        self._levels.append(level)

    def _leave(self, level: _Level) -> None:
        """End what has a defined length, and put its new length in its place."""
        if level.end != self._position:
            raise MalformedDatasetError(f"an element is longer than what it is in, at byte {level.begin}")
        if level.length_at is not None:
            new_length = len(self._output) - level.length_at - 4
            _WRITE_LENGTH[self._target.little](self._output, level.length_at, new_length)
        self._levels.pop()

    def _pass_value(self, tag: int, vr: bytes, length: int, level: _Level) -> None:
        value = self._data[self._position : self._end_of(length)]
        self._position += length
        if _is_private_creator(tag):
            level.creators[tag] = decode_text(value)
        self._put_header(tag, vr, length)
        words = _WORDS.get(vr) if level.encoding.little != self._target.little else None
        self._output += value if words is None else _swapped(value, words)

    def _read_header(self, encoding: Encoding) -> tuple[int, bytes | None, int]:
        """Read the header at the current position, and pass it."""
        rest = self._data[self._position :][:LONGEST_HEADER]
        if len(rest) < SHORTEST_HEADER:
            raise CutDatasetError("the dataset ends inside an element")
        tag, vr, size, length = read_header(bytes(rest).ljust(LONGEST_HEADER, b"\0"), 0, encoding)
        self._position += size
        return tag, vr, length

    def _put_header(self, tag: int, vr: bytes | None, length: int) -> None:
        explicit, little = self._target
        group, number = tag >> 16, tag & 0xFFFF
        if vr is None or not explicit:
            self._output += _IMPLICIT_HEADER[little](group, number, length)
        elif vr in SHORT_VRS:
            self._output += _SHORT_HEADER[little](group, number, vr, length)
        else:
            self._output += _LONG_HEADER[little](group, number, vr, 0, length)

    def _end_of(self, length: int) -> int:
        end = self._position + length
        if end > len(self._data):
            raise CutDatasetError("the dataset ends inside an element")
        return end

    def _find_vr(self, tag: int, vr: bytes | None, length: int, level: _Level) -> bytes:
        """Return the VR to write for an element of defined length."""
        if vr is None:
            vr = self._look_up(tag, length, level)
            if vr == b"SQ" and length and not self._is_at_item(level):
                return b"UN"
        elif (
            vr == b"OB"
            and tag == _PIXEL_DATA
            and level.encoding.little
            and (self._attribute(_BITS_ALLOCATED) or 0) > 8
        ):
            return b"OW"  # as it should have been (PS3.5 section A.2), and has to be to be swapped
        is_known = vr in LONG_VRS or (vr in SHORT_VRS and length <= 0xFFFF)
        return vr if is_known else b"UN"

    def _look_up(self, tag: int, length: int, level: _Level) -> bytes:
        """Return the VR that the dictionaries have for an element without one."""
        if _is_private_creator(tag):
            return b"LO"
        try:
            if not tag >> 16 & 1:
                return self._choose(dictionary_VR(tag))
            creator = level.creators[tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8]
            vr = self._choose(private_dictionary_VR(tag, creator))
        except KeyError:
            return b"UN"
        return vr if vr not in _WORDS or length % array(_WORDS[vr]).itemsize == 0 else b"UN"

    def _choose(self, vr: str) -> bytes:
        """Resolve the VRs that depend on other elements (PS3.5 annex A, PS3.3 C.7.6.3)."""
        if vr == "US or SS":
            return b"SS" if self._attribute(_PIXEL_REPRESENTATION) else b"US"
        return b"OW" if len(vr) > 2 else vr.encode()

    def _attribute(self, tag: int) -> int | None:
        """Return an attribute (VR US) of the innermost dataset around that has it."""
        for level in reversed(self._levels):
            if not level.is_sequence:
                if tag not in level.numbers:
                    level.numbers[tag] = self._find_number(tag, level)
                if level.numbers[tag] is not None:
                    return level.numbers[tag]
        return None

    def _find_number(self, tag: int, level: _Level) -> int | None:
        data = self._data[level.begin : level.end]
        for found, _, offset, length, _ in scan(data, level.encoding):
            if found == tag and length == 2:
                return int.from_bytes(data[offset : offset + 2], "little" if level.encoding.little else "big")
            if found >= tag:
                break
        return None

    def _is_at_item(self, level: _Level) -> bool:
        item = _IMPLICIT_HEADER[level.encoding.little](ITEM >> 16, ITEM & 0xFFFF, 0)
        return bytes(self._data[self._position :][:4]) == item[:4]


def _is_private_creator(tag: int) -> bool:
    """Return whether the element reserves a block of a private group (PS3.5 section 7.8.1)."""
    return tag >> 16 & 1 == 1 and 0x10 <= tag & 0xFFFF <= 0xFF


def _swapped(value: Buffer, type_code: str) -> bytes:
    """Return `value` with the bytes of each word swapped; what is left over of an odd value stays."""
    words = array(type_code)
    whole = len(value) // words.itemsize * words.itemsize
    words.frombytes(value[:whole])
    words.byteswap()
    return words.tobytes() + bytes(value[whole:])
