"""Commands that are told of an occasion: run without a shell, and ended when they take too long."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from dcmtools.dicom.text import brief_text
from dcmtools.net.hooks.targets import HookFailedError

_TAIL = 2000  # bytes of what a command says last, of which a line is shown


@dataclass(frozen=True)
class Command:
    """A program with its arguments: it gets the document on standard input, and its exit status counts.

    Nothing that a peer has sent is among the arguments, and there is no shell.
    """

    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.arguments)

    def deliver(self, document: bytes, timeout: float) -> None:
        """Run the command, and end it with all that it has started when it takes too long."""
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(  # noqa: S603 - the words are the operator's
                    self.arguments,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,
                )
            except OSError as exc:
                raise HookFailedError(exc.strerror or str(exc)) from exc
            try:
                process.communicate(document, timeout)
            except subprocess.TimeoutExpired:
                raise HookFailedError(f"it did not end within {timeout:g} s") from None
            finally:
                _end(process)
            if process.returncode:
                raise HookFailedError(f"exit status {process.returncode}{_last_line(said)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may still run, and what it has started."""
    if process.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        with suppress(OSError, ValueError):
            process.communicate()


def _last_line(said: BinaryIO) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
    lines = said.read().decode(errors="replace").strip().splitlines()
    return f": {brief_text(lines[-1])}" if lines else ""
