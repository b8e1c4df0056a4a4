"""Many at once: senders of one UID, associations, and objects into one index."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.net.association import Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.wire.commands import Command, CommandField

from ..interop.peers.processes import Server, wait_until
from ..samples import dataset_bytes
from .objects import Expected, leftovers, stored_in, write_object, write_objects
from .processes import descriptors, memory, threads
from .registry import Figure, figure, row
from .senders import LIMITS, Sending, send
from .servers import findable, indexed, qrscp, storescp

_MEGABYTE = 1 << 20


@row(
    "same-uid",
    "one after the other, and 2 and 3 senders at once: nothing acknowledged is lost, no file is mixed",
    small=6,
    full=100,
)
def same_uid(size: int, folder: Path) -> Figure:
    """Each round by storescp as it is, with --on-existing keep, and by qrscp."""
    faults: list[str] = []
    with (
        storescp(folder / "both") as renaming,
        storescp(folder / "first", "--on-existing", "keep") as keeping,
        qrscp(folder / "archive") as archive,
    ):
        places = [
            (renaming, folder / "both/received", False),
            (keeping, folder / "first/received", True),
            (archive, folder / "archive/instances", False),
        ]
        for number in range(size):
            uid = f"1.2.826.0.1.3680043.10.999.4.{number}"
            files = [
                write_object(folder / "files", 300_000, uid, fill=10 * number + n + 1)
                for n in range(2 + number % 2)
            ]
            for server, received, keep in places:
                if number % 3 == 0:
                    acknowledged = [file for file in files if send(server.port, [file]).acknowledged]
                else:
                    senders = [(Sending(server.port, [file]), file) for file in files]
                    acknowledged = [file for sender, file in senders if sender.finish().acknowledged]
                faults += _lost(received, uid, files, acknowledged, keep=keep)
        kept = {path.name for path in stored_in(folder / "archive/instances")}
        known = indexed(folder / "archive")
        faults += [f"{name} is indexed and not there" for name in set(known) - kept]
        if len(set(known.values())) != size:
            faults.append(f"{len(set(known.values()))} of {size} UIDs are in the index")
        faults += [f"{path} is left" for path in leftovers(folder)]
    return figure(f"{size} rounds at 3 receivers: {len(faults)} faults", faults)


def _lost(
    received: Path, uid: str, files: list[InstanceFile], acknowledged: list[InstanceFile], *, keep: bool
) -> list[str]:
    """Return what is wrong with the files of one UID after it was sent several times."""
    kept = [dataset_bytes(path) for path in received.glob(f"CT.{uid}*") if _is_of(path.name, uid)]
    contents = {file.path: dataset_bytes(Path(file.path)) for file in files}
    faults = [f"{uid} has a mixed file" for one in kept if one not in contents.values()]
    faults += [f"{uid}: one was lost" for file in acknowledged if contents[file.path] not in kept]
    expected = 1 if keep else len(files)
    if len(acknowledged) != expected:
        faults.append(f"{uid}: {len(acknowledged)} of {len(files)} were acknowledged")
    return faults


def _is_of(name: str, uid: str) -> bool:
    """Whether a file name is that of the UID, and not of one that begins like it."""
    return name.removeprefix(f"CT.{uid}")[:1] in ("", "-")


@row(
    "associations-at-once",
    "all established at once, each object acknowledged and whole, < 10 s, < 200 MB",
    small=60,
    full=500,
)
def associations_at_once(size: int, folder: Path) -> Figure:
    files = write_objects(folder / "files", size)
    faults: list[str] = []
    established = threading.Barrier(size)

    def store(server: Server, file: InstanceFile) -> str | None:
        contexts = [Proposal(file.sop_class_uid, [file.transfer_syntax_uid]).context()]
        with associate(Peer("127.0.0.1", server.port), "PROOF", contexts, LIMITS) as association:
            established.wait(30)
            request = Command(
                field=CommandField.C_STORE_RQ,
                message_id=association.next_message_id(),
                priority=0,
                has_dataset=True,
                sop_class_uid=file.sop_class_uid,
                sop_instance_uid=file.sop_instance_uid,
            )
            context_id = association.contexts[0].context_id or 0
            association.send(context_id, request, [dataset_bytes(Path(file.path))])
            response, _ = association.response(request.message_id or 0, 30)
            return None if response.status == 0 else f"0x{response.status or 0:04X}"

    with storescp(folder, "--max-associations", size) as server:
        began = time.monotonic()
        with ThreadPoolExecutor(size) as pool:
            for future in [pool.submit(store, server, file) for file in files]:
                try:
                    if status := future.result():
                        faults.append(f"refused with {status}")
                except Exception as exc:  # whatever came between: it is one that was not served
                    faults.append(f"not served: {exc!r}")
        seconds = time.monotonic() - began
        most = memory(server.process.pid, peak=True) / _MEGABYTE
    whole = Expected(files).whole(folder / "received", faults)
    if len(whole) != size:
        faults.append(f"{size - len(whole)} are missing")
    if seconds > 10 or most > 200:
        faults.append(f"{seconds:.1f} s, {most:.0f} MB")
    return figure(f"{len(whole)} of {size} stored in {seconds:.1f} s, {most:.0f} MB", faults)


@row("archive-at-once", "20 objects on each association: all on disk and findable", small=8, full=8)
def archive_at_once(size: int, folder: Path) -> Figure:
    faults: list[str] = []
    files = [write_objects(folder / f"files-{number}", 20) for number in range(size)]
    with qrscp(folder / "archive") as server:
        began = time.monotonic()
        senders = [Sending(server.port, some) for some in files]
        acknowledged = {uid for sender in senders for uid in sender.finish().acknowledged}
        seconds = time.monotonic() - began
        found = findable(server.port)
    whole = Expected(file for some in files for file in some).whole(folder / "archive/instances", faults)
    if not len(acknowledged) == len(found) == len(whole) == len(acknowledged & whole & set(found)):
        faults.append("they are not the same")
    if len(whole) != 20 * size:
        faults.append(f"{20 * size - len(whole)} are missing")
    text = f"{len(acknowledged)} acknowledged, {len(whole)} on disk, {len(found)} findable in {seconds:.1f} s"
    return figure(text, faults)


@row(
    "leak",
    "memory < +20 MB, threads and descriptors as at the start",
    small=300,
    full=10_000,
)
def leak(size: int, folder: Path) -> Figure:
    """Associations with one object each, some of which are aborted or just closed."""
    files = write_objects(folder / "files", 20)
    with storescp(folder) as server:
        pid = server.process.pid

        def use(number: int) -> None:
            if number % 10 == 0:
                leave_in_the_middle(server.port, files[0], closing=number % 20 == 0)
            else:
                send(server.port, [files[number % len(files)]])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(use, range(100)))
            before = at_rest(server)
            list(pool.map(use, range(size)))
        after = at_rest(server)
        grown = (after[0] - before[0]) / _MEGABYTE
        faults = [f"{grown:.1f} MB more"] if grown > 20 else []
        if after[1:] != before[1:]:
            faults.append(f"threads and descriptors were {before[1:]} and are {after[1:]}")
        if not Path(f"/proc/{pid}").exists() or "Traceback" in server.output():
            faults.append(server.output()[-500:])
    return figure(f"{size} associations: {grown:+.1f} MB, {after[1]} threads, {after[2]} descriptors", faults)


def at_rest(server: Server) -> tuple[int, int, int]:
    """Return memory, threads and descriptors of a server when its associations have ended."""
    pid = server.process.pid
    wait_until(lambda: threads(pid) <= 2, "the threads of associations end")
    return memory(pid), threads(pid), descriptors(pid)


def leave_in_the_middle(port: int, file: InstanceFile, *, closing: bool) -> None:
    """Send half an object and go, with an abort or without a word."""

    class GoneError(Exception):
        pass

    def pieces():
        yield dataset_bytes(Path(file.path))[:500]
        yield bytes(500)
        raise GoneError

    contexts = [Proposal(file.sop_class_uid, [file.transfer_syntax_uid]).context()]
    request = Command(
        field=CommandField.C_STORE_RQ,
        message_id=1,
        priority=0,
        has_dataset=True,
        sop_class_uid=file.sop_class_uid,
        sop_instance_uid=file.sop_instance_uid,
    )
    try:
        with associate(Peer("127.0.0.1", port), "PROOF", contexts, LIMITS) as association:
            if closing:
                link = association._association.dul.socket
                assert link is not None and link.socket is not None
                link.socket.shutdown(2)
            association.send(association.contexts[0].context_id or 0, request, pieces())
    except Exception:  # the association ends as it is meant to
        pass
