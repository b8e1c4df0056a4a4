"""The elements of an encoded dataset (PS3.5 section 7), found without decoding the dataset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Literal

from dcmtools.dicom.sources import Buffer, DeflatedSource, MemorySource, Source
from dcmtools.dicom.transfer_syntaxes import Encoding, encoding_of, is_deflated
from dcmtools.dicom.walk import (
    LONGEST_HEADER,
    SHORTEST_HEADER,
    UNDEFINED,
    CutDatasetError,
    DatasetError,
    DatasetWalk,
    SequenceWalk,
    read_header,
)

SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
PATIENT_ID = 0x00100020
STUDY_INSTANCE_UID = 0x0020000D
SERIES_INSTANCE_UID = 0x0020000E

Element = tuple[int, bytes | None, int, int | None, int]
"""Tag, VR (None where it is implicit), offset of the value, its length (None: undefined), end.

The end of an element of undefined length is behind its sequence delimitation item.
"""

# the encoded tag, and which of its bytes is rare in the header of an image
_PIXEL_DATA = {"little": (b"\xe0\x7f\x10\x00", 1), "big": (b"\x7f\xe0\x00\x10", 0)}
_ICON = {"little": (b"\x88\x00\x00\x02", 0), "big": (b"\x00\x88\x02\x00", 1)}  # Icon Image Sequence
_PIXEL_DATA_VRS = (b"OW", b"OB")

_LONGEST_IDENTIFIER = 1024  # bytes; UIDs have 64 at most
_INFLATED_FOR_IDENTIFIERS = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What identifies a SOP Instance; an attribute that was not found is empty."""

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    patient_id: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""


_IDENTIFIERS = dict(
    zip(
        (SOP_CLASS_UID, SOP_INSTANCE_UID, PATIENT_ID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID),
        (field.name for field in fields(Identifiers)),
        strict=True,
    )
)


def scan(data: Buffer | Source, encoding: Encoding, start: int = 0) -> Iterator[Element]:
    """Yield the elements of the top level, from the one at byte `start` on, up to any padding.

    `data` is the dataset, inflated where its transfer syntax is a deflated one.

    Raises CutDatasetError where the data end inside an element (one of defined length is
    yielded before that), MalformedDatasetError.
    """
    source = MemorySource(data) if isinstance(data, Buffer) else data
    offset = window_start = start
    window: Buffer = b""
    while True:
        if offset + LONGEST_HEADER > window_start + len(window):
            window, window_start = _window(source, offset), offset
            if not bytes(window[:SHORTEST_HEADER]).strip(b"\0"):
                return
            window = _header_window(window)
        tag, vr, size, length = read_header(window, offset - window_start, encoding)
        value = offset + size
        if tag == length == 0:
            return
        if length != UNDEFINED:
            offset = value + length
            yield tag, vr, value, length, offset
            continue
        walk = SequenceWalk(value, vr, encoding)
        while not walk.advance(window, window_start):
            window, window_start = _header_window(_window(source, walk.offset)), walk.offset
        offset = walk.offset
        yield tag, vr, value, None, offset


def end_of_pixel_data(head: bytes | bytearray, transfer_syntax_uid: str) -> int:
    """Return where the value of native Pixel Data (7FE0,0010) ends, or 0 if its header is not in `head`.

    `head` is the beginning of a dataset. Nearly every whole image ends there or shortly behind it,
    and no cut one; this tells it without a walk over the elements before. An icon has Pixel Data
    too: where there is one, the answer is 0.
    """
    if is_deflated(transfer_syntax_uid):
        return 0
    explicit, little = encoding_of(transfer_syntax_uid)
    order: Literal["little", "big"] = "little" if little else "big"
    start = _find_tag(head, *_PIXEL_DATA[order], len(head))
    if start < 0 or _find_tag(head, *_ICON[order], start) >= 0:
        return 0
    if explicit and head[start + 4 : start + 6] not in _PIXEL_DATA_VRS:
        return 0
    value = start + (12 if explicit else 8)
    length = int.from_bytes(head[value - 4 : value], order)
    return 0 if length == UNDEFINED or value > len(head) else value + length


def _find_tag(head: bytes | bytearray, tag: bytes, rare: int, stop: int) -> int:
    """Return where `tag` is found first before `stop`, or -1.

    Looking for its byte number `rare` alone is several times quicker than for all four.
    """
    at = head.find(tag[rare], rare, stop)
    while at >= 0:
        if head[at - rare : at - rare + 4] == tag:
            return at - rare
        at = head.find(tag[rare], at + 1, stop)
    return -1


def check_whole(data: Buffer | Source, transfer_syntax_uid: str, hint: int = 0) -> int:
    """Return where the last element of a whole dataset ends, before any padding with zero bytes.

    `data` are the bytes of the dataset as they are in a message or file, or a source of them,
    inflated where the transfer syntax is a deflated one; the number counts inflated bytes.
    From `hint`, if given, it is tried first: see `end_of_pixel_data`.

    Raises CutDatasetError where the dataset ends inside an element, or its deflate stream
    does not end properly, MalformedDatasetError for what is no dataset or nested too deeply.
    """
    source = _source(data, transfer_syntax_uid)
    if hint:
        with suppress(DatasetError):
            return _walk(source, transfer_syntax_uid, hint)
    return _walk(source, transfer_syntax_uid, 0)


def _walk(source: Source, transfer_syntax_uid: str, start: int) -> int:
    walk = DatasetWalk(encoding_of(transfer_syntax_uid), start)
    while (window := source.window(walk.offset)) is not None and len(window) >= LONGEST_HEADER:
        walk.advance(window, walk.offset)
    walk.finish(window)
    if isinstance(source, DeflatedSource) and not source.complete:
        raise CutDatasetError("the deflated dataset is cut or broken")
    return walk.end


def read_identifiers(
    data: Buffer | Source, transfer_syntax_uid: str, last: int = SOP_INSTANCE_UID
) -> Identifiers:
    """Read the identifiers of the dataset up to the tag `last`, and nothing behind it.

    `data` may be the beginning of a dataset; a deflated one is inflated as far as is needed,
    1 MiB at most. What cannot be read ends the search: there is no error. Values come without
    padding, what is not ASCII in them as backslash escapes.
    """
    source = _source(data, transfer_syntax_uid, limit=_INFLATED_FOR_IDENTIFIERS)
    found: dict[str, str] = {}
    try:
        for tag, _, offset, length, _ in scan(source, encoding_of(transfer_syntax_uid)):
            if tag in _IDENTIFIERS and length is not None:
                found[_IDENTIFIERS[tag]] = _text_value(source, offset, length)
            if tag >= last:
                break
    except DatasetError:
        pass
    return Identifiers(**found)


def decode_text(value: Buffer) -> str:
    """Return an encoded value without its padding, what is not ASCII as backslash escapes."""
    return bytes(value).rstrip(b"\0 ").lstrip(b" ").decode("ascii", "backslashreplace")


def _text_value(source: Source, offset: int, length: int) -> str:
    value = (source.window(offset) or b"")[:length]
    if len(value) < length or length > _LONGEST_IDENTIFIER:
        return ""
    return decode_text(value)


def _source(data: Buffer | Source, transfer_syntax_uid: str, limit: int | None = None) -> Source:
    if not isinstance(data, Buffer):
        return data
    source = MemorySource(data)
    return DeflatedSource(source, limit) if is_deflated(transfer_syntax_uid) else source


def _window(source: Source, offset: int) -> Buffer:
    window = source.window(offset)
    if window is None:
        raise CutDatasetError("the dataset ends inside an element")
    return window


def _header_window(window: Buffer) -> Buffer:
    """Return `window` long enough for the longest header; zero bytes stand for what is behind the data."""
    if len(window) < SHORTEST_HEADER:
        raise CutDatasetError("the dataset ends inside the header of an element")
    return window if len(window) >= LONGEST_HEADER else bytes(window).ljust(LONGEST_HEADER, b"\0")
