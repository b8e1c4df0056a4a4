"""The programs that are compared: their command lines, and servers that run while others send."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..ports import free_port
from .measure import MissingError, RunError, cpu_of, memory_of

HOST = "127.0.0.1"

SHORT_TIMEOUT = ("-td", "5")
"""For pynetdicom's requestors, which now and then wait for a response that they have lost."""

_READY_TIMEOUT = 30.0
_STOP_TIMEOUT = 10.0
_POLL = 0.005
_ATTEMPTS = 4

_PLAIN = {name: value for name, value in os.environ.items() if name != "TCP_NODELAY"}
_TUNED = {**_PLAIN, "TCP_NODELAY": "1"}
"""DCMTK then switches Nagle's algorithm off, which it does not do by default."""


@dataclass(frozen=True)
class Client:
    """A program that connects to a port and sends the files of a folder."""

    name: str
    command: Callable[[int, Path], list[str]] = field(compare=False)
    tuned: bool = False

    @property
    def environment(self) -> dict[str, str]:
        return _TUNED if self.tuned else _PLAIN


@dataclass(frozen=True)
class Service:
    """A program that listens on a port; where it `stores`, each object becomes a file in the folder."""

    name: str
    command: Callable[[int, Path], list[str]] = field(compare=False)
    tuned: bool = False
    stores: bool = False

    @property
    def environment(self) -> dict[str, str]:
        return _TUNED if self.tuned else _PLAIN


WORKERS = os.cpu_count() or 1
"""Processes that receive side by side: one for each core."""


def installed(program: str) -> str:
    """Return the path of a program; raises `MissingError`."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if path is None:
        raise MissingError(f"{program} is not installed")
    return path


def ours(command: str, *arguments: str) -> list[str]:
    """Return the command line of one of our commands."""
    return [sys.executable, "-m", "dcmtools", command, *arguments]


def pynetdicom(app: str, *arguments: str) -> list[str]:
    """Return the command line of one of pynetdicom's apps."""
    return [sys.executable, "-m", "pynetdicom", app, *arguments]


def driver(name: str, *arguments: str) -> list[str]:
    """Return the command line of one of the drivers of our library."""
    return [sys.executable, "-m", "tests.benchmarks.drivers", name, *arguments]


def _dcmtk(program: str) -> Callable[[int, Path], list[str]]:
    return lambda port, folder: [installed(program), HOST, str(port), "+sd", str(folder)]


OUR_STORESCU = Client("storescu", lambda port, folder: ours("storescu", HOST, str(port), str(folder)))
DCMTK_STORESCU = Client("DCMTK storescu", _dcmtk("storescu"))
DCMTK_STORESCU_TUNED = Client("DCMTK storescu, tuned", _dcmtk("storescu"), tuned=True)
DCMTK_DCMSEND = Client("DCMTK dcmsend", _dcmtk("dcmsend"))
PYNETDICOM_STORESCU = Client(
    "pynetdicom storescu -cx",
    lambda port, folder: pynetdicom("storescu", HOST, str(port), str(folder), "-cx", *SHORT_TIMEOUT),
)


def storescp_with(*options: str) -> Service:
    """Return our storescp with further options."""
    return Service(
        " ".join(("storescp", *options)),
        lambda port, folder: ours("storescp", str(port), "-od", str(folder), *options),
        stores=True,
    )


OUR_STORESCP = storescp_with()
OUR_STORESCP_WORKERS = Service(
    f"storescp --workers {WORKERS}",
    lambda port, folder: ours("storescp", str(port), "--workers", str(WORKERS), "-od", str(folder)),
    stores=True,
)
OUR_STORESCP_IGNORE = Service("storescp --ignore", lambda port, _: ours("storescp", str(port), "--ignore"))
OUR_ECHOSCP = Service("echoscp", lambda port, _: ours("echoscp", str(port)))
PYNETDICOM_ECHOSCP = Service("pynetdicom echoscp", lambda port, _: pynetdicom("echoscp", str(port)))
PYNETDICOM_STORESCP = Service(
    "pynetdicom storescp",
    lambda port, folder: pynetdicom("storescp", str(port), "-od", str(folder)),
    stores=True,
)
DCMTK_STORESCP = Service(
    "DCMTK storescp",
    lambda port, folder: [installed("storescp"), "-od", str(folder), str(port)],
    stores=True,
)
DCMTK_STORESCP_TUNED = Service("DCMTK storescp, tuned", DCMTK_STORESCP.command, tuned=True, stores=True)
DCMTK_STORESCP_FORK = Service(
    "DCMTK storescp --fork, tuned",
    lambda port, folder: [installed("storescp"), "--fork", "-od", str(folder), str(port)],
    tuned=True,
    stores=True,
)
DCMTK_STORESCP_BEST = Service(
    "DCMTK storescp +B -pdu 131072, tuned",
    lambda port, folder: [installed("storescp"), "+B", "-pdu", "131072", "-od", str(folder), str(port)],
    tuned=True,
    stores=True,
)
DCMTK_STORESCP_IGNORE = Service(
    "DCMTK storescp --ignore, tuned",
    lambda port, _: [installed("storescp"), "--ignore", str(port)],
    tuned=True,
)


def _orthanc(port: int, folder: Path) -> list[str]:
    program = installed("Orthanc")
    configuration = folder.with_suffix(".json")
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "DicomPort": port,
        "DicomAlwaysAllowStore": True,
        "DicomCheckCalledAet": False,
        "HttpServerEnabled": False,
        "OverwriteInstances": True,
        "Plugins": [],
    }
    configuration.write_text(json.dumps(settings))
    return [program, str(configuration)]


ORTHANC = Service("Orthanc", _orthanc, tuned=True)


class Server:
    """A running service, its folder empty at first. Raises `MissingError` and `RunError`."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.folder = folder
        folder.mkdir(parents=True)
        for _ in range(_ATTEMPTS):  # another program may take the port before ours does
            self.port = free_port()
            command = service.command(self.port, folder)
            with folder.with_suffix(".log").open("ab") as log:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=service.environment,
                    start_new_session=True,
                )
            _becomes(lambda: self.process.poll() is not None or self._listens(), _READY_TIMEOUT)
            if self.process.poll() is None:
                return
            self.stop()
        logged = folder.with_suffix(".log").read_text(errors="replace").strip().splitlines()
        raise RunError(f"{service.name} does not start: {logged[-1] if logged else 'without a word'}")

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False

    @property
    def cpu(self) -> float:
        """Processor time that it has used so far, in seconds."""
        return cpu_of(self.process.pid)

    @property
    def peak(self) -> int:
        """The most resident memory that it has had so far, in bytes."""
        return memory_of(self.process.pid)

    def empty(self) -> None:
        """Take away what it has stored."""
        if self.service.stores:
            set_aside(self.folder)

    def check_stored(self, count: int, size: int) -> None:
        """Raise `RunError` unless it has stored that many objects of at least `size` bytes together."""
        if self.service.stores and not _becomes(lambda: self._stored(count, size), _STOP_TIMEOUT):
            stored = [path.stat().st_size for path in self.folder.iterdir()]
            raise RunError(
                f"{self.service.name} stored {len(stored)} objects of {sum(stored)} bytes together, "
                f"not {count} of {size}"
            )

    def _stored(self, count: int, size: int) -> bool:
        with os.scandir(self.folder) as entries:
            sizes = [entry.stat().st_size for entry in entries]
        return len(sizes) == count and sum(sizes) >= size

    def stop(self) -> None:
        """End it, and what it has forked; it leads a process group of its own."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_TIMEOUT)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def set_aside(folder: Path) -> None:
    """Put an empty folder in the place of `folder`, whose files stay beside it without their content.

    Deleting them would make the next run pay: ext4 passes over inodes that were deleted within the
    last minutes one by one, which makes a new file cost up to ten times as much.
    """
    for path in folder.iterdir():
        os.truncate(path, 0)
    number = sum(1 for _ in folder.parent.iterdir())
    folder.rename(folder.with_name(f"{folder.name}-used-{number}"))
    folder.mkdir()


def _becomes(condition: Callable[[], bool], timeout: float) -> bool:
    """Wait until `condition` holds; false if it does not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
