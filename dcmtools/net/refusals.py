"""Letting an error say what a peer would have accepted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dcmtools.errors import NoContextError

if TYPE_CHECKING:
    from dcmtools.net.association import Limits, Peer


@contextmanager
def naming_alternatives(
    peer: Peer, calling_aet: str, limits: Limits, *, decompress: bool = False
) -> Iterator[None]:
    """Let a `NoContextError` of the block say what the peer would have accepted (see `alternatives`)."""
    try:
        yield
    except NoContextError as exc:
        from dcmtools.net.alternatives import alternatives, listed  # noqa: PLC0415 - hardly ever needed

        found = list(alternatives(peer, calling_aet, limits, exc.refused, decompress=decompress))
        if not found:
            raise
        raise NoContextError(
            exc.peer,
            f"the peer refused {listed([each.what for each in found], '; ')}",
            hint=listed(list(dict.fromkeys(each.hint for each in found)), "; "),
            refused=exc.refused,
        ) from None
