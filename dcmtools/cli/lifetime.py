"""How long an SCP serves: until a signal, or until what its options name has happened."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from typer import Option

from dcmtools.cli.course import Bounds, Course, Fact
from dcmtools.cli.option_group import OptionGroup
from dcmtools.cli.options import Seconds, no_limit
from dcmtools.cli.ready_file import ready_file, remove_stale
from dcmtools.errors import ExitCode
from dcmtools.net.events import Associated, Dissociated, Received

_FACTS: dict[type, Fact] = {
    Received: Fact.OBJECT_RECEIVED,
    Associated: Fact.ASSOCIATION_BEGAN,
    Dissociated: Fact.ASSOCIATION_ENDED,
}

GLANCE = 0.1
"""Seconds within which a signal to stop is noticed: one that comes right before a wait does not end it."""

Report = Callable[[object], None]


@dataclass(frozen=True, kw_only=True)
class LifetimeOptions(OptionGroup):
    """When an SCP is ready, and when it ends by itself."""

    heading = "Lifetime Options"
    ready_file: Annotated[
        Path | None,
        Option(
            "--ready-file",
            metavar="FILE",
            help="write the port to this file as soon as connections are accepted, and remove it in the end",
            show_default=False,
        ),
    ] = None
    exit_after_associations: Annotated[
        int | None,
        Option(
            "--exit-after-associations",
            metavar="N",
            min=1,
            help="end when so many associations have been accepted and are over",
            show_default=False,
        ),
    ] = None
    exit_idle: Annotated[
        Seconds | None,
        Option(
            "--exit-idle",
            metavar="SECONDS",
            min=0,
            help="end when there was no association for so long; 0 is never",
            show_default=False,
        ),
    ] = None
    timeout: Annotated[
        Seconds | None,
        Option(
            "--timeout",
            metavar="SECONDS",
            min=0,
            help="end after this time, 0 is never; the status is 1 or 3 if nothing or not all has come that "
            "--exit-after or --exit-after-associations wait for",
            show_default=False,
        ),
    ] = None

    @property
    def bounds(self) -> Bounds:
        """When to end."""
        return Bounds(
            associations=self.exit_after_associations,
            idle=no_limit(self.exit_idle or 0),
            timeout=no_limit(self.timeout or 0),
        )

    def watch(self, show: Report) -> Watch:
        """Return what sees to these options in a server whose events go to `show`."""
        if self.ready_file is not None:
            remove_stale(self.ready_file)
        return Watch(self.bounds, self.ready_file, show)


@dataclass(frozen=True, kw_only=True)
class ReceiverLifetimeOptions(LifetimeOptions):
    """When an SCP that receives objects is ready, and when it ends by itself."""

    exit_after: Annotated[
        int | None,
        Option(
            "--exit-after",
            metavar="N",
            min=1,
            help="end when so many objects have been received; what comes on their associations until these "
            "end is taken, too",
            show_default=False,
        ),
    ] = None

    @property
    def bounds(self) -> Bounds:
        """When to end."""
        return super().bounds._replace(objects=self.exit_after)


class ServerWatch(Protocol):
    """What keeps a server going."""

    @property
    def report(self) -> Report:
        """Where the events of the server go; may be called from all threads."""

    def wait(self, port: int) -> ExitCode:
        """Wait, while the server listens on `port`, until it has to end. Raises FileError."""

    def stop(self) -> None:
        """Let `wait`, which may not have begun yet, return; may be called from a signal handler."""


class Watch:
    """Watches one server, or all processes of one, for the time to end.

    The threads of the associations only leave notes: the main thread, which signals may interrupt
    anywhere, needs no lock.
    """

    def __init__(self, bounds: Bounds, ready: Path | None, show: Report) -> None:
        self._bounds = bounds
        self._ready = ready
        self._notes: queue.SimpleQueue[Fact | None] = (
            queue.SimpleQueue()
        )  # unlike an event, filled at any moment
        self.is_stopped = False
        self.show = show
        self.report: Report = observed(show, self._notes.put) if self.counts else show

    @property
    def counts(self) -> bool:
        """Whether it depends on what happens when the server ends."""
        return any(bound is not None for bound in self._bounds[:3])

    def wait(self, port: int) -> ExitCode:
        """Wait until the server, which listens on `port`, has to end. Raises FileError."""
        return self.follow(port, self._noted)

    def stop(self) -> None:
        """Let `wait` return; may be called from a signal handler."""
        self.is_stopped = True
        # a signal near the end of its time-out makes CPython's `get` wait for ever if there is nothing
        self._notes.put(None)

    def follow(self, port: int, facts: Callable[[float], Iterable[Fact]]) -> ExitCode:
        """Do what `wait` does; `facts` waits for so many seconds at most and returns what has happened."""
        course = Course(self._bounds, time.monotonic())
        ending = None
        with ready_file(self._ready, port) if self._ready is not None else nullcontext():
            while not self.is_stopped and (ending := course.end(time.monotonic())) is None:
                deadline = course.deadline
                patience = GLANCE if deadline is None else max(0.0, deadline - time.monotonic())
                for fact in facts(min(patience, GLANCE)):
                    course.note(fact, time.monotonic())
        if ending is None:
            return ExitCode.OK
        self.show(ending)
        return course.exit_code

    def _noted(self, patience: float) -> Iterable[Fact]:
        try:
            fact = self._notes.get(timeout=patience)
        except queue.Empty:
            return
        if fact is not None:
            yield fact


def observed(show: Report, note: Callable[[Fact], None]) -> Report:
    """Return what shows events, and notes those that are facts."""

    def report(event: object) -> None:
        show(event)
        if (fact := _FACTS.get(type(event))) is not None:
            note(fact)

    return report
