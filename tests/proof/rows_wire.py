"""What is on the wire and on the disk at the same time: senders that die, and the order of both."""

from __future__ import annotations

import random
import re
import select
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dcmtools.dicom.part10 import InstanceFile

from ..interop.peers.processes import wait_until
from .objects import Expected, leftovers, write_objects
from .processes import descriptors, threads
from .registry import Figure, figure, row
from .senders import Sending, send
from .servers import storescp

_ABORT = b"\x07\0\0\0\0\x04\0\0\0\0"  # A-ABORT of the service user (PS3.8 section 9.3.8)
_ENDINGS = ("FIN", "RST", "abort")


@contextmanager
def _cutting(port: int, length: int, ending: str) -> Iterator[int]:
    """Pass on the first `length` bytes of one connection to `port`, then end both sides."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pass_on() -> None:
            inner, _ = listener.accept()
            listener.close()
            with suppress(OSError), inner, socket.create_connection(("127.0.0.1", port)) as outer:
                _pass_on(inner, outer, length)
                if ending == "abort":
                    outer.sendall(_ABORT)
                elif ending == "RST":
                    outer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        thread = threading.Thread(target=pass_on)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _pass_on(inner: socket.socket, outer: socket.socket, length: int) -> None:
    """Pass on `length` bytes to the outside, and all that comes back meanwhile."""
    while length:
        readable, _, _ = select.select([inner, outer], [], [])
        if outer in readable:
            inner.sendall(outer.recv(65536))
        if inner in readable:
            data = inner.recv(min(length, 65536))
            if not data:
                return
            outer.sendall(data)
            length -= len(data)


@row(
    "sender-dies",
    "FIN, RST and abort at random offsets: 0 torsos, 0 leftovers, threads and descriptors back",
    small=15,
    full=300,
)
def sender_dies(size: int, folder: Path) -> Figure:
    chance, faults, whole = random.Random(40), [], 0
    files = write_objects(folder / "files", 3, 150_000)
    total = sum(file.length for file in files) + 1500
    with storescp(folder, "-v") as server:
        pid, received = server.process.pid, folder / "received"
        send(server.port, files[:1])
        wait_until(lambda: threads(pid) <= 2, "the first association ends")
        before = threads(pid), descriptors(pid)
        for number in range(size):
            for path in received.iterdir():
                path.unlink()
            ending = _ENDINGS[number % 3]
            with _cutting(server.port, chance.randrange(1, total), ending) as port:
                sender = Sending(port, files).finish()
            wait_until(
                lambda b=before: (threads(pid), descriptors(pid)) == b, f"{number} ({ending}) ends", timeout=5
            )
            found = Expected(files).whole(received, faults)
            whole += len(found)
            lost = set(sender.acknowledged) - found
            faults += [f"{number}: {uid} was acknowledged and is not there" for uid in lost]
            faults += [f"{number}: {path.name} is left" for path in leftovers(received)]
        if "Traceback" in server.output():
            faults.append("there is a traceback")
    return figure(f"{size} senders died: {whole} objects whole, {len(faults)} faults", faults)


@row(
    "power-loss-order",
    "--sync full: fsync of the file, its name, fsync of the folder, then the response, for each object",
    small=20,
    full=1000,
)
def power_loss_order(size: int, folder: Path) -> Figure:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace")
    log = folder / "strace.log"
    calls = "trace=fsync,fdatasync,link,linkat,rename,renameat,renameat2,sendto,sendmsg,write,writev"
    prefix = (strace, "-f", "-DD", "-o", str(log), "-e", calls, "-e", "signal=none")
    files = write_objects(folder / "files", size)
    faults: list[str] = []
    with storescp(folder, "--sync", "full", prefix=prefix) as server:
        acknowledged = send(server.port, files).acknowledged
    wait_until(lambda: log.read_text(errors="replace").rstrip().endswith("+++"), "strace ends")
    if len(acknowledged) != size:
        faults.append(f"{len(acknowledged)} of {size} were acknowledged")
    right = _right_orders(log.read_text(errors="replace"), files)
    if right != size:
        faults.append(f"{size - right} of {size} in another order")
    return figure(f"{right} of {size} in this order", faults)


def _right_orders(log: str, files: list[InstanceFile]) -> int:
    """Return how many objects were synced, named, and the folder synced, before the next send."""
    names = {f"CT.{file.sop_instance_uid}" for file in files}
    right, steps = 0, list[str]()
    for line in log.splitlines():
        call = line.partition(" ")[2].lstrip()
        if re.match(r"(fsync|fdatasync)\(\d+\)\s+= 0|<\.\.\. (fsync|fdatasync) resumed>.*= 0", call):
            steps.append("sync")
        elif (name := re.search(r'(?:link|rename)\w*\(.*"[^"]*?([^"/]+)"(?:, \w+)?\)?', call)) is not None:
            if name[1] in names:
                steps.append("name")
        elif call.startswith(("sendto(", "sendmsg(")):
            right += steps == ["sync", "name", "sync"]
            steps.clear()
    return right
