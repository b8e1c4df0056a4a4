"""Ending the associations of a server that stops."""

from __future__ import annotations

import time

_PATIENCE = 0.5  # seconds that an association may be idle while the server is stopping


class AbandonedError(Exception):
    """What an association was at cannot go on: it has to be aborted."""


class Stopping:
    """Tells the associations of a server that it stops, and until when they may go on."""

    def __init__(self) -> None:
        self._deadline: float | None = None

    def begin(self, grace: float) -> None:
        """From now on idle associations are ended, and after `grace` seconds all of them."""
        self._deadline = time.monotonic() + grace

    def ends(self, idle_since: float) -> bool:
        """Whether an association that is idle since that moment (monotonic) has to end now."""
        if self._deadline is None:
            return False
        now = time.monotonic()
        return now >= self._deadline or now - idle_since >= _PATIENCE

    def is_over(self) -> bool:
        """Whether even an association that is busy has to end now."""
        return self._deadline is not None and time.monotonic() >= self._deadline
