"""``python -m tests.benchmarks``: runs the benchmarks and prints the table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from . import (
    archive,
    machine,
    rows_both,
    rows_default,
    rows_planning,
    rows_receiving,
    rows_sending,
    rows_startup,
)
from .data import Data
from .races import Lab, Race, Result, Row, run_race
from .report import EXPLANATION, Conditions, as_json, markdown, plain
from .scale import FULL, QUICK, Scale

PARTS = (rows_startup, rows_planning, rows_sending, rows_receiving, rows_both, rows_default, archive)
_ROUNDS = 5

_DESCRIPTION = f"""\
Measure dcmtools against the DICOM programs that are installed (DCMTK, pynetdicom's apps, Orthanc,
a C compiler for the bare pair), over loopback. A whole run takes some 20 minutes on a quiet machine,
and 5 GB for test data and received objects in a temporary folder.
All programs take what they send from the page cache. Rows whose peer is missing say "not installed".
A run that loses an object is an error and no time.

{EXPLANATION}

Where a row is about the transfer alone, ours is timed by events inside the process (from the
established association to the last response); from the time of a peer's process that of one with a
single small object is taken off.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 1 when a row ended with an error."""
    options = _parser().parse_args(arguments)
    scale = QUICK if options.quick else FULL
    chosen = list(_chosen(scale, options.only))
    if not chosen:
        print("no row has such a name; --list shows them", file=sys.stderr)
        return 2
    if options.list:
        for _, rows in chosen:
            for row in rows:
                print(f"{row.name:32}{row.title}" + (f"  [{row.target}]" if row.target else ""))
        return 0
    rounds = options.pairs or (1 if options.quick else _ROUNDS)
    date, load_before = datetime.now(UTC), machine.load()
    with tempfile.TemporaryDirectory(prefix="dcmtools-benchmarks-", dir=options.data) as temporary:
        data = Data(options.data or Path(temporary), scale)
        results = _run(chosen, data, Path(temporary), rounds)
    conditions = Conditions(
        date=f"{date:%Y-%m-%d %H:%M} UTC",
        rounds=rounds,
        quick=options.quick,
        cores=machine.cores(),
        processor=machine.processor(),
        load_before=load_before,
        load_after=machine.load(),
        versions=machine.versions(),
    )
    print(plain(conditions, results))
    if options.json:
        options.json.write_text(json.dumps(as_json(conditions, results), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(markdown(conditions, results))
    return int(any(result.error for result in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="list the rows and their targets, and exit")
    parser.add_argument(
        "--only", metavar="PATTERN", action="append", help="run the rows with this name (* and ? are wild)"
    )
    parser.add_argument(
        "--pairs",
        metavar="N",
        type=int,
        help=f"rounds in which all run in turn (default: {_ROUNDS}, with --quick 1)",
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run with little data and 1 round")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="existing folder to keep the test data in, and to reuse them"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all samples to this file")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table as a page")
    return parser


def _chosen(scale: Scale, patterns: Sequence[str] | None) -> Iterator[tuple[Race, list[Row]]]:
    for part in PARTS:
        for race in part.races(scale):
            rows = [
                row
                for row in race.rows
                if not patterns or any(fnmatchcase(row.name, pattern) for pattern in patterns)
            ]
            if rows:
                yield race, rows


def _run(chosen: Sequence[tuple[Race, list[Row]]], data: Data, folder: Path, rounds: int) -> list[Result]:
    results: list[Result] = []
    for number, (race, rows) in enumerate(chosen, start=1):
        title = f"[{number}/{len(chosen)}] {', '.join(row.name for row in rows)}"
        print(title, file=sys.stderr)
        below = folder / f"race-{number}"  # deleted at the very end, see `set_aside`
        below.mkdir()
        with Lab(data, below) as lab:
            results += run_race(race, rows, lab, rounds, lambda line: print(f"    {line}", file=sys.stderr))
    return results


if __name__ == "__main__":
    sys.exit(main())
