"""The results as a table, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from .measure import Sample
from .races import Result, Row

_HEADINGS = ("row", "ours", "peer", "ratio", "of pairs", "target", "reached", "CPU ours", "CPU peer")

EXPLANATION = (
    "Medians of all rounds, in which both sides run in turn. ratio: our median divided by the peer's; "
    "of pairs: the median of the ratios of each round. "
    "CPU: seconds of processor time, sender + receiver. Times are wall times of the sender's whole process, "
    "unless the row says otherwise."
)


@dataclass(frozen=True)
class Conditions:
    """When and where the results were measured; `quick` says that the numbers mean little."""

    date: str
    rounds: int
    quick: bool
    cores: int
    processor: str
    load_before: Sequence[float]
    load_after: Sequence[float]
    versions: Mapping[str, str]

    def lines(self) -> list[str]:
        """Return it in words."""
        rounds = f"{self.rounds} rounds" + (
            ", quick run: too little data for a verdict" if self.quick else ""
        )
        return [
            f"{self.date}, {rounds}",
            f"{self.cores} cores ({self.processor}), load average {_load(self.load_before)} before, "
            f"{_load(self.load_after)} after",
            ", ".join(f"{name} {version}" for name, version in self.versions.items()),
        ]


def plain(conditions: Conditions, results: Sequence[Result]) -> str:
    """Return the results as a table of text."""
    table = [_HEADINGS, *(_cells(result) for result in results)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    notes = [f"{result.row.name}: {note}" for result in results if (note := result.error or result.missing)]
    return "\n".join([*conditions.lines(), "", *(line.rstrip() for line in lines), *notes])


def markdown(conditions: Conditions, results: Sequence[Result]) -> str:
    """Return the results as a page."""
    lines = [
        "# Results of the benchmarks",
        "",
        "Written by `python -m tests.benchmarks --markdown FILE`.",
        "",
    ]
    lines += [f"- {line}" for line in conditions.lines()]
    lines += ["", EXPLANATION, ""]
    headings = ("row", "work", *_HEADINGS[1:])
    lines += [_markdown_row(headings), _markdown_row(["---"] * len(headings))]
    for result in results:
        name, *cells = _cells(result)
        lines.append(_markdown_row([name, result.row.title, *cells]))
    lines += [
        f"\n{result.row.name}: {note}" for result in results if (note := result.error or result.missing)
    ]
    return "\n".join(lines) + "\n"


def as_json(conditions: Conditions, results: Iterable[Result]) -> dict[str, Any]:
    """Return everything that was measured."""
    return {"conditions": asdict(conditions), "rows": [_row_as_json(result) for result in results]}


def _row_as_json(result: Result) -> dict[str, Any]:
    row = result.row
    target = None if row.target is None else {"kind": row.target.kind, "limit": row.target.limit}
    entry: dict[str, Any] = {
        "name": row.name,
        "title": row.title,
        "ours": row.ours,
        "peer": row.peer,
        "unit": row.figure.unit,
        "target": target,
        "reached": result.is_reached,
        "missing": result.missing,
        "error": result.error,
    }
    if result.ours:
        entry |= {
            "our_median": result.our_figure,
            "peer_median": result.peer_figure,
            "ratio": result.ratio,
            "pairwise_ratio": result.pairwise_ratio,
            "our_samples": [asdict(sample) for sample in result.ours],
            "peer_samples": [asdict(sample) for sample in result.peer],
        }
    return entry


def _cells(result: Result) -> tuple[str, ...]:
    row = result.row
    target = "" if row.target is None else str(row.target)
    if row.target is not None and row.target.kind == "value":
        target += f" {row.figure.unit}"
    if not result.ours:
        note = "error" if result.error else "not installed"
        return (row.name, "", "", "", "", target, note, "", "")
    peer = result.peer_figure
    return (
        row.name,
        _figure(row, result.our_figure),
        "" if peer is None else _figure(row, peer),
        _ratio(result.ratio),
        _ratio(result.pairwise_ratio),
        target,
        {None: "", True: "yes", False: "NO"}[result.is_reached],
        _cpu(result.ours),
        _cpu(result.peer),
    )


def _figure(row: Row, value: float) -> str:
    digits = 3 if value < 10 else 1
    return f"{value:.{digits}f} {row.figure.unit}"


def _ratio(ratio: float | None) -> str:
    """Return a ratio, one below a tenth as how many times faster that is."""
    if ratio is None:
        return ""
    return f"1/{1 / ratio:.1f}" if 0 < ratio < 0.1 else f"{ratio:.2f}"


def _cpu(samples: Sequence[Sample]) -> str:
    if not samples:
        return ""
    sender = median(sample.sender_cpu for sample in samples)
    receiver = median(sample.receiver_cpu for sample in samples)
    if not sender and not receiver:
        return ""
    return " + ".join(f"{cpu:.2f}" if abs(cpu) >= 0.01 else f"{cpu:.2g}" for cpu in (sender, receiver))


def _load(averages: Sequence[float]) -> str:
    return " ".join(f"{average:.2f}" for average in averages)


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
