"""The first bytes of a DICOM file: what they state (PS3.10 section 7.1), and what they show."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dcmtools.dicom.element_group import GroupReader
from dcmtools.dicom.elements import decode_text, read_identifiers
from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE,
    IMPLICIT_VR_LITTLE_ENDIAN,
    encoding_of,
    is_deflated,
)
from dcmtools.dicom.walk import LONG_VRS, SHORT_VRS, CutDatasetError

PREFIX = b"DICM"
PREAMBLE_SIZE = 128
_META_START = PREAMBLE_SIZE + len(PREFIX)

_GROUP_LENGTH = 0x0000
_MEDIA_STORAGE_SOP_CLASS_UID = 0x0002
_TRANSFER_SYNTAX_UID = 0x0010
_FILE_META = GroupReader(
    0x0002, (_GROUP_LENGTH, _MEDIA_STORAGE_SOP_CLASS_UID, _TRANSFER_SYNTAX_UID), EXPLICIT_LITTLE
)

_SOP_CLASS_UID = 0x0016
_SOP_INSTANCE_UID = 0x0018
_IDENTIFYING = {
    encoding: GroupReader(0x0008, (_SOP_CLASS_UID, _SOP_INSTANCE_UID), encoding, last=_SOP_INSTANCE_UID)
    for encoding in (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)
}


_LONGEST_UID = 64  # bytes; nothing longer is remembered


class FileMeta(NamedTuple):
    """What counts of the File Meta Information; a UID that it does not have is empty.

    `end` is where it ends and the dataset begins.
    """

    sop_class_uid: str
    transfer_syntax_uid: str
    end: int


def read_file_meta(head: bytes) -> FileMeta:
    """Read group 0002, behind the prefix or, where there is none, at the beginning of the file.

    The group ends where another begins, for its length is missing or wrong in some files. Only
    in front of a deflated dataset, which may begin with any bytes, does the length count.

    Raises CutDatasetError when `head` ends inside the group.
    """
    start = _META_START if head[PREAMBLE_SIZE:_META_START] == PREFIX else 0
    values, end = _FILE_META.read(head, start)
    transfer_syntax = _common_text(values.get(_TRANSFER_SYNTAX_UID, b""))
    if is_deflated(transfer_syntax) and _GROUP_LENGTH in values:
        end = start + 12 + int.from_bytes(values[_GROUP_LENGTH], "little")
    elif end > len(head) or head[end : end + 2] == b"\x02\0":
        raise CutDatasetError("the file ends inside the file meta information")
    return FileMeta(
        _common_text(values.get(_MEDIA_STORAGE_SOP_CLASS_UID, b"")),
        transfer_syntax,
        end,
    )


def shown_transfer_syntax(head: bytes, offset: int) -> str:
    """Return the uncompressed transfer syntax that the first element, at `offset`, shows, if it does.

    An element has a VR or none, and its group is a low number in its own byte order.
    """
    group = head[offset : offset + 2]
    little = len(group) == 2 and group[1] <= group[0]
    vr = head[offset + 4 : offset + 6]
    if vr in SHORT_VRS or vr in LONG_VRS:
        return EXPLICIT_VR_LITTLE_ENDIAN if little else EXPLICIT_VR_BIG_ENDIAN
    return IMPLICIT_VR_LITTLE_ENDIAN if little else ""


def read_dataset_uids(head: bytes | bytearray, offset: int, transfer_syntax_uid: str) -> tuple[str, str]:
    """Return SOP Class UID and SOP Instance UID of the dataset at `offset`, empty where not found."""
    if not is_deflated(transfer_syntax_uid):
        values, end = _IDENTIFYING[encoding_of(transfer_syntax_uid)].read(head, offset)
        if _SOP_CLASS_UID in values and _SOP_INSTANCE_UID in values and end <= len(head):
            return _common_text(values[_SOP_CLASS_UID]), decode_text(values[_SOP_INSTANCE_UID])
    found = read_identifiers(memoryview(head)[offset:], transfer_syntax_uid)
    return found.sop_class_uid, found.sop_instance_uid


def _common_text(value: bytes) -> str:
    """Return a value that many files share, as one string for all of them."""
    return _remembered_text(value) if len(value) <= _LONGEST_UID else decode_text(value)


_remembered_text = lru_cache(maxsize=256)(decode_text)
