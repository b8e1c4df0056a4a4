"""The elements of a command set: implicit VR little endian, all of group 0000 (PS3.7 section 6.3.1).

A codec for each kind of value that command sets have. Its encoder writes a whole element, its
decoder reads the value alone. Both raise struct.error for what does not fit.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

NO_DATASET = 0x0101
"""Command Data Set Type (0000,0800) where no dataset follows; any other value says that one does."""

_DATASET = 0x0001

HEADER = struct.Struct("<II")
"""Tag and value length. A tag of group 0000 read as one number is the element number shifted by 16."""

_US_ELEMENT = struct.Struct("<IIH")
_US = struct.Struct("<H")
_AT = struct.Struct("<HH")


class Codec(NamedTuple):
    """How the values of one kind of element are written and read."""

    encoder: Callable[[int], Callable[[Any], bytes]]
    """Takes a tag, and gives the function that writes its elements."""
    decode: Callable[[bytes], Any]


def _text_encoder(tag: int, padding: bytes) -> Callable[[str], bytes]:
    def encode(text: str) -> bytes:
        value = text.encode("ascii", "backslashreplace")
        if len(value) % 2:
            value += padding
        return HEADER.pack(tag, len(value)) + value

    return encode


def _decode_text(value: bytes) -> str | None:
    return value.strip(b" \0").decode("ascii", "backslashreplace") or None


def _number_encoder(tag: int) -> Callable[[int], bytes]:
    return lambda number: _US_ELEMENT.pack(tag, 2, number)


def _decode_number(value: bytes) -> int:
    number: int = _US.unpack(value)[0]
    return number


def _dataset_type_encoder(tag: int) -> Callable[[bool], bytes]:
    return lambda has_dataset: _US_ELEMENT.pack(tag, 2, _DATASET if has_dataset else NO_DATASET)


def _decode_dataset_type(value: bytes) -> bool:
    return _decode_number(value) != NO_DATASET


def _tags_encoder(tag: int) -> Callable[[tuple[int, ...]], bytes]:
    def encode(tags: tuple[int, ...]) -> bytes:
        if not tags:
            return b""
        value = b"".join(_AT.pack(*divmod(number, 0x10000)) for number in tags)
        return HEADER.pack(tag, len(value)) + value

    return encode


def _decode_tags(value: bytes) -> tuple[int, ...]:
    return tuple(group << 16 | element for group, element in _AT.iter_unpack(value))


UID = Codec(partial(_text_encoder, padding=b"\0"), _decode_text)
TEXT = Codec(partial(_text_encoder, padding=b" "), _decode_text)
NUMBER = Codec(_number_encoder, _decode_number)
TAGS = Codec(_tags_encoder, _decode_tags)
DATASET_TYPE = Codec(_dataset_type_encoder, _decode_dataset_type)
