"""How far a transfer is: its figures, and these as text."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dcmtools.cli.statistics import Statistics
from dcmtools.dicom.text import safe_text
from dcmtools.net.events import (
    AlreadyStored,
    BadFile,
    Inaccessible,
    NotReceived,
    NotStored,
    Received,
    Skipped,
    Stored,
    Unidentified,
)
from dcmtools.net.transfer.traffic import open_traffic

_MOST_LINKS = 8  # lines of associations
_BAR = 20  # characters
_MEMORY = 10.0  # seconds over which a rate is taken
_MB = 1e6


class Total(NamedTuple):
    """What there is to transfer: files, and their bytes where they are known."""

    files: int
    size: int | None = None


class Link(NamedTuple):
    """One association: its peer, the objects that are through, and the bytes of all up to now."""

    peer: str
    objects: int
    size: int


@dataclass(frozen=True)
class Figures:
    """How far a transfer is at one moment.

    `done` files are transferred, `failed` ones will not be, `passed` ones need not be; `size` counts
    bytes of datasets, those of the objects under way too. The `total` is None while it is not known.
    """

    done: int
    failed: int
    passed: int
    size: int
    total: Total | None
    links: Sequence[Link] = ()

    @property
    def handled(self) -> int:
        """The files that need no more attention."""
        return self.done + self.failed + self.passed

    @property
    def share(self) -> float | None:
        """How much of the total is through, up to 1; None while the total is not known.

        By bytes where they are known, with files that are not transferred at their mean size.
        """
        total = self.total
        if total is None or not total.files:
            return None
        if self.handled >= total.files:
            return 1.0
        if not total.size:
            return self.handled / total.files
        others = (self.failed + self.passed) * total.size / total.files
        return min((self.size + others) / total.size, 1.0)


Course = Callable[[], Figures]
"""Gives the figures of this moment."""


def sending(statistics: Statistics, total: Callable[[], Total | None]) -> Course:
    """Return the course of sending files."""

    def look() -> Figures:
        failed = statistics.of(NotStored, BadFile, Unidentified, Inaccessible)
        passed = statistics.of(AlreadyStored, Skipped)
        return _figures(statistics, statistics.of(Stored), failed, passed, total())

    return look


def receiving(statistics: Statistics) -> Course:
    """Return the course of receiving; how much there is to come is known of C-GET and C-MOVE only."""

    def look() -> Figures:
        total = None
        counts = statistics.sub_operations
        if counts is not None:
            total = Total(sum(number or 0 for number in counts))
        done, failed = statistics.of(Received), statistics.of(NotReceived)
        return _figures(statistics, done, failed, 0, total if total and total.files >= done else None)

    return look


def moving(statistics: Statistics) -> Course:
    """Return the course of a C-MOVE to somebody else, as far as the peer tells of it."""

    def look() -> Figures:
        counts = statistics.sub_operations
        if counts is None:
            return _figures(statistics, 0, 0, 0, None)
        done, failed = (counts.completed or 0) + (counts.warning or 0), counts.failed or 0
        return _figures(statistics, done, failed, 0, Total(done + failed + (counts.remaining or 0)))

    return look


def _figures(statistics: Statistics, done: int, failed: int, passed: int, total: Total | None) -> Figures:
    traffic = open_traffic()
    links = tuple(Link(each.peer, each.objects, each.size + each.current) for each in traffic)
    size = statistics.size + sum(each.current for each in traffic)
    return Figures(done, failed, passed, size, total, links)


class Rate:
    """How fast something that is counted has grown over the last seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()

    def note(self, now: float, value: float) -> None:
        """Take in that the count is `value` at the time `now`, in seconds."""
        samples = self._samples
        samples.append((now, value))
        while len(samples) > 2 and now - samples[1][0] >= _MEMORY:
            samples.popleft()

    @property
    def per_second(self) -> float:
        """The growth in a second; 0 while nothing is known."""
        if len(self._samples) < 2:
            return 0.0
        (before, low), (now, high) = self._samples[0], self._samples[-1]
        return max(high - low, 0) / (now - before) if now > before else 0.0


class Pace:
    """Takes in the figures of one moment after the other, and says how fast it goes."""

    def __init__(self) -> None:
        self._bytes = Rate()
        self._share = Rate()

    def note(self, now: float, figures: Figures) -> None:
        """Take in the `figures` at the time `now`, in seconds."""
        self._bytes.note(now, figures.size)
        if figures.share is not None:
            self._share.note(now, figures.share)

    @property
    def bytes_per_second(self) -> float:
        """The bytes of datasets in a second."""
        return self._bytes.per_second

    def seconds_left(self, figures: Figures) -> float | None:
        """Return how long it will take at this pace; None when that cannot be said."""
        speed = self._share.per_second
        return (1 - figures.share) / speed if figures.share is not None and speed > 0 else None


def describe(figures: Figures, pace: Pace) -> str:
    """Return the figures on one line."""
    total = figures.total
    parts = [f"{figures.done:,} of {_files(total.files)}" if total else _files(figures.done)]
    if figures.size:
        of_size = f" of {total.size / _MB:,.1f}" if total and total.size else ""
        parts += [f"{figures.size / _MB:,.1f}{of_size} MB", f"{pace.bytes_per_second / _MB:,.1f} MB/s"]
    left = pace.seconds_left(figures)
    if left is not None:
        parts.append(f"{duration(left)} left")
    if figures.failed:
        parts.append(f"{figures.failed:,} failed")
    if figures.passed:
        parts.append(f"{figures.passed:,} passed over")
    return ", ".join(parts)


def screen(figures: Figures, pace: Pace, width: int) -> list[str]:
    """Return the lines of a live display, none of them longer than `width`.

    The first has all together, with a bar where the total is known and there is room for it; one
    follows for each association where there are several.
    """
    first = describe(figures, pace)
    if figures.share is not None:
        bar = f"[{'=' * int(figures.share * _BAR):{_BAR}}] {figures.share:4.0%}  "
        first = bar + first if len(bar + first) <= width else f"{figures.share:.0%}  {first}"
    lines = [first]
    if len(figures.links) > 1:
        lines += [
            f"  {safe_text(link.peer)}: {_files(link.objects)}, {link.size / _MB:,.1f} MB"
            for link in figures.links[:_MOST_LINKS]
        ]
        more = len(figures.links) - _MOST_LINKS
        if more > 0:
            lines.append(f"  and {more} more associations")
    return [line[:width] for line in lines]


def _files(number: int) -> str:
    return f"{number:,} file" if number == 1 else f"{number:,} files"


def duration(seconds: float) -> str:
    """Return a time such as 0:07 or 1:02:03."""
    minutes, rest = divmod(round(min(seconds, 359_999)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
