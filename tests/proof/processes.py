"""What a process uses, as the system says (Linux)."""

from __future__ import annotations

import re
from pathlib import Path


def memory(pid: int, *, peak: bool = False) -> int:
    """Return the resident memory of a process in bytes, now or at its peak."""
    return _status(pid, "VmHWM" if peak else "VmRSS") * 1024


def threads(pid: int) -> int:
    """Return the number of threads of a process."""
    return _status(pid, "Threads")


def descriptors(pid: int) -> int:
    """Return the number of files and sockets that a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _status(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found, f"{name} of process {pid} is not known"
    return int(found[1])
