"""Run the commands of dcmtools as a user does: as processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dcmtools as dcmtools_package

from .interop.peers.dcmtk import Storage
from .interop.peers.processes import Server, running

_NOT_PASSED_ON = ("DCMTOOLS_", "PYTHONDONTWRITEBYTECODE")

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)},
    "PYTHONPATH": str(Path(dcmtools_package.__file__).parents[1]),
    "COLUMNS": "200",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a command."""

    code: int
    stdout: str
    stderr: str

    def errors(self) -> list[str]:
        """The log lines at the level of errors."""
        return [line for line in self.stderr.splitlines() if line.startswith("E: ")]

    def error_about(self, *words: object) -> str:
        """The one error line that has all `words`, whatever their case."""
        found = [line for line in self.errors() if all(str(word).lower() in line.lower() for word in words)]
        assert found, f"no error line with {words} in:\n{self.stderr}"
        return found[0]


def dcmtools(*arguments: object, timeout: float = 60, cwd: Path | None = None) -> Outcome:
    """Run ``dcmtools arguments…`` to its end; a traceback is a failure whatever the test wants."""
    completed = subprocess.run(
        [sys.executable, "-m", "dcmtools", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        cwd=cwd,
        env=ENVIRONMENT,
    )
    assert "Traceback" not in completed.stderr, completed.stderr[-4000:]
    return Outcome(completed.returncode, completed.stdout, completed.stderr)


@contextmanager
def serving(folder: Path, command: str, *options: object, port: int | None = None) -> Iterator[Server]:
    """Run one of our SCPs until the end of the block; it must end well when it is told to."""

    def command_line(number: int) -> list[str | Path]:
        return [sys.executable, "-m", "dcmtools", command, *map(str, options), str(number)]

    with running(f"dcmtools {command}", command_line, folder, port=port, env=ENVIRONMENT) as server:
        yield server
        assert server.stop() == 0, server.output()
    assert "Traceback" not in server.output(), server.output()


@contextmanager
def storescp(folder: Path, *options: object, port: int | None = None) -> Iterator[Storage]:
    """Run our storescp, which writes to a folder of its own."""
    received = folder / "received"
    with serving(folder, "storescp", "-v", "-od", received, *options, port=port) as server:
        yield Storage(server, received)


def archive_configuration(
    folder: Path, port: int = 0, destinations: Mapping[str, int] | None = None, settings: str = ""
) -> Path:
    """Write the configuration of an archive in `folder`; each destination is a port of this machine."""
    sections = [
        f"[{title}]\naddress: 127.0.0.1\nport: {number}\n" for title, number in (destinations or {}).items()
    ]
    path = folder / "qrscp.ini"
    path.write_text("\n".join([f"[DEFAULT]\nport: {port}\nsync: none\n{settings}\n", *sections]))
    return path


@dataclass
class RunningArchive:
    """Our qrscp, and the folder with its configuration, its database and its files."""

    server: Server
    folder: Path

    @property
    def port(self) -> int:
        return self.server.port

    def files(self) -> list[Path]:
        """The files of the instances that it has."""
        folder = self.folder / "instances"
        return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


@contextmanager
def qrscp(
    folder: Path,
    *options: object,
    destinations: Mapping[str, int] | None = None,
    settings: str = "",
    port: int | None = None,
) -> Iterator[RunningArchive]:
    """Run our archive until the end of the block; what it stored before is still there."""
    folder.mkdir(parents=True, exist_ok=True)

    def command_line(number: int) -> list[str | Path]:
        path = archive_configuration(folder, number, destinations, settings)
        return [sys.executable, "-m", "dcmtools", "qrscp", "-v", "-c", path, *map(str, options)]

    with running("dcmtools qrscp", command_line, folder, port=port, env=ENVIRONMENT) as server:
        archive = RunningArchive(server, folder)
        yield archive
        if server.process.poll() is None:
            assert server.stop() == 0, server.output()
    assert "Traceback" not in server.output(), server.output()


def round_trip_lines(outcome: Outcome) -> list[str]:
    """The log lines of echoscu that give round-trip times."""
    return [line for line in outcome.stderr.splitlines() if re.search(r"\bmin\b.*\bmax\b", line)]
