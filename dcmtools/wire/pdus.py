"""The small PDUs that can arrive or be sent between messages (PS3.8 section 9.3)."""

from __future__ import annotations

import enum
import struct
from typing import Final

Buffer = bytes | bytearray | memoryview

PDU_HEADER_SIZE = 6
"""Bytes before the variable field of a PDU: type, reserved, length (4)."""

_ABORT = struct.Struct(">8xBB")  # source and reason behind the header and two reserved bytes


class PduType(enum.IntEnum):
    """The first byte of a PDU (PS3.8 section 9.3.1)."""

    A_ASSOCIATE_RQ = 0x01
    A_ASSOCIATE_AC = 0x02
    A_ASSOCIATE_RJ = 0x03
    P_DATA_TF = 0x04
    A_RELEASE_RQ = 0x05
    A_RELEASE_RP = 0x06
    A_ABORT = 0x07


P_DATA_TF: Final = int(PduType.P_DATA_TF)
"""The same as a plain number, for the code that runs for every fragment."""


ENDING = frozenset((PduType.A_RELEASE_RQ, PduType.A_RELEASE_RP, PduType.A_ABORT))
"""The types that may come between messages; all others are a violation of the protocol there."""

_ABORT_REASONS = {
    1: "unrecognised PDU",
    2: "unexpected PDU",
    4: "unrecognised PDU parameter",
    5: "unexpected PDU parameter",
    6: "invalid PDU parameter value",
}


def describe_abort(pdu: Buffer) -> str:
    """Return who sent an A-ABORT, and why, in words (PS3.8 section 9.3.8).

    `pdu` begins with the PDU's header; where it is cut there is less to say.
    """
    if len(pdu) < _ABORT.size:
        return "the peer"
    source, reason = _ABORT.unpack_from(pdu)
    if source == 0:
        return "the peer's service user"
    return ": ".join(filter(None, ("the peer's service provider", _ABORT_REASONS.get(reason))))
