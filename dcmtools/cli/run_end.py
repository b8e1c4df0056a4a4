"""What is left to be done when a run ends and its exit status is known."""

from __future__ import annotations

from collections.abc import Callable

_waiting: list[Callable[[int], None]] = []


def at_end(finish: Callable[[int], None]) -> None:
    """Let `finish` be called with the exit status of this run."""
    _waiting.append(finish)


def forget() -> None:
    """Begin a run: what an earlier one left undone is not done any more."""
    _waiting.clear()


def end(status: int) -> None:
    """Do what is left to be done, last come first."""
    while _waiting:
        _waiting.pop()(status)
