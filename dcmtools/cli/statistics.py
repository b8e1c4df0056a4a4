"""What happened in a run, counted by the kind of event."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

from dcmtools.net.events import Received, Stored, SubOperations


class Statistics:
    """Counts events from any thread, and the bytes of the datasets that were stored or received.

    `began` is on the monotonic clock; `sub_operations` is what a peer said last of its own.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.size = 0
        self.sub_operations: SubOperations | None = None
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, event: object) -> None:
        """Count `event`."""
        with self._lock:
            self._counts[type(event).__name__] += 1
            if isinstance(event, Stored | Received):
                self.size += event.size
            elif isinstance(event, SubOperations):
                self.sub_operations = event

    def add(self, counts: Mapping[str, int], size: int) -> None:
        """Count what another process has counted."""
        with self._lock:
            self._counts.update(counts)
            self.size += size

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return round(time.monotonic() - self.began, 3)

    @property
    def counts(self) -> dict[str, int]:
        """How many events there were of each class, by its name."""
        with self._lock:
            return dict(self._counts)

    def of(self, *kinds: type) -> int:
        """Return how many events there were of these classes."""
        return sum(self._counts[kind.__name__] for kind in kinds)
