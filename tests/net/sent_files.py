"""Files to send, and an archive in this process that answers as a test wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from dcmtools.dicom.part10 import InstanceFile, encode_file_meta, read_instance
from dcmtools.wire.commands import Command, CommandField

CT = str(CTImageStorage)
Answer = Callable[[int, Command], Command]


def _element(tag: int, vr: bytes, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
    return head + vr + len(value).to_bytes(2, "little") + value


def write_file(folder: Path, number: int, sop_class: str = CT, size: int = 100) -> InstanceFile:
    uid = f"1.2.3.{number}"
    meta = encode_file_meta(
        sop_class,
        uid,
        str(ExplicitVRLittleEndian),
        implementation_class_uid="1.2.3",
        implementation_version_name="TEST",
    )
    dataset = _element(0x00080016, b"UI", sop_class.encode()) + _element(0x00080018, b"UI", uid.encode())
    dataset += b"\xe0\x7f\x10\x00OB\0\0" + size.to_bytes(4, "little") + bytes(size)
    path = folder / f"{number:04}.dcm"
    path.write_bytes(meta + dataset)
    return read_instance(str(path))


def success(request: Command, status: int = 0) -> Command:
    return Command(field=CommandField.C_STORE_RSP, responded_to=request.message_id, status=status)


class Archive:
    """Takes objects and answers what `answer` says for the nth of them."""

    def __init__(self, answer: Answer) -> None:
        self.taken: Counter[str] = Counter()
        self._answer = answer
        self._number = 0

    def receive(self, context, request, pieces):
        size = sum(len(piece) for piece in pieces)
        assert size
        self._number += 1
        response = self._answer(self._number, request)
        if response.status == 0:
            self.taken[request.sop_instance_uid] += 1
        return response
