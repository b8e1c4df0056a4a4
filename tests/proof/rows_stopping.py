"""SIGTERM and SIGINT: before there is anything to do, and in the middle of a transfer."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

from ..command import ENVIRONMENT
from ..interop.peers.processes import accepts_connections, wait_until
from ..ports import free_port
from .objects import Expected, leftovers, write_objects
from .registry import Figure, figure, row
from .senders import Sending
from .servers import our_program, storescp

_LONGEST_STOP = 10.0  # seconds


@row("stop-at-once", "a signal right after the start ends it with exit status 0", small=4, full=100)
def stop_at_once(size: int, folder: Path) -> Figure:
    faults = []
    for number in range(size):
        port = free_port()
        options = ("--workers", "2") if number % 2 else ()
        process = subprocess.Popen(
            [*our_program(), "storescp", "-od", str(folder), *options, str(port)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        wait_until(lambda p=port: accepts_connections(p), "storescp listens")
        process.send_signal(signal.SIGTERM)
        try:
            _, log = process.communicate(timeout=_LONGEST_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            _, log = process.communicate()
            faults.append(f"{number}: it did not end")
        else:
            if process.returncode != 0 or log:
                faults.append(f"{number}: exit status {process.returncode}: {log.decode()[-500:]}")
    return figure(f"{size} starts, {len(faults)} faults", faults)


@row(
    "stop-in-transfer",
    "ends within 10 s with exit status 0, what was acknowledged is whole, no torso, no traceback",
    small=2,
    full=50,
)
def stop_in_transfer(size: int, folder: Path) -> Figure:
    chance, faults, slowest, acknowledged = random.Random(30), [], 0.0, 0
    for number in range(size):
        place = folder / f"stop-{number}"
        count, size_of_each = ((200, 3000), (10, 8_000_000))[number % 2]
        files = write_objects(place / "files", count, size_of_each)
        with storescp(place) as server:
            sender = Sending(server.port, files)
            time.sleep(chance.uniform(0.02, 0.15))
            began = time.monotonic()
            code = server.end_with((signal.SIGTERM, signal.SIGINT)[number // 2 % 2])
            slowest = max(slowest, time.monotonic() - began)
            known = set(sender.finish().acknowledged)
            if code != 0 or "Traceback" in server.output():
                faults.append(f"{number}: exit status {code}: {server.output()[-500:]}")
        found = Expected(files).whole(place / "received", faults)
        faults += [f"{number}: {uid} was acknowledged and is not there" for uid in known - found]
        faults += [f"{number}: {path.name} is left" for path in leftovers(place)]
        acknowledged += len(known)
    if slowest > _LONGEST_STOP:
        faults.append(f"one took {slowest:.1f} s to end")
    text = f"{size} signals: {acknowledged} acknowledged, slowest end {slowest:.1f} s"
    return figure(f"{text}, {len(faults)} faults", faults)
