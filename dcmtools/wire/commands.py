"""Command sets as values, and their encoding in implicit VR little endian (PS3.7 section 6.3)."""

from __future__ import annotations

import enum
import struct
from operator import itemgetter
from typing import Any, NamedTuple

from dcmtools.wire.elements import DATASET_TYPE, HEADER, NUMBER, TAGS, TEXT, UID
from dcmtools.wire.errors import CommandError
from dcmtools.wire.pdus import Buffer


class CommandField(enum.IntEnum):
    """Values of Command Field (0000,0100) (PS3.7 annex E.1)."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_GET_RQ = 0x0010
    C_GET_RSP = 0x8010
    C_FIND_RQ = 0x0020
    C_FIND_RSP = 0x8020
    C_MOVE_RQ = 0x0021
    C_MOVE_RSP = 0x8021
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_GET_RQ = 0x0110
    N_GET_RSP = 0x8110
    N_SET_RQ = 0x0120
    N_SET_RSP = 0x8120
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130
    N_CREATE_RQ = 0x0140
    N_CREATE_RSP = 0x8140
    N_DELETE_RQ = 0x0150
    N_DELETE_RSP = 0x8150
    C_CANCEL_RQ = 0x0FFF


class Command(NamedTuple):
    """A command set: the elements that the DIMSE messages have (PS3.7 annex E.1).

    Build it with keywords. None is an element that is absent or has no value; UIDs, AE titles
    and the comment are without padding; an offending element is a tag, as 0x00080018.

    (A named tuple, because one is made for every object that is sent or received, and a frozen
    dataclass of this size takes four times as long to make.)
    """

    field: int
    """Command Field (0000,0100): one of CommandField, or another value that came from the peer."""
    sop_class_uid: str | None = None
    """Affected SOP Class UID (0000,0002)."""
    requested_sop_class_uid: str | None = None
    """Requested SOP Class UID (0000,0003)."""
    message_id: int | None = None
    """Message ID (0000,0110)."""
    responded_to: int | None = None
    """Message ID Being Responded To (0000,0120)."""
    move_destination: str | None = None
    """Move Destination (0000,0600)."""
    priority: int | None = None
    """Priority (0000,0700)."""
    has_dataset: bool = False
    """Whether a dataset follows: Command Data Set Type (0000,0800) is not 0x0101."""
    status: int | None = None
    """Status (0000,0900)."""
    offending_elements: tuple[int, ...] = ()
    """Offending Element (0000,0901)."""
    error_comment: str | None = None
    """Error Comment (0000,0902)."""
    error_id: int | None = None
    """Error ID (0000,0903)."""
    sop_instance_uid: str | None = None
    """Affected SOP Instance UID (0000,1000)."""
    requested_sop_instance_uid: str | None = None
    """Requested SOP Instance UID (0000,1001)."""
    event_type_id: int | None = None
    """Event Type ID (0000,1002)."""
    action_type_id: int | None = None
    """Action Type ID (0000,1008)."""
    remaining: int | None = None
    """Number of Remaining Sub-operations (0000,1020)."""
    completed: int | None = None
    """Number of Completed Sub-operations (0000,1021)."""
    failed: int | None = None
    """Number of Failed Sub-operations (0000,1022)."""
    warning: int | None = None
    """Number of Warning Sub-operations (0000,1023)."""
    move_originator_aet: str | None = None
    """Move Originator Application Entity Title (0000,1030)."""
    move_originator_message_id: int | None = None
    """Move Originator Message ID (0000,1031)."""

    @property
    def is_response(self) -> bool:
        """Whether this answers a request."""
        return self.field & 0x8000 != 0

    @property
    def is_pending(self) -> bool:
        """Whether the status says that further responses follow (PS3.7 annex C.3)."""
        return self.status in (0xFF00, 0xFF01)


def encode_command(command: Command) -> bytes:
    """Return the encoded command set: its group length, then its elements in the order of their tags.

    What is not ASCII in a text is written as a backslash escape. Raises CommandError when a
    number does not fit its element.
    """
    try:
        elements = [
            encode(value)
            for encode, value in zip(_ENCODERS, _in_order_of_tags(command), strict=True)
            if value is not None
        ]
    except struct.error as error:
        raise CommandError(f"command set with a number that does not fit: {error}") from error
    body = b"".join(elements)
    return _GROUP_LENGTH.pack(0, 4, len(body)) + body


def decode_command(data: Buffer) -> Command:
    """Return the command set that `data` holds.

    Elements that Command does not have are passed over, as is the group length, which may be
    missing or wrong; the elements may come in any order. Without Command Data Set Type a dataset
    is taken to follow the commands that always have one: the requests C-STORE, C-FIND, C-GET and
    C-MOVE, and a pending response to C-FIND.

    Raises CommandError when an element is cut, has a length that its VR cannot have, or when
    there is no Command Field.
    """
    encoded = bytes(data)
    shape = _shapes.get(len(encoded))
    values = None if shape is None else shape.read(encoded)
    if values is None:
        values = _read_elements(encoded)
    if values[_FIELD] is None:
        raise CommandError("command set without Command Field (0000,0100)")
    command = Command._make(values)
    if values[_HAS_DATASET] is None:
        return command._replace(has_dataset=_always_has_dataset(command))
    return command


def _read_elements(encoded: bytes) -> list[Any]:
    """Return the values of a command set in the order of Command's fields; raises CommandError."""
    values = _ABSENT.copy()
    elements = []
    offset, end = 0, len(encoded)
    try:
        while offset < end:
            tag, length = _unpack_header(encoded, offset)
            start = offset + HEADER.size
            offset = start + length
            elements.append((tag, length))
            known = _DECODERS.get(tag)
            if known is not None and length:
                position, decode = known
                values[position] = decode(encoded[start:offset])
    except struct.error as error:
        raise CommandError(f"command set with a malformed element before byte {offset}") from error
    if offset > end:
        raise CommandError(f"command set of {end} bytes ends inside an element")
    if len(elements) <= len(_DECODERS) + 1 and end <= _LONGEST_SHAPE:
        if len(_shapes) == _MOST_SHAPES:
            _shapes.clear()
        _shapes[end] = _Shape(encoded, elements)
    return values


class _Shape:
    """The headers of a command set: those of one length hardly ever have others, and differ in values."""

    def __init__(self, encoded: bytes, elements: list[tuple[int, int]]) -> None:
        self._unpack = struct.Struct(
            "<" + "".join(f"{HEADER.size}s{length}s" for _, length in elements)
        ).unpack
        self._headers = self._unpack(encoded)[::2]
        self._known = [
            (2 * number + 1, *_DECODERS[tag])
            for number, (tag, length) in enumerate(elements)
            if length and tag in _DECODERS
        ]

    def read(self, encoded: bytes) -> list[Any] | None:
        """Return the values of a command set of this length, None if its headers are others."""
        parts = self._unpack(encoded)
        if parts[::2] != self._headers:
            return None
        values = _ABSENT.copy()
        for number, position, decode in self._known:
            values[position] = decode(parts[number])
        return values


def _always_has_dataset(command: Command) -> bool:
    if command.field == CommandField.C_FIND_RSP:
        return command.is_pending
    return command.field in _REQUESTS_WITH_DATASET


_REQUESTS_WITH_DATASET = frozenset(
    {CommandField.C_STORE_RQ, CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ}
)

_ELEMENTS = {  # by element number, in which order they are written (PS3.7 annex E.1)
    0x0002: ("sop_class_uid", UID),
    0x0003: ("requested_sop_class_uid", UID),
    0x0100: ("field", NUMBER),
    0x0110: ("message_id", NUMBER),
    0x0120: ("responded_to", NUMBER),
    0x0600: ("move_destination", TEXT),
    0x0700: ("priority", NUMBER),
    0x0800: ("has_dataset", DATASET_TYPE),
    0x0900: ("status", NUMBER),
    0x0901: ("offending_elements", TAGS),
    0x0902: ("error_comment", TEXT),
    0x0903: ("error_id", NUMBER),
    0x1000: ("sop_instance_uid", UID),
    0x1001: ("requested_sop_instance_uid", UID),
    0x1002: ("event_type_id", NUMBER),
    0x1008: ("action_type_id", NUMBER),
    0x1020: ("remaining", NUMBER),
    0x1021: ("completed", NUMBER),
    0x1022: ("failed", NUMBER),
    0x1023: ("warning", NUMBER),
    0x1030: ("move_originator_aet", TEXT),
    0x1031: ("move_originator_message_id", NUMBER),
}
_POSITION = {name: position for position, name in enumerate(Command._fields)}
_FIELD, _HAS_DATASET = _POSITION["field"], _POSITION["has_dataset"]
_ABSENT: list[Any] = [Command._field_defaults.get(name) for name in Command._fields]
_ABSENT[_HAS_DATASET] = None  # tells that Command Data Set Type is missing

_GROUP_LENGTH = struct.Struct("<III")

_MOST_SHAPES = 64
_LONGEST_SHAPE = 1024  # bytes
_shapes: dict[int, _Shape] = {}
"""By the length of the command set; threads may share them."""

_unpack_header = HEADER.unpack_from
_in_order_of_tags = itemgetter(*(_POSITION[name] for name, _ in _ELEMENTS.values()))
_ENCODERS = [codec.encoder(number << 16) for number, (_, codec) in _ELEMENTS.items()]
_DECODERS = {number << 16: (_POSITION[name], codec.decode) for number, (name, codec) in _ELEMENTS.items()}
