"""Hostile conversations with a running server, and a good client that wants to be served meanwhile."""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ..command import ENVIRONMENT, archive_configuration
from ..interop.peers.processes import Server, running
from ..ports import free_port
from . import material
from .speaking import EXPLICIT, Talk, echo_rq, status_of, store_rq
from .streams import make_stream
from .watching import Process

TIMEOUT = 4
"""Seconds after which the servers give a silent peer up."""

HUNG = 20.0
"""Seconds after the end of a stream in which a connection must have been closed."""

_POOLED = 24
"""Descriptors that the database of an archive may have opened: eight connections, three each."""

_HELD = 0.01  # of the streams are left open, for the time-outs of the server
_CHUNKS = 0.15  # of the streams come in small pieces
_TRACE = re.compile(r"Traceback|internal error|Exception in thread|Exception raised", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """A server to be talked to: its name, and the options besides those that all have."""

    name: str
    archive: bool
    options: tuple[str, ...] = ()

    @contextlib.contextmanager
    def running(self, folder: Path) -> Iterator[Server]:
        """Run the server in `folder` until the end of the block."""
        common = ("-ta", str(TIMEOUT), "-td", str(TIMEOUT), "-tn", str(TIMEOUT), *self.options)

        def command_line(port: int) -> list[str | Path]:
            command: list[str | Path] = [sys.executable, "-m", "dcmtools"]
            if not self.archive:
                return [*command, "storescp", *common, "-od", folder / "received", str(port)]
            steps = folder / "worklist"
            steps.mkdir(exist_ok=True)
            path = archive_configuration(folder, port, {"FUZZDEST": free_port()})
            return [*command, "qrscp", "-c", path, "--worklist", steps, *common]

        with running(self.name.replace(" ", "-"), command_line, folder, env=ENVIRONMENT) as server:
            yield server


TARGETS = {
    target.name: target
    for target in (
        Target("storescp", archive=False),
        Target(
            "storescp -d", archive=False, options=("-d", "--path-template", "{PatientID}/{SOPInstanceUID}")
        ),
        Target("qrscp", archive=True),
        Target("qrscp -d", archive=True, options=("-d", "--log-identifier")),
    )
}


@dataclass
class Findings:
    """What a run has found; sizes in bytes, times in seconds."""

    target: str
    streams: int = 0
    seconds: float = 0.0
    layers: Counter[str] = field(default_factory=Counter)
    hung: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    checks: int = 0
    slowest_check: float = 0.0
    refused: list[str] = field(default_factory=list)
    crashed: str = ""
    growth: int = 0
    threads_left: int = 0
    descriptors_left: int = 0

    def faults(self, most_growth: int = 20 << 20) -> list[str]:
        """What is not as it has to be."""
        faults = [f"hung: {name}" for name in self.hung]
        faults += [f"traceback: {line}" for line in self.tracebacks]
        faults += [f"good client: {reason}" for reason in self.refused]
        if self.crashed:
            faults.append(f"crashed: {self.crashed}")
        if self.growth > most_growth:
            faults.append(f"memory grew by {self.growth >> 20} MB")
        if self.threads_left > 0:
            faults.append(f"{self.threads_left} threads left")
        if self.descriptors_left > _POOLED:
            faults.append(f"{self.descriptors_left} descriptors left")
        return faults

    def text(self) -> str:
        """The findings on one line."""
        return (
            f"{self.streams} streams in {self.seconds:.0f} s: {int(bool(self.crashed))} crashes, "
            f"{len(self.tracebacks)} tracebacks, {len(self.hung)} hung connections, "
            f"{max(self.threads_left, 0)} threads and {max(self.descriptors_left, 0)} descriptors left, "
            f"memory {self.growth / (1 << 20):+.1f} MB, good client served in "
            f"{self.checks - len(self.refused)} of {self.checks} checks (slowest {self.slowest_check:.2f} s)"
        )


def fuzz(
    server: Server, target: Target, streams: int, *, seed: int, first: int = 0, clients: int = 4
) -> Findings:
    """Send `streams` conversations from several clients at once, and watch the server."""
    findings = Findings(target.name)
    watch = Process(server.process.pid)
    run = _Run(server, target, (seed, first), findings)
    _let_warm_up(run, min(2000, streams // 4), clients)
    watch.settle()
    before = watch.state()
    began = time.monotonic()
    workers = [threading.Thread(target=run.work, args=(streams,)) for _ in range(clients)]
    for worker in workers:
        worker.start()
    wanted = min(100, max(3, streams // 100))
    while any(worker.is_alive() for worker in workers):
        if run.next_stream >= findings.checks * streams / wanted:
            run.check()
        time.sleep(0.02)
    run.check()
    findings.seconds = time.monotonic() - began
    findings.streams = streams
    run.release_held()
    if server.process.poll() is not None:
        findings.crashed = f"ended with {server.process.returncode}"
        return findings
    after = watch.wait_for(before, 10 + TIMEOUT)
    findings.growth = after.memory - before.memory
    findings.threads_left = after.threads - before.threads
    findings.descriptors_left = after.descriptors - before.descriptors
    findings.tracebacks += tracebacks(server.log)
    return findings


def _let_warm_up(run: _Run, streams: int, clients: int) -> None:
    """Let the server load what it loads when it is needed first, and fill what it remembers."""
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(run.talk, (f"warm-{number}" for number in range(streams))))
    run.check()
    run.findings.checks = 0
    run.findings.slowest_check = 0.0


class _Run:
    """The clients of one run."""

    def __init__(self, server: Server, target: Target, seed: tuple[int, int], findings: Findings) -> None:
        self.findings = findings
        self._server = server
        self._target = target
        self._seed, self._first = seed
        self._lock = threading.Lock()
        self._held: deque[tuple[float, str, Talk]] = deque()
        self._good = itertools.count(1)
        self.next_stream = 0

    def work(self, streams: int) -> None:
        """Take one stream after the other."""
        while True:
            with self._lock:
                number = self.next_stream
                if number >= streams or self.findings.crashed or len(self.findings.hung) >= 20:
                    return
                self.next_stream += 1
            self.talk(f"{self._seed}-{self._first + number}")

    def talk(self, name: str) -> None:
        """Send one stream, and see that the server ends the connection."""
        stream = make_stream(name, archive=self._target.archive)
        random = Random(f"{name}-way")
        with self._lock:
            self.findings.layers[stream.layer] += 1
        try:
            talk = Talk(self._server.port, HUNG)
        except OSError as exc:
            if self._server.process.poll() is not None:
                self.findings.crashed = f"ended with {self._server.process.returncode} at stream {name}"
            else:
                self.findings.refused.append(f"stream {name}: {exc}")
            return
        if random.random() < _HELD:
            with contextlib.suppress(OSError):
                talk.send(stream.request + stream.rest)
            with self._lock:
                self._held.append((time.monotonic() + HUNG, name, talk))
            self._reap()
            return
        with talk:
            with contextlib.suppress(OSError):
                self._say(talk, stream.request, stream.rest, random)
                if random.random() < 0.1:  # gone at once
                    return
                talk.half_close()
            if not talk.drain():
                self.findings.hung.append(f"{name} ({stream.layer})")

    def _say(self, talk: Talk, request: bytes, rest: bytes, random: Random) -> None:
        if random.random() < 0.3:  # as clients do
            talk.send(request)
            talk.socket.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                talk.socket.recv(65536)
            talk.socket.settimeout(HUNG)
            request = b""
        data = request + rest
        if random.random() < _CHUNKS:
            while data:
                size = random.choice((1, 3, 6, 50, 1000))
                talk.send(data[:size])
                data = data[size:]
        else:
            talk.send(data)

    def _reap(self) -> None:
        """Look at the connections whose time is up: the server must have closed them."""
        while True:
            with self._lock:
                if not self._held or (self._held[0][0] > time.monotonic() and len(self._held) < 50):
                    return
                deadline, name, talk = self._held.popleft()
            with talk:
                talk.socket.settimeout(max(0.5, deadline - time.monotonic()))
                if not talk.drain():
                    self.findings.hung.append(f"{name} (left open)")

    def release_held(self) -> None:
        """Wait until the server has closed the connections that are left open."""
        while self._held:
            with self._lock:
                deadline, name, talk = self._held.popleft()
            with talk:
                talk.socket.settimeout(max(0.5, deadline - time.monotonic()))
                if not talk.drain():
                    self.findings.hung.append(f"{name} (left open)")

    def check(self) -> None:
        """Be a good client: C-ECHO and C-STORE of a new object, released in the end."""
        began = time.monotonic()
        self.findings.checks += 1
        try:
            reason = good_client(self._server.port, f"{material.ROOT}.1.{5000000000 + next(self._good)}")
        except OSError as exc:
            reason = f"{type(exc).__name__}: {exc}"
        if reason:
            self.findings.refused.append(f"check {self.findings.checks}: {reason}")
        self.findings.slowest_check = max(self.findings.slowest_check, time.monotonic() - began)


def good_client(port: int, sop_instance_uid: str, *, timeout: float = HUNG) -> str:
    """Associate, echo, store and release; return what went wrong, nothing when all went well."""
    with Talk(port, timeout) as talk:
        if not talk.associate():
            return "association not accepted"
        if status_of(talk.ask(1, echo_rq())) != 0:
            return "C-ECHO failed"
        dataset = material.encoded_instance(EXPLICIT, sop_instance_uid)
        if status_of(talk.ask(3, store_rq(sop_instance_uid), dataset)) != 0:
            return "C-STORE failed"
        return "" if talk.release() else "release not confirmed"


def tracebacks(log: Path) -> list[str]:
    """The lines of a log that speak of what must not happen, the first 50."""
    with log.open(errors="replace") as lines:
        return [line.strip() for line in lines if _TRACE.search(line)][:50]
