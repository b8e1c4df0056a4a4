"""``python -m tests.fuzz``: many hostile conversations with our servers, and what came of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .live import TARGETS, fuzz

_DESCRIPTION = """\
Send damaged associations, PDUs, command sets, datasets and Identifiers to storescp and qrscp, each a
process of its own, while a good client is served in spot checks. A stream is made from the seed and
its number: "hung: 1-4711 (dataset)" is shown again by --seed 1 --first 4711 --streams 1.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 1 when something was found."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--streams", metavar="N", type=int, default=2000, help="streams to each target")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="what the streams are made from")
    parser.add_argument("--first", metavar="N", type=int, default=0, help="number of the first stream")
    parser.add_argument("--clients", metavar="N", type=int, default=4, help="streams at the same time")
    parser.add_argument(
        "--target", choices=sorted(TARGETS), action="append", help="talk to this one only; may be repeated"
    )
    parser.add_argument("--folder", metavar="DIR", type=Path, help="existing folder for what is received")
    options = parser.parse_args(arguments)
    found = False
    for name in options.target or sorted(TARGETS):
        target = TARGETS[name]
        with tempfile.TemporaryDirectory(prefix="dcmtools-fuzz-", dir=options.folder) as folder:
            with target.running(Path(folder)) as server:
                findings = fuzz(
                    server,
                    target,
                    options.streams,
                    seed=options.seed,
                    first=options.first,
                    clients=options.clients,
                )
        print(f"{name}: {findings.text()}", flush=True)
        for fault in findings.faults():
            found = True
            print(f"    - {fault}", flush=True)
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
