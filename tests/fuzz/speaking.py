"""The bytes of a requestor (PS3.7, PS3.8), written by hand so that anything can be wrong with them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from typing import NamedTuple

from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.framing import frame_command, frame_dataset

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
PATIENT_FIND, PATIENT_MOVE, PATIENT_GET = (f"1.2.840.10008.5.1.4.1.2.1.{number}" for number in (1, 2, 3))
STUDY_FIND, STUDY_MOVE, STUDY_GET = (f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 2, 3))
WORKLIST_FIND = "1.2.840.10008.5.1.4.31"

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"

RELEASE_RQ = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"
RELEASE_RP = 0x06
ASSOCIATE_AC = 0x02
_MAX_PDU = 16384


class Context(NamedTuple):
    """A presentation context as it is proposed, with one transfer syntax."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str


CONTEXTS = (
    Context(1, VERIFICATION, IMPLICIT),
    Context(3, CT, EXPLICIT),
    Context(5, CT, IMPLICIT),
    Context(7, CT, DEFLATED),
    Context(9, CT, BIG_ENDIAN),
    Context(11, PATIENT_FIND, EXPLICIT),
    Context(13, STUDY_FIND, IMPLICIT),
    Context(15, STUDY_GET, EXPLICIT),
    Context(17, STUDY_MOVE, EXPLICIT),
    Context(19, WORKLIST_FIND, EXPLICIT),
)


def item(kind: int, *parts: bytes) -> bytes:
    """An item of an association PDU (PS3.8 section 9.3.2)."""
    content = b"".join(parts)
    return struct.pack(">BxH", kind, len(content)) + content


def user_items(*contexts: Context) -> list[bytes]:
    """The sub-items of the user information: lengths, names, roles for the storage contexts."""
    roles = [
        item(0x54, struct.pack(">H", len(CT)), CT.encode(), b"\x01\x01")
        for context in contexts[:1]
        if context.abstract_syntax == CT
    ]
    return [
        item(0x51, struct.pack(">I", _MAX_PDU)),
        item(0x52, b"1.2.826.0.1.3680043.8.498.1"),
        *roles,
        item(0x55, b"FUZZ"),
    ]


def associate_rq(
    contexts: Sequence[Context] = CONTEXTS,
    *,
    calling: bytes = b"FUZZ",
    called: bytes = b"ANY-SCP",
    users: Sequence[bytes] | None = None,
    application_context: bytes = APPLICATION_CONTEXT.encode(),
) -> bytes:
    """An A-ASSOCIATE-RQ PDU."""
    proposed = [
        item(
            0x20,
            bytes((context.context_id, 0, 0, 0)),
            item(0x30, context.abstract_syntax.encode()),
            item(0x40, context.transfer_syntax.encode()),
        )
        for context in contexts
    ]
    user = user_items(*contexts) if users is None else users
    body = b"".join(
        (
            b"\x00\x01\x00\x00",
            called.ljust(16),
            calling.ljust(16),
            bytes(32),
            item(0x10, application_context),
            *proposed,
            item(0x50, *user),
        )
    )
    return struct.pack(">BxI", 1, len(body)) + body


def message(context_id: int, command: Command | bytes, dataset: bytes | None = None) -> bytes:
    """The P-DATA-TF PDUs of a command set and its dataset."""
    encoded = command if isinstance(command, bytes) else encode_command(command)
    parts = frame_command(context_id, encoded, _MAX_PDU)
    if dataset is not None:
        parts += frame_dataset(context_id, dataset, _MAX_PDU)
    return b"".join(bytes(part) for part in parts)


def echo_rq(message_id: int = 1) -> Command:
    """A C-ECHO request."""
    return Command(field=CommandField.C_ECHO_RQ, sop_class_uid=VERIFICATION, message_id=message_id)


def store_rq(sop_instance_uid: str, message_id: int = 1, sop_class_uid: str = CT) -> Command:
    """A C-STORE request."""
    return Command(
        field=CommandField.C_STORE_RQ,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=sop_instance_uid,
        message_id=message_id,
        priority=0,
        has_dataset=True,
    )


class Talk:
    """A connection to a server, spoken by hand; a context manager, which closes it."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of `data`; raises OSError."""
        self.socket.sendall(data)

    def pdu(self) -> bytes:
        """Return the next whole PDU, b"" at the end of the connection; raises OSError."""
        header = self._exactly(6)
        return header + self._exactly(int.from_bytes(header[2:], "big")) if len(header) == 6 else b""

    def associate(self, contexts: Sequence[Context] = CONTEXTS, **parts: bytes) -> bool:
        """Associate, and return whether it was accepted."""
        self.send(associate_rq(contexts, **parts))
        return self.pdu()[:1] == b"\x02"

    def ask(self, context_id: int, command: Command | bytes, dataset: bytes | None = None) -> bytes:
        """Send a message and return the next PDU: the response where it fits into one."""
        self.send(message(context_id, command, dataset))
        return self.pdu()

    def half_close(self) -> None:
        """Say that nothing more comes: the server has to end the association when it has read all."""
        self.socket.shutdown(socket.SHUT_WR)

    def drain(self) -> bool:
        """Read to the end; return False when the server is still there after the time-out."""
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def release(self) -> bool:
        """Release the association, and return whether the server agreed."""
        self.send(RELEASE_RQ)
        return self.pdu()[:1] == bytes([RELEASE_RP])

    def _exactly(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            piece = self.socket.recv(size - len(received))
            if not piece:
                break
            received += piece
        return bytes(received)


def status_of(response: bytes) -> int | None:
    """The status in the PDU of a response, None where there is none (PS3.7 annex E)."""
    at = response.find(b"\x00\x00\x00\x09\x02\x00\x00\x00")
    return int.from_bytes(response[at + 8 : at + 10], "little") if at >= 0 else None
