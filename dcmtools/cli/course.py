"""What a server has done so far, and whether that is all that it was started for."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from dcmtools.errors import ExitCode
from dcmtools.net.events import Ending


class Fact(IntEnum):
    """What can happen to a server; each fits into a byte."""

    LISTENING = 1
    OBJECT_RECEIVED = 2
    ASSOCIATION_BEGAN = 3
    ASSOCIATION_ENDED = 4


class Bounds(NamedTuple):
    """After which objects or associations, which seconds without one, and which in all a server ends."""

    objects: int | None = None
    associations: int | None = None
    idle: float | None = None
    timeout: float | None = None


class Course:
    """Measures what happens against `bounds`; moments are seconds of the monotonic clock."""

    def __init__(self, bounds: Bounds, began: float) -> None:
        self._bounds = bounds
        self._began = self._idle_since = began
        self._running = 0
        self._done = {Fact.OBJECT_RECEIVED: 0, Fact.ASSOCIATION_ENDED: 0}

    def note(self, fact: Fact, now: float) -> None:
        """Take in what has happened."""
        if fact in self._done:
            self._done[fact] += 1
        if fact is Fact.ASSOCIATION_BEGAN:
            self._running += 1
        elif fact is Fact.ASSOCIATION_ENDED:
            self._running -= 1
            self._idle_since = now

    @property
    def deadline(self) -> float | None:
        """When it ends if nothing more happens, None for never."""
        idle, timeout = self._bounds.idle, self._bounds.timeout
        moments = []
        if idle is not None and not self._running:
            moments.append(self._idle_since + idle)
        if timeout is not None:
            moments.append(self._began + timeout)
        return min(moments, default=None)

    def end(self, now: float) -> Ending | None:
        """Return why it ends, None while it goes on."""
        for done, asked, what in self._aims():
            if done >= asked:
                return Ending(f"{_counted(done, what)}", complete=True)
        deadline, timeout = self.deadline, self._bounds.timeout
        if deadline is None or now < deadline:
            return None
        if timeout is not None and now >= self._began + timeout:
            reason = f"time is up after {timeout:g} s"
        else:
            reason = f"no association for {self._bounds.idle:g} s"
        missing = [f"{done} of {_counted(asked, what)}" for done, asked, what in self._aims()]
        return Ending(", ".join([reason, *missing]), complete=not missing)

    @property
    def exit_code(self) -> ExitCode:
        """Whether all, a part or nothing has happened of what was to be waited for."""
        aims = self._aims()
        if not aims or any(done >= asked for done, asked, _ in aims):
            return ExitCode.OK
        return ExitCode.PARTIAL if any(done for done, _, _ in aims) else ExitCode.FAILURE

    def _aims(self) -> list[tuple[int, int, str]]:
        """Return how many there were and are to be, and of what."""
        aims = (
            (self._done[Fact.OBJECT_RECEIVED], self._bounds.objects, "object received"),
            (self._done[Fact.ASSOCIATION_ENDED], self._bounds.associations, "association ended"),
        )
        return [(done, asked, what) for done, asked, what in aims if asked is not None]


def _counted(number: int, what: str) -> str:
    noun, verb = what.split(" ")
    return f"{number} {noun}{'' if number == 1 else 's'} {verb}"
