"""Hours of everything at once: what grows shows in the end."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dcmtools.dicom.part10 import InstanceFile

from ..interop.peers.processes import Server
from .objects import Expected, write_objects
from .registry import Figure, figure, row
from .rows_load import at_rest, leave_in_the_middle
from .senders import send
from .servers import findable, qrscp, storescp

_USERS = 4
_SETTLING = 200  # uses of each server before its memory is taken as that of the start
_MEGABYTE = 1 << 20


class _Users:
    """Clients of a storescp and a qrscp, good ones and bad ones."""

    def __init__(self, storing: Server, archive: Server, files: list[InstanceFile]) -> None:
        self.servers = (storing, archive)
        self.uses = 0
        self.faults: list[str] = []
        self._archive = archive
        self._files = files

    def use(self, server: Server, chance: random.Random) -> None:
        """Go to a server for one thing or another."""
        self.uses += 1
        kind = chance.random()
        if kind < 0.2:
            leave_in_the_middle(server.port, chance.choice(self._files), closing=kind < 0.1)
        elif kind < 0.3 and server is self._archive:
            findable(server.port)
        else:
            some = chance.sample(self._files, 5)
            if len(send(server.port, some).acknowledged) != len(some):
                self.faults.append(f"{server.name} refused a good client")

    def settle(self, count: int) -> None:
        """Use each server so often that its memory is that of one at work."""
        for server in self.servers:
            chance = random.Random(50)
            with ThreadPoolExecutor(_USERS) as pool:
                list(pool.map(lambda _, s=server, c=chance: self.use(s, c), range(count)))

    def use_for(self, seconds: float) -> None:
        """Use both servers, several users at once."""
        end = time.monotonic() + seconds

        def play(seed: int) -> None:
            chance = random.Random(seed)
            while time.monotonic() < end:
                self.use(self.servers[chance.randrange(2)], chance)

        with ThreadPoolExecutor(_USERS) as pool:
            for future in [pool.submit(play, seed) for seed in range(_USERS)]:
                future.result()


def _changes(server: Server, before: tuple[int, int, int], faults: list[str]) -> str:
    """Return how a server's memory has changed, and note what has grown too much."""
    after = at_rest(server)
    grown = (after[0] - before[0]) / _MEGABYTE
    if grown > 20:
        faults.append(f"{server.name}: {grown:+.1f} MB")
    if after[1] != before[1] or abs(after[2] - before[2]) > 4:  # an index keeps connections
        faults.append(f"{server.name}: threads and descriptors were {before[1:]} and are {after[1:]}")
    if "Traceback" in server.output():
        faults.append(f"{server.name}: {server.output()[-500:]}")
    return f"{server.name} {grown:+.1f} MB"


@row(
    "soak",
    "seconds of stores, queries and broken associations: memory < +20 MB, threads and descriptors as before",
    small=5,
    full=3600,
)
def soak(size: int, folder: Path) -> Figure:
    """At storescp and qrscp, which get the same objects again and again."""
    files = write_objects(folder / "files", 40) + write_objects(folder / "files", 2, 3_000_000)
    expected = {file.sop_instance_uid for file in files}
    with storescp(folder / "storescp") as storing, qrscp(folder / "qrscp") as archive:
        users = _Users(storing, archive, files)
        for server in users.servers:
            send(server.port, files)
        users.settle(min(_SETTLING, 10 * size))
        before = [at_rest(server) for server in users.servers]
        users.use_for(size)
        faults = users.faults
        grown = [_changes(*both, faults) for both in zip(users.servers, before, strict=True)]
        if set(findable(archive.port)) != expected:
            faults.append("not all are findable in the end")
    for kept in (folder / "storescp/received", folder / "qrscp/instances"):
        if Expected(files).whole(kept, faults) != expected:
            faults.append(f"{kept} does not have all")
    return figure(f"{users.uses} uses in {size} s: {', '.join(grown)}, {len(faults)} faults", faults)
