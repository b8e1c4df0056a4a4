"""``python -m tests.proof``: runs the rows of proof and prints the table."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from ..benchmarks import machine
from .registry import Figure, Row, rows

_SHOWN_FAULTS = 20

_DESCRIPTION = """\
Put the promises to the test: kills, full disks, peers that fail, floods. Each row has a size (kills,
associations, seconds …); without --full or --size it is that of the test suite, which takes about a
minute and a half for all rows; with --full it is the one of the published table, which takes hours.
"""


@dataclass(frozen=True)
class Result:
    """A row, its size and its figure; without one `note` says why."""

    row: Row
    size: int
    seconds: float
    figure: Figure | None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return "not run"
        return "yes" if self.figure.reached else "NO"

    def cells(self) -> tuple[str, ...]:
        """Return what the table shows."""
        text = self.figure.text if self.figure else self.note
        return (self.row.name, str(self.size), text, self.row.target, self.verdict, f"{self.seconds:.0f} s")


_HEADINGS = ("row", "size", "figure", "target", "reached", "time")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 1 when a row is not reached, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    chosen = [
        row
        for row in rows()
        if not options.only or any(fnmatchcase(row.name, pattern) for pattern in options.only)
    ]
    if not chosen:
        print("no row has such a name; --list shows them", file=sys.stderr)
        return 2
    if options.list:
        for row in chosen:
            print(f"{row.name:28}{row.small:>8}{row.full:>8}  {row.target}")
        return 0
    results = []
    for number, row in enumerate(chosen, start=1):
        size = options.size or (row.full if options.full else row.small)
        print(f"[{number}/{len(chosen)}] {row.name} ({size})", file=sys.stderr, flush=True)
        results.append(run(row, size, options.folder))
        _tell(results[-1])
    print(_plain(results))
    if options.markdown:
        options.markdown.write_text(_markdown(results), encoding="utf-8")
    return int(any(result.verdict == "NO" or result.note.startswith("error") for result in results))


def run(row: Row, size: int, folder: Path | None = None) -> Result:
    """Run one row below `folder`; whatever it raises is its result."""
    start = time.monotonic()
    figure, note = None, ""
    with tempfile.TemporaryDirectory(prefix="dcmtools-proof-", dir=folder, ignore_cleanup_errors=True) as own:
        try:
            figure = row.run(size, Path(own))
        except pytest.skip.Exception as exc:
            note = f"cannot be run here: {exc.msg}"
        except (Exception, pytest.fail.Exception) as exc:
            traceback.print_exc()
            note = f"error: {str(exc).partition(chr(10))[0]}"
    return Result(row, size, time.monotonic() - start, figure, note)


def _tell(result: Result) -> None:
    text = result.figure.text if result.figure else result.note
    print(f"    {result.verdict}: {text} ({result.seconds:.0f} s)", file=sys.stderr, flush=True)
    if result.figure:
        for fault in result.figure.faults[:_SHOWN_FAULTS]:
            print(f"    - {fault}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.proof",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="list the rows with both sizes, and exit")
    parser.add_argument(
        "--only", metavar="PATTERN", action="append", help="run the rows with this name (* and ? are wild)"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="run the rows at their full size")
    size.add_argument("--size", metavar="N", type=int, help="run the rows at this size")
    parser.add_argument("--folder", metavar="DIR", type=Path, help="existing folder for what the rows write")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table as a page")
    return parser


def _plain(results: Sequence[Result]) -> str:
    table = [_HEADINGS, *(result.cells() for result in results)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def _markdown(results: Sequence[Result]) -> str:
    lines = [
        "# Results of the proof",
        "",
        "Written by `python -m tests.proof --full --markdown FILE`.",
        "",
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.cores()} cores ({machine.processor()})",
        f"- {', '.join(f'{name} {version}' for name, version in machine.versions().items())}",
        "",
    ]
    table = (_HEADINGS, ["---"] * len(_HEADINGS), *(result.cells() for result in results))
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in table]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # senders in this process meet with failures by the hundred
    sys.exit(main())
