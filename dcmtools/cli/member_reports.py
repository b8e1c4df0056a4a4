"""What the processes of one server have counted, for the summary of the one that leads them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dcmtools.cli.console import Console, Counts
from dcmtools.errors import ExitCode

Serve = Callable[[], ExitCode]

_MOST = 1 << 16  # bytes to read at once


@contextmanager
def counted_together(console: Console) -> Iterator[Callable[[Serve], Serve]]:
    """Give what wraps the work of a process that is forked in the block: when it ends, it tells its counts.

    At the end of the block, by when all of them have to be gone, they are added to those of `console`.
    A process that was killed has told nothing.
    """
    told, ours = os.pipe()
    before = console.counted()

    def wrap(serve: Serve) -> Serve:
        def work() -> ExitCode:
            try:
                return serve()
            finally:  # in one write that the pipe has room for, so that nobody waits and nothing is mixed up
                os.write(ours, json.dumps(_difference(console.counted(), before)).encode() + b"\n")

        return work

    try:
        yield wrap
    finally:
        os.close(ours)
        reports = b"".join(iter(lambda: os.read(told, _MOST), b""))
        os.close(told)
        for line in reports.splitlines():
            console.add_counted(json.loads(line))


def _difference(after: Counts, before: Counts) -> Counts:
    return {name: dict(Counter(counts) - Counter(before[name])) for name, counts in after.items()}
