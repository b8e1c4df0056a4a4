"""SOP Instances to be sent by the thousand, of which each byte is known."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from dcmtools.dicom.part10 import InstanceFile, encode_file_meta

from ..samples import dataset_bytes

CT = str(CTImageStorage)
STUDY, SERIES = "1.2.826.0.1.3680043.10.999.1", "1.2.826.0.1.3680043.10.999.2"
_ROOT = "1.2.826.0.1.3680043.10.999.3"
_numbers = itertools.count(1)


def write_object(folder: Path, size: int = 2000, uid: str | None = None, fill: int = 0) -> InstanceFile:
    """Write an object with `size` bytes of pixel data, which repeat its number, or `fill` if given."""
    number = next(_numbers)
    uid = uid or f"{_ROOT}.{number}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number:07}.dcm"
    meta = encode_file_meta(
        CT,
        uid,
        str(ExplicitVRLittleEndian),
        implementation_class_uid="1.2.3",
        implementation_version_name="PROOF",
    )
    size += size % 2
    pattern = (fill or number).to_bytes(8, "little")
    dataset = b"".join(
        (
            _element(0x00080016, b"UI", CT),
            _element(0x00080018, b"UI", uid),
            _element(0x00100010, b"PN", "Proof^Of"),
            _element(0x00100020, b"LO", "PROOF"),
            _element(0x0020000D, b"UI", STUDY),
            _element(0x0020000E, b"UI", SERIES),
            b"\xe0\x7f\x10\x00OB\0\0" + size.to_bytes(4, "little"),
            (pattern * (size // 8 + 1))[:size],
        )
    )
    path.write_bytes(meta + dataset)
    return InstanceFile(str(path), CT, uid, str(ExplicitVRLittleEndian), len(meta), len(dataset))


def write_objects(folder: Path, count: int, size: int = 2000) -> list[InstanceFile]:
    """Write `count` objects."""
    return [write_object(folder, size) for _ in range(count)]


def _element(tag: int, vr: bytes, text: str) -> bytes:
    value = text.encode()
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
    return head + vr + len(value).to_bytes(2, "little") + value


class Expected:
    """The datasets of what was sent, by the names under which receivers store them."""

    def __init__(self, files: Iterable[InstanceFile] = ()) -> None:
        self._files: dict[str, InstanceFile] = {}
        self.add(files)

    def add(self, files: Iterable[InstanceFile]) -> None:
        self._files |= {f"CT.{file.sop_instance_uid}": file for file in files}

    def whole(self, folder: Path, faults: list[str]) -> set[str]:
        """Return the SOP Instance UIDs whose files in `folder` are whole; the others are noted as faults."""
        found: set[str] = set()
        for path in stored_in(folder):
            file = self._files.get(path.name)
            if file is None:
                faults.append(f"{path.name} was never sent")
                continue
            try:
                is_whole = dataset_bytes(path) == dataset_bytes(Path(file.path))
            except (AssertionError, IndexError):
                is_whole = False
            if is_whole:
                found.add(file.sop_instance_uid)
            else:
                faults.append(f"{path.name} is cut or mixed: {path.stat().st_size} bytes")
        return found


def stored_in(folder: Path) -> list[Path]:
    """Return the files in `folder` that have final names."""
    if not folder.exists():
        return []
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


def leftovers(folder: Path) -> list[Path]:
    """Return the unfinished files in `folder`."""
    return sorted(folder.rglob(".*part"))
