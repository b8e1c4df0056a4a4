"""What happened in a run, counted by the kind of event."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import cast

from dcmtools.net.events import Received, Stored, SubOperations


class Statistics:
    """Counts events from any thread, and the bytes of the datasets that were stored or received.

    `began` is on the monotonic clock; `sub_operations` is what a peer said last of its own.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.size = 0
        self.sub_operations: SubOperations | None = None
        self._counts: dict[type, int] = {}
        self._others: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, event: object) -> None:
        """Count `event`."""
        kind, counts = type(event), self._counts
        with self._lock:
            counts[kind] = counts.get(kind, 0) + 1
            if kind is Stored or kind is Received:
                self.size += cast("Stored", event).size
            elif kind is SubOperations:
                self.sub_operations = cast("SubOperations", event)

    def add(self, counts: Mapping[str, int], size: int) -> None:
        """Count what another process has counted."""
        with self._lock:
            self._others.update(counts)
            self.size += size

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return round(time.monotonic() - self.began, 3)

    @property
    def counts(self) -> dict[str, int]:
        """How many events there were of each class, by its name."""
        with self._lock:
            own = {kind.__name__: number for kind, number in self._counts.items()}
            return dict(Counter(own) + self._others)

    def of(self, *kinds: type) -> int:
        """Return how many events there were of these classes."""
        return sum(self._counts.get(kind, 0) + self._others[kind.__name__] for kind in kinds)
