"""Delivering documents to targets: side by side, again after a failure, and never in anybody's way."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dcmtools.net.events import HookFailed
from dcmtools.net.hooks.targets import HookFailedError, Occasion, Target
from dcmtools.net.retrying import RetryTerms

MOST_WAITING = 200_000
"""Documents, some 600 bytes each: with more of them the targets are too slow, and what comes is dropped."""

_THREE_RETRIES = RetryTerms(3, 1.0)

Report = Callable[[HookFailed], None]


@dataclass(frozen=True)
class DeliveryTerms:
    """How documents are delivered: `side_by_side` at a time, each within `timeout` seconds."""

    timeout: float = 60.0
    retry: RetryTerms = _THREE_RETRIES
    side_by_side: int = 4


@dataclass(order=True)
class _Job:
    due: float
    number: int
    target: Target = field(compare=False)
    occasion: Occasion = field(compare=False)
    subject: str = field(compare=False)
    document: bytes = field(compare=False)
    failures: int = field(default=0, compare=False)


class Deliveries:
    """Delivers what is added, in threads of its own; `report` is told what failed."""

    def __init__(self, terms: DeliveryTerms, report: Report) -> None:
        self._terms = terms
        self._report = report
        self._jobs: list[_Job] = []
        self._number = 0
        self._running = 0
        self._closing = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"dcmtools-hook-{number}", daemon=True)
            for number in range(1, terms.side_by_side + 1)
        ]
        for thread in self._threads:
            thread.start()

    def add(self, target: Target, occasion: Occasion, subject: str, document: bytes) -> None:
        """Deliver `document` as soon as may be; `subject` is what it is about."""
        with self._changed:
            is_too_much = len(self._jobs) >= MOST_WAITING
            if not is_too_much:
                self._number += 1
                job = _Job(time.monotonic(), self._number, target, occasion, subject, document)
                heapq.heappush(self._jobs, job)
                self._changed.notify()
        if is_too_much:
            reason = f"{MOST_WAITING} deliveries are waiting already"
            self._report(HookFailed(occasion, subject, str(target), reason, None))

    def close(self, grace: float) -> None:
        """Deliver what is left for at most `grace` seconds, with one more try each; report the rest."""
        end = time.monotonic() + grace
        with self._changed:
            self._closing = True
            for job in self._jobs:
                job.due = 0.0
            heapq.heapify(self._jobs)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._jobs and not self._running, grace)
            left, self._jobs = self._jobs, []
            self._changed.notify_all()
        for job in left:
            self._fail(job, "the server has stopped", None)
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.target.deliver(job.document, self._terms.timeout)
            except HookFailedError as exc:
                self._failed(job, str(exc))
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    def _next(self) -> _Job | None:
        """Wait for a delivery that is due; None when there are no more."""
        with self._changed:
            while True:
                pause = self._jobs[0].due - time.monotonic() if self._jobs else None
                if pause is not None and pause <= 0:
                    self._running += 1
                    return heapq.heappop(self._jobs)
                if self._closing and not self._jobs:
                    return None
                self._changed.wait(pause)

    def _failed(self, job: _Job, reason: str) -> None:
        job.failures += 1
        retry = self._terms.retry
        with self._changed:
            pause = None if self._closing or job.failures > retry.retries else retry.pause(job.failures)
            if pause is not None:
                job.due = time.monotonic() + pause
                heapq.heappush(self._jobs, job)
                self._changed.notify()
        self._fail(job, reason, pause)

    def _fail(self, job: _Job, reason: str, pause: float | None) -> None:
        self._report(HookFailed(job.occasion, job.subject, str(job.target), reason, pause))
