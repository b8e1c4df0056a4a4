"""Ending a command when its time is up (``--timeout``), whatever it waits for."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TypeVar

from dcmtools.cli.console import Console
from dcmtools.errors import ExitCode, TimeLimitError

AGAIN = 10.0
"""Seconds after which a command that has not ended yet is interrupted again."""

Result = TypeVar("Result")
_Handler = Callable[[int, FrameType | None], None]


class TimeIsUpError(KeyboardInterrupt):
    """Raised in the main thread, wherever that is: as Ctrl-C it aborts associations and goes through all."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def as_error(self) -> TimeLimitError:
        """Return what to say about it."""
        return TimeLimitError(f"not done within {self.seconds:g} s", hint="--timeout sets the limit")


class InTime:
    """A block that ends when the time is up, with a line about it, so that what was done can be summed up."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.is_over = False

    def __enter__(self) -> InTime:
        return self

    def __exit__(self, kind: type | None, exc: BaseException | None, trace: TracebackType | None) -> bool:
        if not isinstance(exc, TimeIsUpError):
            return False
        self.is_over = True
        self._console.error(str(exc.as_error()))
        return True

    def exit_code(self, outcome: ExitCode, *, is_something_done: bool) -> ExitCode:
        """Return `outcome`, unless the time was up before it could be known."""
        if not self.is_over:
            return outcome
        return ExitCode.PARTIAL if is_something_done else ExitCode.FAILURE


def limited(seconds: float, command: Callable[[], Result]) -> Result:
    """Return what `command` returns; raises TimeLimitError when it takes longer than `seconds`."""
    with _interrupted_after(seconds):
        try:
            return command()
        except TimeIsUpError as exc:
            raise exc.as_error() from None


@contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUpError` in the block after so many seconds.

    Only the main thread can be interrupted.
    """
    if seconds >= threading.TIMEOUT_MAX or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUpError(seconds)

    disarm = _arm(seconds, interrupt)
    try:
        yield
    finally:
        disarm()


if sys.platform == "win32":  # which has no timers that interrupt

    def _arm(seconds: float, interrupt: _Handler) -> Callable[[], None]:
        """Let a timer press Ctrl-C, which does what `interrupt` does until what is returned is called."""
        import _thread  # noqa: PLC0415 - only here

        previous = signal.signal(signal.SIGINT, interrupt)
        timer = threading.Timer(seconds, _thread.interrupt_main)
        timer.daemon = True
        timer.start()

        def disarm() -> None:
            timer.cancel()
            signal.signal(signal.SIGINT, previous)

        return disarm

else:

    def _arm(seconds: float, interrupt: _Handler) -> Callable[[], None]:
        """Have `interrupt` called in the main thread after `seconds`, until what is returned is called."""
        previous = signal.signal(signal.SIGALRM, interrupt)
        timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)

        def disarm() -> None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
            signal.setitimer(signal.ITIMER_REAL, *timer)

        return disarm
