"""How much there is to send, counted beside the sending, which does not wait for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from dcmtools.cli.progress import Total
from dcmtools.net.inputs import input_files

_AT_ONCE = 500  # files between two looks at the clock
_GLANCE = 0.05  # seconds for one call
_HEAD = 500  # bytes of a file before its dataset, about


def input_total(paths: Sequence[str], *, recurse: bool) -> Callable[[], Total | None]:
    """Return what gives the files to send and the bytes of their datasets, about, and None before it knows.

    Each call looks at some more of them. Nothing is opened; what turns out to be no SOP Instance counts too.
    """
    counting = _counting(paths, recurse=recurse)
    known, is_whole = Total(0, 0), False

    def total() -> Total | None:
        nonlocal known, is_whole
        if not is_whole:
            until = time.monotonic() + _GLANCE
            while not is_whole and time.monotonic() < until:
                more = next(counting, None)
                known, is_whole = more or known, more is None
        return known if is_whole else None

    return total


def _counting(paths: Sequence[str], *, recurse: bool) -> Iterator[Total]:
    files = size = 0
    names = input_files(paths, recurse=recurse)
    while batch := list(islice(names, _AT_ONCE)):
        for name in batch:
            with suppress(OSError, ValueError):
                size += max(os.stat(name).st_size - _HEAD, 0)  # noqa: PTH116 - for every file
        files += len(batch)
        yield Total(files, size)
