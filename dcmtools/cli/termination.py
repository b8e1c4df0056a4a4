"""SIGTERM ends a command as Ctrl-C does, with an exit status of its own."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TerminatedError(KeyboardInterrupt):
    """The process was told to end; what Ctrl-C makes whole on the way out, this does too."""


def end_run() -> None:
    """Let the main thread do what it does on SIGTERM, whatever it waits for; called from another thread."""
    if sys.platform == "win32":
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


@contextmanager
def terminated_in_order() -> Iterator[None]:
    """Let SIGTERM raise `TerminatedError` in the main thread while the block runs.

    A second one does nothing, so that what is put in order is not disturbed; a server has its own
    way, which goes before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise TerminatedError

    previous = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
