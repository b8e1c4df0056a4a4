"""Showing progress while a command works: lines that change on a terminal, or plain ones now and then.

It is a thread that looks at what is counted anyway, so that it costs the transfer nothing.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from dcmtools.cli.logs import LOGGERS
from dcmtools.cli.progress import Course, Pace, describe, screen
from dcmtools.cli.terminal import columns

_FIRST = 0.4  # seconds; what is over sooner needs no progress
_REFRESH = 0.2  # seconds
_PLAIN_FIRST = 1.0  # seconds; doubled for each further line, up to
_PLAIN_LAST = 60.0


class LiveLines:
    """Lines at the end of a terminal that are written anew again and again; others go out above them.

    It is a stream itself, for the log handlers that write to the same terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[str] = []
        self._lock = threading.Lock()

    def show(self, lines: list[str]) -> None:
        """Put `lines` in the place of those that are there."""
        with self._lock:
            if lines != self._lines:
                self._put(self._erasing() + "\n".join(lines))
                self._lines = lines

    def write(self, text: str) -> int:
        """Write whole lines above."""
        with self._lock:
            self._put(self._erasing() + text + "\n".join(self._lines))
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def _erasing(self) -> str:
        if not self._lines:
            return ""
        up = len(self._lines) - 1
        return "\r" + (f"\x1b[{up}A" if up else "") + "\x1b[J"

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._lines = []  # the terminal is gone: what was to be done goes on


@contextmanager
def live_display(course: Course) -> Iterator[None]:
    """Show the course on the terminal of stderr while the block runs.

    Log lines go above it; those that nobody asked for, below the level of warnings, do not.
    """
    stream = sys.stderr
    lines = LiveLines(stream)
    handlers = [
        handler
        for handler in logging.getLogger(LOGGERS[0]).handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream
    ]
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for handler in handlers:
        handler.setStream(cast(TextIO, lines))
    for logger in loggers:
        logger.setLevel(max(logger.level, logging.WARNING))
    pace = Pace()

    def draw() -> None:
        figures = course()
        pace.note(time.monotonic(), figures)
        if figures.handled or figures.size:
            lines.show(screen(figures, pace, columns() - 1))

    pace.note(time.monotonic(), course())
    try:
        with _repeating(draw, _FIRST, _REFRESH, _REFRESH):
            yield
    finally:
        lines.show([])
        for handler in handlers:
            handler.setStream(stream)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def plain_display(course: Course, first: float = _PLAIN_FIRST, last: float = _PLAIN_LAST) -> Iterator[None]:
    """Write a line to stderr now and then while the block runs.

    It comes after `first` seconds, then after twice as long each time, up to `last` seconds.
    """
    stream = sys.stderr
    pace = Pace()

    def write() -> None:
        figures = course()
        pace.note(time.monotonic(), figures)
        if figures.handled or figures.size:
            stream.write(f"Progress: {describe(figures, pace)}\n")
            stream.flush()

    pace.note(time.monotonic(), course())
    with _repeating(write, first, min(2 * first, last), last):
        yield


@contextmanager
def _repeating(action: Callable[[], None], first: float, then: float, most: float) -> Iterator[None]:
    """Call `action` in a thread: after `first` seconds, after `then`, then twice as long, up to `most`."""
    over = threading.Event()

    def run() -> None:
        pause, following = first, then
        while not over.wait(pause):
            try:
                action()
            except (OSError, ValueError):  # stderr is closed
                return
            pause, following = following, min(following * 2, most)

    thread = threading.Thread(target=run, name="dcmtools-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
