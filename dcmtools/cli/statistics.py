"""What happened in a run, counted by the kind of event."""

from __future__ import annotations

import threading
import time
from collections import Counter

from dcmtools.net.events import Received, Stored


class Statistics:
    """Counts events from any thread, and the bytes of the datasets that were stored or received."""

    def __init__(self) -> None:
        self.size = 0
        self._began = time.monotonic()
        self._counts: Counter[type] = Counter()
        self._lock = threading.Lock()

    def count(self, event: object) -> None:
        """Count `event`."""
        with self._lock:
            self._counts[type(event)] += 1
            if isinstance(event, Stored | Received):
                self.size += event.size

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return round(time.monotonic() - self._began, 3)

    def of(self, *kinds: type) -> int:
        """Return how many events there were of these kinds."""
        return sum(self._counts[kind] for kind in kinds)
