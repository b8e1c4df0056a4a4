"""Run a command of dcmtools in a pseudo-terminal, as a person does."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .command import ENVIRONMENT

if sys.platform != "win32":
    import fcntl
    import pty
    import struct
    import termios

ERASING = "\x1b[J"
"""What a display that changes writes, and nothing else."""

_PATIENCE = 30.0  # seconds


@dataclass
class Terminal:
    """A running command and the terminal that its stdout and stderr go to."""

    process: subprocess.Popen[bytes]
    descriptor: int
    shown: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        """All that was written so far."""
        return self.shown.decode("utf-8", "replace")

    def wait_for(self, text: str) -> None:
        """Return as soon as `text` has been shown."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.text:
            if not self._read(deadline):
                pytest.fail(f"{text!r} was not shown:\n{self.text}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for the end of the command; return its exit status."""
        deadline = time.monotonic() + _PATIENCE
        while self._read(deadline):
            pass
        status = self.process.wait(_PATIENCE)
        assert "Traceback" not in self.text, self.text
        return status

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], max(deadline - time.monotonic(), 0))
        try:
            data = os.read(self.descriptor, 65536) if ready else b""
        except OSError:  # Linux: nobody has it open any more
            data = b""
        self.shown += data
        return bool(data)


@contextmanager
def terminal(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    columns: int = 100,
    cwd: Path | None = None,
) -> Iterator[Terminal]:
    """Run ``dcmtools arguments…`` in a pseudo-terminal; it is killed if it outlives the block."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    plain = {
        name: value
        for name, value in ENVIRONMENT.items()
        if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "dcmtools", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**plain, "TERM": "xterm", **(environment or {})},
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
