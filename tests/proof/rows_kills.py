"""``kill -9`` at random moments, of receivers and of senders."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from dcmtools.dicom.part10 import InstanceFile

from ..command import ENVIRONMENT, dcmtools
from ..interop.peers.processes import Server, wait_until
from ..net.conftest import serving
from ..net.sent_files import Archive, success
from .objects import CT, Expected, leftovers, stored_in, write_objects
from .registry import Figure, figure, row
from .senders import Sending
from .servers import findable, indexed, our_program, qrscp, storescp

_PER_FOLDER = 20  # kills, after which a new folder is begun
_SENDERS = 2


def _to_send(folder: Path, number: int) -> list[list[InstanceFile]]:
    """Return what each sender has: many small objects, or by turns large ones, always being written."""
    count, size = ((80, 3000), (6, 4_000_000))[number // 2 % 2]
    return [write_objects(folder / f"{number}-{sender}", count, size) for sender in range(_SENDERS)]


def _kill_while_sending(server: Server, files: list[list[InstanceFile]], chance: random.Random) -> set[str]:
    """Kill a receiver at some moment of a transfer; return what it has acknowledged."""
    senders = [Sending(server.port, some) for some in files]
    time.sleep(chance.uniform(0.01, 0.2))
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    return {uid for sender in senders for uid in sender.finish().acknowledged}


def _forget(files: list[list[InstanceFile]]) -> None:
    for some in files:
        for file in some:
            Path(file.path).unlink()


@row(
    "kill-storescp",
    "0 cut files under final names, every acknowledged object whole, no leftovers after a restart",
    small=4,
    full=200,
)
def kill_storescp(size: int, folder: Path) -> Figure:
    chance, faults = random.Random(20), []
    acknowledged = whole = swept = 0
    for number in range(size):
        place = folder / f"storescp-{number // _PER_FOLDER}-{number % 2}"
        received = place / "received"
        files = _to_send(folder, number)
        before = len(leftovers(received))
        with storescp(place, stop_with=signal.SIGKILL, part_files=bool(number % 2)) as server:
            faults += [f"kill {number}: {path.name} was not swept" for path in leftovers(received)]
            swept += before
            earlier = set(stored_in(received))
            known = _kill_while_sending(server, files, chance)
        expected = Expected(file for some in files for file in some)
        for path in earlier:
            path.rename(place / path.name)  # checked before
        found = expected.whole(received, faults)
        faults += [f"kill {number}: {uid} was acknowledged and is not there" for uid in known - found]
        acknowledged += len(known)
        whole += len(found)
        _forget(files)
    for place in folder.glob("storescp-*"):
        swept += len(leftovers(place))
        with storescp(place):
            faults += [f"{path} was not swept" for path in leftovers(place)]
    text = f"{size} kills: {acknowledged} acknowledged, {whole} whole, {swept} leftovers swept"
    return figure(f"{text}, {len(faults)} faults", faults)


@row(
    "kill-qrscp",
    "0 cut files, index = files after a restart, every acknowledged object found",
    small=3,
    full=200,
)
def kill_qrscp(size: int, folder: Path) -> Figure:
    chance, faults = random.Random(21), []
    acknowledged = found = 0
    for first in range(0, size, _PER_FOLDER):
        place, known, expected, sent = folder / f"qrscp-{first}", set[str](), Expected(), []
        for number in range(first, min(first + _PER_FOLDER, size)):
            files = _to_send(folder, number)
            sent.append(files)
            expected.add(file for some in files for file in some)
            with qrscp(place, stop_with=signal.SIGKILL, part_files=bool(number % 2)) as server:
                faults += _differences(place, f"before kill {number}")
                known |= _kill_while_sending(server, files, chance)
        with qrscp(place) as server:
            faults += _differences(place, "in the end")
            uids = findable(server.port)
        if len(set(uids)) < len(uids):
            faults.append("an object is found twice")
        whole = expected.whole(place / "instances", faults)
        faults += [f"{uid} was acknowledged and is not there" for uid in known - whole]
        faults += [f"{uid} was acknowledged and is not found" for uid in known - set(uids)]
        faults += [f"{uid} is found and is not there" for uid in set(uids) - whole]
        acknowledged += len(known)
        found += len(uids)
        for files in sent:
            _forget(files)
    return figure(f"{size} kills: {acknowledged} acknowledged, {found} found, {len(faults)} faults", faults)


def _differences(place: Path, when: str) -> list[str]:
    """Return what is different between the files of an archive that has just started and its index."""
    if not (place / "instances").exists():
        return [f"{when}: there is no folder"]
    files, index = {path.name for path in stored_in(place / "instances")}, set(indexed(place))
    faults = [f"{when}: {name} is not indexed" for name in files - index]
    faults += [f"{when}: {name} is indexed and missing" for name in index - files]
    return faults + [f"{when}: {path.name} was not swept" for path in leftovers(place)]


@row(
    "kill-storescu",
    "resumed with the journal all is stored, at most the object in flight at a kill twice",
    small=3,
    full=50,
)
def kill_storescu(size: int, folder: Path) -> Figure:
    chance, faults = random.Random(22), []
    files = write_objects(folder / "files", 200 + 100 * size)
    journal, archive = folder / "journal", Archive(lambda number, request: success(request))

    def entries() -> int:
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    killed = 0
    with serving(lambda report: archive, sop_classes=[CT]) as running:
        sending = ("--journal", journal, "127.0.0.1", running.port, folder / "files")
        for number in range(size):
            before = entries()
            process = subprocess.Popen(
                [*our_program(), "storescu", *map(str, sending)],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
            wait_until(lambda b=before, p=process: entries() > b + 1 or p.poll() is not None, "progress")
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            killed += process.wait() == -signal.SIGKILL
            in_journal = {
                json.loads(line)["sop_instance_uid"]
                for line in journal.read_text().splitlines()[1:]
                if line.endswith("}")
            }
            faults += [
                f"kill {number}: {uid} is in the journal and was never stored"
                for uid in in_journal - set(archive.taken)
            ]
        outcome = dcmtools("storescu", *sending)
        if outcome.code != 0:
            faults.append(f"exit status {outcome.code} in the end: {outcome.stderr}")
        requests = len(archive.taken)
        if dcmtools("storescu", *sending).code != 0 or len(archive.taken) != requests:
            faults.append("a run after the last one has something to do")
    faults += [f"{f.sop_instance_uid} was not stored" for f in files if not archive.taken[f.sop_instance_uid]]
    repeated = Counter(archive.taken.values())
    twice = sum(count - 1 for count in archive.taken.values())
    if twice > killed:
        faults.append(f"{twice} objects were sent again after {killed} kills: {dict(repeated)}")
    text = f"{killed} kills: {len(archive.taken)} of {len(files)} stored, {twice} in flight sent again"
    return figure(text, faults)
