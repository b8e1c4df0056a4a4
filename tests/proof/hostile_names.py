"""Rows of proof: UIDs and patients whose names are paths, or somebody else's."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from ..command import dcmtools
from ..fuzz.hostile_peer import Instance, hostile_peer
from ..fuzz.live import Target
from ..fuzz.speaking import CT, EXPLICIT, Context, Talk, status_of, store_rq
from ..ports import free_port
from .registry import Figure, figure, row

_NAMES = (
    "../x",
    "../../../../x",
    "..",
    ".",
    "",
    "/ABSOLUTE",
    "x\0y",
    "1.2.3",
    "1.2.3\0x",
    "1.2.3/../../x",
    "1." + "2" * 300,
    "9" * 64,
    "9" * 63 + "8.1",
    "abc",
    "-rf",
    "CON",
    "NUL.1",
    "~/x",
    "~root",
    "1.2\\3.4",
    "%2e%2e%2fx",
    "..%c0%afx",
    "$(touch x)",
    "`touch x`;touch x",
    "x\n../x",
    "\x1b[2J",
    ".hidden",
    ".dcmtools-0123456789abcdef.part",
    "a" * 200,
    "A" * 200,
)


def _element(tag: int, vr: bytes, text: str) -> bytes:
    value = text.encode("ascii", "backslashreplace")
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def _marker(number: int) -> bytes:
    return f"<<{number:04}>>".encode()


def _instances(size: int, folder: Path) -> list[Instance]:
    """The instance of each name twice: with the same UID in the dataset, and with another."""
    made: list[Instance] = []
    for name in _NAMES[:size]:
        uid = name.replace("/ABSOLUTE", f"{folder}/absolute")
        for inside in (uid, "1.2.3.4.5"):
            dataset = b"".join(
                (
                    _element(0x00080016, b"UI", CT),
                    _element(0x00080018, b"UI", inside),
                    _element(0x00100010, b"PN", uid),
                    _element(0x00100020, b"LO", uid),
                    _element(0x00104000, b"LT", _marker(len(made)).decode()),
                )
            )
            made.append((uid, dataset))
    return made


Deliver = Callable[[Path, list[Instance]], Iterable[int | None]]
"""Lets a command receive the instances into ``a/b/c/received`` of a folder; gives the status of each."""


def _into_server(archive: bool, *options: str) -> Deliver:
    def deliver(folder: Path, instances: list[Instance]) -> Iterable[int | None]:
        own = folder / "a" / "b" / "c"
        target = Target("qrscp" if archive else "storescp", archive, options)
        with target.running(own) as server:
            return [_store(server.port, uid, dataset) for uid, dataset in instances]

    return deliver


def _store(port: int, uid: str, dataset: bytes) -> int | None:
    with Talk(port) as talk:
        if not talk.associate([Context(1, CT, EXPLICIT)]):
            return None
        return status_of(talk.ask(1, store_rq(uid), dataset))


def _with_getscu(folder: Path, instances: list[Instance]) -> Iterable[int | None]:
    found: list[int | None] = []
    for instance in instances:  # one after the other: statuses are by UID
        with hostile_peer([instance]) as (port, statuses):
            out = folder / "a" / "b" / "c" / "received"
            dcmtools("getscu", "-S", "127.0.0.1", port, "-od", out, "-k", "StudyInstanceUID=1")
            found.append(statuses.get(instance[0]))
    return found


def _with_movescu(folder: Path, instances: list[Instance]) -> Iterable[int | None]:
    found: list[int | None] = []
    for instance in instances:
        store_port = free_port()
        with hostile_peer([instance], store_port=store_port) as (port, statuses):
            out = folder / "a" / "b" / "c" / "received"
            store = ("--store", "--store-port", store_port, "-od", out)
            dcmtools("movescu", "-S", "127.0.0.1", port, *store, "-k", "StudyInstanceUID=1")
            found.append(statuses.get(instance[0]))
    return found


_TEMPLATE = "{PatientID}/{PatientName}/{SOPInstanceUID}.dcm"
_SERVERS: dict[str, Deliver] = {
    "storescp": _into_server(False),
    "storescp --path-template": _into_server(False, "--path-template", _TEMPLATE),
    "qrscp": _into_server(True),
}
_CLIENTS: dict[str, Deliver] = {"getscu": _with_getscu, "movescu --store": _with_movescu}


@row(
    "hostile-uids",
    "0 files outside the folder, 0 acknowledged objects lost or mixed, refused where the UIDs differ",
    small=len(_NAMES),
    full=len(_NAMES),
)
def hostile_uids(size: int, folder: Path) -> Figure:
    """Hostile SOP Instance UIDs and patients sent to our servers."""
    return _delivered(size, folder, _SERVERS)


@row(
    "hostile-uids-scu",
    "0 files outside the folder, 0 acknowledged objects lost or mixed, refused where the UIDs differ",
    small=1,
    full=len(_NAMES),
)
def hostile_uids_scu(size: int, folder: Path) -> Figure:
    """The same, sent by a hostile archive to our clients."""
    return _delivered(size, folder, _CLIENTS)


def _delivered(size: int, folder: Path, receivers: dict[str, Deliver]) -> Figure:
    faults: list[str] = []
    acknowledged, refused = 0, 0
    for title, deliver in receivers.items():
        own = folder / title.replace(" ", "")
        root = own / "a" / "b" / "c"
        root.mkdir(parents=True)
        instances = _instances(size, own)
        statuses = list(deliver(own, instances))
        stored = root / ("instances" if title == "qrscp" else "received")
        files = [path for path in stored.rglob("*") if path.is_file()]
        outside = {path for path in own.rglob("*") if path.is_file() and stored not in path.parents}
        kept = (".log", ".ini", ".sqlite", ".sqlite-wal", ".sqlite-shm")
        faults += [f"{title}: {path} is outside" for path in outside if path.suffix not in kept]
        contents = [path.read_bytes() for path in files]
        for number, (status, (uid, dataset)) in enumerate(zip(statuses, instances, strict=True)):
            holding = sum(dataset in content for content in contents)
            if status == 0:
                acknowledged += 1
                if holding != 1:
                    faults.append(f"{title}: {uid!r} was acknowledged and is in {holding} files")
                if number % 2:
                    faults.append(f"{title}: {uid!r} was acknowledged with another UID in its dataset")
            else:
                refused += 1
                if holding:
                    faults.append(f"{title}: {uid!r} was refused ({status}) and is in {holding} files")
        if 0 not in statuses:
            faults.append(f"{title}: nothing was stored")
        if len(files) != sum(status == 0 for status in statuses):
            faults.append(
                f"{title}: {len(files)} files, {sum(status == 0 for status in statuses)} acknowledged"
            )
    return figure(
        f"{len(receivers)} receivers x {2 * min(size, len(_NAMES))} objects: {acknowledged} stored, "
        f"{refused} refused, {len(faults)} faults",
        faults,
    )
