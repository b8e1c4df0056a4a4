"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .measure import MissingError
from .peers import installed

_PACKAGES = ("dcmtools", "pydicom", "pynetdicom", "typer", "numpy")
_PROGRAMS = {"DCMTK": "storescu", "Orthanc": "Orthanc", "C compiler": "cc"}

_number = re.compile(r"\d+(\.\d+)+").search


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def load() -> tuple[float, float, float]:
    """Return the load averages of 1, 5 and 15 minutes."""
    return os.getloadavg()


def processor() -> str:
    """Return the name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def versions() -> dict[str, str]:
    """Return the versions of all that takes part, "not installed" for what does not."""
    found = {"Python": platform.python_version(), "Linux": platform.release()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found | {name: _version(program) for name, program in _PROGRAMS.items()}


def _version(program: str) -> str:
    try:
        command = [installed(program), "--version"]
    except MissingError:
        return "not installed"
    printed = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    match = _number(printed)
    return match[0] if match else "unknown"
