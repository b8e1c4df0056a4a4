"""A race: variants of the same work, run in turn so that what disturbs one disturbs all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

from .data import Data
from .measure import MissingError, RunError, Sample
from .peers import Server, Service

Runner = Callable[[], Sample]


class Lab:
    """Where one race is held: its data, and servers that run until it is closed."""

    def __init__(self, data: Data, folder: Path) -> None:
        self.data = data
        self.folder = folder
        self._servers: dict[Service, Server] = {}
        self._started = 0
        self._open = ExitStack()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def server(self, service: Service) -> Server:
        """Return the running `service`, the same for all variants of the race."""
        if service not in self._servers:
            server = self._servers[service] = self.fresh_server(service)
            self._open.callback(server.stop)
        return self._servers[service]

    def fresh_server(self, service: Service) -> Server:
        """Return a `service` that was just started; the caller stops it."""
        self._started += 1
        return Server(service, self.folder / f"received-{self._started}")


@dataclass(frozen=True)
class Target:
    """What a row has to reach.

    "ratio": our median divided by the peer's is at most `limit`. "times faster": the peer's
    divided by ours is at least `limit`. "value": our median is at most `limit`.
    """

    kind: Literal["ratio", "times faster", "value"]
    limit: float

    def __str__(self) -> str:
        return f"≥ {self.limit:g} times faster" if self.kind == "times faster" else f"≤ {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """Which number of a sample a row is about: its name, divided by `divisor` gives it in `unit`."""

    name: str = "seconds"
    unit: str = "s"
    divisor: float = 1.0

    def of(self, sample: Sample) -> float:
        value: float = getattr(sample, self.name)
        return value / self.divisor


SECONDS = Figure()


@dataclass(frozen=True)
class Row:
    """One line of the table: the variant `ours` against the variant `peer`.

    `peer_startup` is a variant whose times are taken off the peer's, where it cannot say itself
    when its work proper began. Without `target` the row is for information.
    """

    name: str
    title: str
    ours: str
    peer: str | None = None
    target: Target | None = None
    peer_startup: str | None = None
    figure: Figure = SECONDS

    @property
    def variants(self) -> list[str]:
        return [key for key in (self.ours, self.peer, self.peer_startup) if key is not None]


@dataclass(frozen=True)
class Race:
    """Rows, and the variants that they compare by name: a function that prepares each and returns its runner.

    Preparing is not timed. It raises `MissingError` when a peer is not installed.
    """

    rows: Sequence[Row]
    variants: Mapping[str, Callable[[Lab], Runner]]


@dataclass(frozen=True)
class Result:
    """The samples of a row, of each round one; or why there are none."""

    row: Row
    ours: list[Sample] = field(default_factory=list)
    peer: list[Sample] = field(default_factory=list)
    missing: str | None = None
    error: str | None = None

    @property
    def our_figure(self) -> float:
        return median(map(self.row.figure.of, self.ours))

    @property
    def peer_figure(self) -> float | None:
        return median(map(self.row.figure.of, self.peer)) if self.peer else None

    @property
    def ratio(self) -> float | None:
        """Our median divided by the peer's."""
        return self.our_figure / self.peer_figure if self.peer_figure else None

    @property
    def pairwise_ratio(self) -> float | None:
        """The median of the ratios of each round."""
        of = self.row.figure.of
        ratios = [of(our) / of(their) for our, their in zip(self.ours, self.peer, strict=False) if of(their)]
        return median(ratios) if ratios else None

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None without target or samples."""
        target = self.row.target
        if target is None or not self.ours:
            return None
        if target.kind == "value":
            return self.our_figure <= target.limit
        if self.ratio is None:
            return None
        if target.kind == "ratio":
            return self.ratio <= target.limit
        return 1 / self.ratio >= target.limit


def run_race(
    race: Race, rows: Sequence[Row], lab: Lab, rounds: int, tell: Callable[[str], None]
) -> list[Result]:
    """Run the variants that `rows` of `race` need in turn, `rounds` times; `tell` is told the progress."""
    missing: dict[str, str] = {}
    failed: dict[str, str] = {}
    runners: dict[str, Runner] = {}
    for key in dict.fromkeys(key for row in rows for key in row.variants):
        try:
            runners[key] = race.variants[key](lab)
        except MissingError as exc:
            missing[key] = str(exc)
        except RunError as exc:
            failed[key] = f"{key}: {exc}"
    rows_to_run = [row for row in rows if not any(key in missing for key in row.variants)]
    needed = dict.fromkeys(key for row in rows_to_run for key in row.variants)
    samples: dict[str, list[Sample]] = {key: [] for key in needed}
    for number in range(1, rounds + 1):
        for key in needed:
            if key in failed:
                continue
            try:
                samples[key].append(runners[key]())
                tell(f"round {number}/{rounds}  {key}: {samples[key][-1].seconds:.4g} s")
            except RunError as exc:
                failed[key] = f"{key}: {exc}"
                tell(f"round {number}/{rounds}  {failed[key]}")
    return [_result(row, samples, missing, failed) for row in rows]


def _result(
    row: Row, samples: Mapping[str, list[Sample]], missing: Mapping[str, str], failed: Mapping[str, str]
) -> Result:
    for key in row.variants:
        if key in missing:
            return Result(row, missing=missing[key])
        if key in failed:
            return Result(row, error=failed[key])
    peer = samples[row.peer] if row.peer else []
    if row.peer_startup:
        peer = [whole.less(startup) for whole, startup in zip(peer, samples[row.peer_startup], strict=True)]
    return Result(row, samples[row.ours], peer)
