"""The small PDUs that can arrive or be sent between messages (PS3.8 section 9.3)."""

from __future__ import annotations

import enum
import struct
from typing import Final, NamedTuple

from dcmtools.wire.errors import PduError

Buffer = bytes | bytearray | memoryview

PDU_HEADER_SIZE = 6
"""Bytes before the variable field of a PDU: type, reserved, length (4)."""

_SHORT_PDU = struct.Struct(">BxIxxBB")  # A-RELEASE-RQ, A-RELEASE-RP and A-ABORT share this shape


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


class Abort(NamedTuple):
    """An A-ABORT: who aborted, and why (PS3.8 section 9.3.8).

    `source` is 0 for the service user and 2 for the service provider; `reason` has a meaning
    only with source 2.
    """

    source: int
    reason: int


def abort_pdu(source: int, reason: int) -> bytes:
    """Return an A-ABORT PDU; see `Abort` for `source` and `reason` (each 0 to 255)."""
    return _SHORT_PDU.pack(PduType.A_ABORT, 4, source, reason)


def release_rq() -> bytes:
    """Return an A-RELEASE-RQ PDU (PS3.8 section 9.3.6)."""
    return _SHORT_PDU.pack(PduType.A_RELEASE_RQ, 4, 0, 0)


def release_rp() -> bytes:
    """Return an A-RELEASE-RP PDU (PS3.8 section 9.3.7)."""
    return _SHORT_PDU.pack(PduType.A_RELEASE_RP, 4, 0, 0)


def decode_abort(pdu: Buffer) -> Abort:
    """Return the source and reason of a whole A-ABORT PDU, its header included.

    What follows the PDU is ignored. Raises PduError when it is cut, of another type or of
    another length.
    """
    if len(pdu) < _SHORT_PDU.size:
        raise PduError(f"A-ABORT of {len(pdu)} bytes is cut")
    pdu_type, length, source, reason = _SHORT_PDU.unpack_from(pdu)
    if pdu_type != PduType.A_ABORT or length != 4:
        raise PduError(f"not an A-ABORT: PDU type 0x{pdu_type:02X}, length {length}")
    return Abort(source, reason)
