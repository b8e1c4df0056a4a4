"""Disks that are full or cannot be written to: refused, nothing half done, and service goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dcmtools.dicom.part10 import InstanceFile

from ..command import dcmtools
from .disks import make_read_only, small_disk
from .objects import SERIES, STUDY, Expected, leftovers, stored_in, write_objects
from .registry import Figure, figure, row
from .senders import Sending, send
from .servers import findable, qrscp, storescp

_SIZE = 200_000  # bytes of each object
_TARGET = "0xA7xx for each that does not fit, 0 torsos, echo answered, stores again when there is room"


def _echoes(port: int) -> list[str]:
    code = dcmtools("echoscu", "127.0.0.1", port).code
    return [] if code == 0 else [f"echoscu ends with {code}"]


def _refusals(sender: Sending, files: list[InstanceFile]) -> list[str]:
    """Return what is wrong with the answers to objects of which some did not fit."""
    faults = [
        f"refused with {event.status}: {event.reason}"
        for event in sender.refused
        if event.status is None or event.status >> 8 != 0xA7
    ]
    if sender.error is not None:
        faults.append(f"the association did not go on: {sender.error}")
    if not sender.refused or not sender.acknowledged:
        faults.append(f"{len(sender.refused)} refused and {len(sender.acknowledged)} stored")
    if len(sender.refused) + len(sender.acknowledged) != len(files):
        faults.append("not every object was answered")
    return faults


def _kept(received: Path, files: list[InstanceFile], acknowledged: list[str]) -> list[str]:
    """Return how files and acknowledged objects differ."""
    faults: list[str] = []
    whole = Expected(files).whole(received, faults)
    faults += [f"{uid} was acknowledged and is not there" for uid in set(acknowledged) - whole]
    faults += [f"{uid} was refused and is there" for uid in whole - set(acknowledged)]
    return faults + [f"{path.name} is left" for path in leftovers(received)]


def _make_room(received: Path, count: int) -> set[str]:
    """Remove the first files; return the SOP Instance UIDs of the others."""
    files = stored_in(received)
    for path in files[:count]:
        path.unlink()
    return {path.name.removeprefix("CT.") for path in files[count:]}


@row("disk-full-storescp", _TARGET, small=20, full=500)
def disk_full_storescp(size: int, folder: Path) -> Figure:
    files = write_objects(folder / "files", size, _SIZE)
    with small_disk(folder / "disk", size * _SIZE // 2) as disk, storescp(disk) as server:
        sender = send(server.port, files)
        faults = _refusals(sender, files) + _kept(disk / "received", files, sender.acknowledged)
        faults += _echoes(server.port)
        left = _make_room(disk / "received", size // 4)
        again = [file for file in files if file.sop_instance_uid not in sender.acknowledged][: size // 8]
        second = send(server.port, again)
        faults += [f"after there was room: {event.reason}" for event in second.refused]
        faults += _kept(disk / "received", files, [*left, *second.acknowledged])
    text = f"{size} objects: {len(sender.acknowledged)} stored, {len(sender.refused)} refused with 0xA7xx"
    return figure(f"{text}, {len(faults)} faults", faults)


@row("disk-full-qrscp", f"{_TARGET}; what was acknowledged is found, nothing else", small=20, full=500)
def disk_full_qrscp(size: int, folder: Path) -> Figure:
    """The index is on the full disk too."""
    files = write_objects(folder / "files", size, _SIZE)
    with small_disk(folder / "disk", size * _SIZE // 2) as disk:
        with qrscp(disk) as server:
            sender = send(server.port, files)
            instances = disk / "instances"
            faults = _refusals(sender, files) + _kept(instances, files, sender.acknowledged)
            faults += _echoes(server.port)
            if set(findable(server.port)) != set(sender.acknowledged):
                faults.append(f"{len(findable(server.port))} found of {len(sender.acknowledged)}")
            # there is room again when something else goes: objects of an archive are not just deleted
            (disk / "other").unlink(missing_ok=True)
        with qrscp(disk) as server:
            if set(findable(server.port)) != set(sender.acknowledged):
                faults.append("after a restart others are found")
    text = f"{size} objects: {len(sender.acknowledged)} stored, {len(sender.refused)} refused with 0xA7xx"
    return figure(f"{text}, {len(faults)} faults", faults)


@row("disk-full-getscu", "exit status 3, 0 torsos, what did not fit is named", small=20, full=200)
def disk_full_getscu(size: int, folder: Path) -> Figure:
    files = write_objects(folder / "files", size, _SIZE)
    faults: list[str] = []
    keys = ["-k", "QueryRetrieveLevel=SERIES", "-k", f"StudyInstanceUID={STUDY}"]
    keys += ["-k", f"SeriesInstanceUID={SERIES}"]
    with qrscp(folder / "archive") as server, small_disk(folder / "disk", size * _SIZE // 2) as disk:
        if len(send(server.port, files).acknowledged) != size:
            faults.append("the archive was not filled")
        outcome = dcmtools("getscu", "-S", "-od", disk / "got", "127.0.0.1", server.port, *keys)
        whole = Expected(files).whole(disk / "got", faults)
        faults += [f"{path.name} is left" for path in leftovers(disk / "got")]
    if outcome.code != 3:
        faults.append(f"exit status {outcome.code}")
    if not 0 < len(whole) < size:
        faults.append(f"{len(whole)} of {size} were stored")
    missing = [file for file in files if file.sop_instance_uid not in whole]
    unnamed = [file for file in missing if file.sop_instance_uid not in outcome.stderr]
    faults += [f"{file.sop_instance_uid} is missing and not named" for file in unnamed[:3]]
    return figure(
        f"{size} objects: {len(whole)} stored, exit status {outcome.code}, {len(faults)} faults", faults
    )


@row("file-size-limit", _TARGET, small=6, full=60)
def file_size_limit(size: int, folder: Path) -> Figure:
    """Writes are cut and then fail (RLIMIT_FSIZE): every other object is larger than files may be."""
    if shutil.which("prlimit") is None:
        pytest.skip("there is no prlimit")
    files = [
        write_objects(folder / "files", 1, _SIZE if number % 2 else 5 * _SIZE)[0] for number in range(size)
    ]
    with storescp(folder, prefix=("prlimit", f"--fsize={2 * _SIZE}")) as server:
        sender = send(server.port, files)
        faults = _refusals(sender, files) + _kept(folder / "received", files, sender.acknowledged)
        faults += _echoes(server.port)
    if len(sender.acknowledged) != size // 2:
        faults.append(f"{len(sender.acknowledged)} were stored")
    return figure(f"{size} objects: {len(sender.refused)} refused, {len(faults)} faults", faults)


@row("read-only", _TARGET, small=6, full=60)
def read_only(size: int, folder: Path) -> Figure:
    """The disk of the folder turns read-only, and writable again."""
    files = write_objects(folder / "files", size, 2000)
    third = size // 3
    faults: list[str] = []
    with small_disk(folder / "disk", 1 << 20) as disk, storescp(folder, "-od", disk) as server:
        acknowledged = send(server.port, files[:third]).acknowledged
        make_read_only(disk)
        sender = send(server.port, files[third : 2 * third])
        if sender.acknowledged or len(sender.refused) != third:
            faults.append(f"{len(sender.acknowledged)} were acknowledged on a read-only disk")
        faults += [f"{event.status}" for event in sender.refused if (event.status or 0) >> 8 != 0xA7]
        faults += _echoes(server.port)
        make_read_only(disk, read_only=False)
        acknowledged += send(server.port, files[2 * third :]).acknowledged
        faults += _kept(disk, files, acknowledged)
    if len(acknowledged) != size - third:
        faults.append(f"{len(acknowledged)} were stored while it could be written to")
    return figure(f"{size} objects: {third} refused with 0xA7xx, {len(faults)} faults", faults)
