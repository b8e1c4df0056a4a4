"""How slowly, and how large, a request may arrive: neither drips nor floods keep an association busy."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from dcmtools.net.transfer.stream import LinkTimeoutError
from dcmtools.wire.errors import MessageError

SLOWEST = 1000
"""Bytes a second that have to arrive, on average and after a first patience, while a dataset is sent."""

MOST_DRAINED = 1 << 32
"""Bytes that are read of a dataset that is of no use, so that its request can be answered."""


class SlowRequestError(LinkTimeoutError):
    """A request arrives too slowly."""


def drain(pieces: Iterable[memoryview]) -> None:
    """Read what is of no use; raises MessageError when it is too much."""
    left = MOST_DRAINED
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise MessageError(f"a dataset of more than {MOST_DRAINED} bytes after it was refused")


def arriving(
    pieces: Iterator[memoryview],
    *,
    patience: float | None,
    longest: float | None = None,
) -> Iterator[memoryview]:
    """Yield `pieces`; how long they are waited for has to stay within bounds.

    These are `patience` seconds and one more for each `SLOWEST` bytes (None: no such bound), and
    `longest` seconds in all. Raises SlowRequestError.
    """
    waited, size = 0.0, 0
    while True:
        before = time.monotonic()
        piece = next(pieces, None)
        if piece is None:
            return
        waited += time.monotonic() - before
        size += len(piece)
        if patience is not None and waited > patience + size / SLOWEST:
            raise SlowRequestError
        if longest is not None and waited > longest:
            raise SlowRequestError
        yield piece
