"""Run dcmtools in a pseudo-terminal, as somebody at a screen does."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping

from .command import ENVIRONMENT, Outcome


def on_terminal(
    *arguments: object, columns: int = 100, environment: Mapping[str, str] | None = None, timeout: float = 60
) -> Outcome:
    """Run ``dcmtools arguments…`` with standard output on a terminal so many characters wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {name: value for name, value in ENVIRONMENT.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "dcmtools", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**kept, "TERM": "xterm-256color", **(environment or {})},
    )
    os.close(theirs)
    try:
        shown = _read(ours)
        _, errors = process.communicate(timeout=timeout)
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    assert "Traceback" not in errors, errors[-4000:]
    return Outcome(process.returncode, shown.decode("utf-8").replace("\r\n", "\n"), errors)


def _read(terminal: int) -> bytes:
    """All that is written to the terminal until its other end is closed, which Linux tells as an error."""
    pieces = []
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:
            piece = b""
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
