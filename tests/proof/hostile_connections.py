"""Rows of proof: connections that say nothing, or too slowly, and a good client beside them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..fuzz.live import TARGETS, TIMEOUT, good_client
from ..fuzz.material import ROOT
from ..fuzz.speaking import associate_rq
from ..fuzz.watching import Process
from .registry import Figure, figure, row

_PATIENCE = TIMEOUT + 2.0  # seconds until all have to be closed
_QUICK = 1.0  # seconds in which a good client is served
_OF_ALONE = 10  # times what it takes alone, that it may take longer on a machine with other work


@row(
    "idle-connections",
    "good client < 1 s; < 0.2 MB each; all closed within the time-out + 2 s, dripping too",
    small=40,
    full=200,
)
def idle_connections(size: int, folder: Path) -> Figure:
    """So many say nothing, half as many stop inside a PDU, some send a byte a second."""
    faults: list[str] = []

    def crowd(name: str) -> str:
        own = folder / name
        own.mkdir()
        return _crowded(name, size, own, faults)

    with ThreadPoolExecutor() as pool:
        return figure("; ".join(pool.map(crowd, ("storescp", "qrscp"))), faults)


def _crowded(name: str, size: int, folder: Path, faults: list[str]) -> str:
    with TARGETS[name].running(folder) as server:
        watch = Process(server.process.pid)
        _served(server.port, 0, faults)
        slack = _OF_ALONE * _served(server.port, 9, faults)
        watch.settle()
        before = watch.state()
        with _crowd(server.port, size) as crowd:
            slowest = max(_served(server.port, number, faults) for number in range(1, 4))
            each = (watch.state().memory - before.memory) / len(crowd.connections) / (1 << 20)
            late = crowd.wait_until_closed(slack)
        after = watch.wait_for(before, 10)
    if slowest > _QUICK + slack:
        faults.append(f"{name}: good client only after {slowest:.2f} s")
    if each > 0.2:
        faults.append(f"{name}: {each:.2f} MB for each connection")
    if late:
        faults.append(f"{name}: {late} connections are still open")
    if after.threads > before.threads or after.descriptors > before.descriptors:
        faults.append(f"{name}: {before} became {after}")
    return (
        f"{name}: served in {slowest:.2f} s, {each:.2f} MB each, {late} of "
        f"{len(crowd.connections)} open after {_PATIENCE:.0f} s"
    )


def _served(port: int, number: int, faults: list[str]) -> float:
    """Be a good client, and return the seconds that it took."""
    began = time.monotonic()
    try:
        reason = good_client(port, f"{ROOT}.1.{6000000000 + number}")
    except OSError as exc:
        reason = str(exc)
    if reason:
        faults.append(f"good client: {reason}")
    return time.monotonic() - began


class _Crowd:
    """Connections that do nothing good."""

    def __init__(self, port: int, idle: int) -> None:
        request = associate_rq()
        beginnings = [b""] * idle + [request[:8]] * (idle // 4) + [request[:3]] * (idle // 4)
        dripping = max(3, idle * 30 // 200)
        self.connections = [_connection(port, data) for data in beginnings + [b""] * dripping]
        self._dripping = self.connections[-dripping:]
        self._opened = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._drip, args=(request,))
        self._thread.start()

    def _drip(self, request: bytes) -> None:
        """Send a byte a second on some of them."""
        for byte in request:
            for connection in self._dripping:
                with contextlib.suppress(OSError):
                    connection.send(bytes([byte]))
            if self._ended.wait(1):
                return

    def wait_until_closed(self, slack: float) -> int:
        """Wait until the server has closed them; return how many are open when the time is over."""
        late = 0
        for connection in self.connections:
            connection.settimeout(max(0.01, self._opened + _PATIENCE + slack - time.monotonic()))
            try:
                while connection.recv(4096):
                    pass
            except TimeoutError:
                late += 1
            except OSError:
                pass
        return late

    def close(self) -> None:
        """End all."""
        self._ended.set()
        self._thread.join()
        for connection in self.connections:
            connection.close()


def _connection(port: int, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 10)
    connection.sendall(data)
    return connection


@contextlib.contextmanager
def _crowd(port: int, idle: int) -> Iterator[_Crowd]:
    crowd = _Crowd(port, idle)
    try:
        yield crowd
    finally:
        crowd.close()
