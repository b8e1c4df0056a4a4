"""Start a server as a process, wait until it listens, stop it, keep what it printed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from ...ports import free_port

_READY_TIMEOUT = 30.0
_STOP_TIMEOUT = 15.0
_POLL_INTERVAL = 0.01
_ATTEMPTS = 4


def require(program: str) -> str:
    """The path of the peer's `program`; without it the test is skipped, in CI it fails."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    return path or missing(f"{program} is not installed")


def missing(reason: str) -> NoReturn:
    """A peer cannot be had: skip the test, or fail it where all peers must be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def wait_until(condition: Callable[[], bool], what: str, timeout: float = _READY_TIMEOUT) -> None:
    """Return as soon as `condition` holds; fail the test after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout:g} s")
        time.sleep(_POLL_INTERVAL)


def accepts_connections(port: int) -> bool:
    """Whether a server listens on `port` of a loopback address, IPv4 or IPv6."""
    for address in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return True
    return False


@dataclass
class Server:
    """A running server; what it prints goes to the file `log`."""

    name: str
    port: int
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """Ask the server to end, as the system does at shutdown, and return its exit status."""
        return self.end_with(signal.SIGTERM)

    def end_with(self, number: signal.Signals) -> int:
        """Send the signal and return the exit status; to be killed because it does not end is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.name} did not end within {_STOP_TIMEOUT:g} s of {number.name}")
        finally:
            self._kill_group()

    def _kill_group(self) -> None:
        """Kill the children that a forking server leaves behind (it leads a process group)."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Journal:
    """The servers whose output belongs into the report of a test that failed."""

    def __init__(self) -> None:
        self._servers: list[Server] = []

    def add(self, server: Server) -> None:
        self._servers.append(server)

    def drop_ended(self) -> None:
        self._servers = [server for server in self._servers if server.process.poll() is None]

    def sections(self) -> list[tuple[str, str]]:
        """Title and last lines of output of each server."""
        return [
            (f"output of {server.name} on port {server.port}", "\n".join(server.output().splitlines()[-40:]))
            for server in self._servers
            if server.log.exists()
        ]


JOURNAL = Journal()

Ready = Callable[[Server], bool]


@contextlib.contextmanager
def running(
    name: str,
    command: Callable[[int], Sequence[str | Path]],
    folder: Path,
    *,
    ready: Ready = lambda server: accepts_connections(server.port),
    port: int | None = None,
    env: dict[str, str] | None = None,
    stop_with: signal.Signals = signal.SIGTERM,
) -> Iterator[Server]:
    """Run the server whose command line `command(port)` gives, until the end of the block.

    `folder` is its working folder and takes its log. Without `port` a free one is chosen, and
    another one if the server ends before it is `ready`: someone else may have been faster.
    """
    server = _start(name, command, folder, ready, port, env)
    try:
        yield server
    finally:
        server.end_with(stop_with)


def _start(
    name: str,
    command: Callable[[int], Sequence[str | Path]],
    folder: Path,
    ready: Ready,
    port: int | None,
    env: dict[str, str] | None,
) -> Server:
    for _ in range(_ATTEMPTS if port is None else 1):
        server = _launch(name, command, folder, port or free_port(), env)
        JOURNAL.add(server)
        wait_until(lambda s=server: s.process.poll() is not None or ready(s), f"{name} ready")
        if server.process.poll() is None:
            return server
    pytest.fail(f"{name} ended with {server.process.returncode} before it was ready:\n{server.output()}")


def _launch(
    name: str,
    command: Callable[[int], Sequence[str | Path]],
    folder: Path,
    port: int,
    env: dict[str, str] | None,
) -> Server:
    log = folder / f"{name}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            start_new_session=True,
        )
    return Server(name, port, log, process)
