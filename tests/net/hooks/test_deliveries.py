from __future__ import annotations

import queue
import threading
import time
from collections import Counter

import pytest

from dcmtools.net.events import HookFailed
from dcmtools.net.hooks import deliveries as module
from dcmtools.net.hooks.deliveries import Deliveries, DeliveryTerms
from dcmtools.net.hooks.targets import HookFailedError, Occasion
from dcmtools.net.retrying import RetryTerms

NO_RETRY = DeliveryTerms(retry=RetryTerms())


class Recorder:
    """A target that fails for each document as often as `failures` says, and waits for `go`."""

    def __init__(self, failures: dict[bytes, int] | None = None) -> None:
        self.failures = Counter(failures or {})
        self.delivered: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.go = threading.Event()
        self.go.set()
        self.at_once = self.most_at_once = 0

    def __str__(self) -> str:
        return "the recorder"

    def deliver(self, document: bytes, timeout: float) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.go.wait(timeout)
            if self.failures[document] > 0:
                self.failures[document] -= 1
                raise HookFailedError("not now")
            self.delivered.put(document)
        finally:
            self.at_once -= 1


def add(deliveries: Deliveries, target: Recorder, *documents: bytes) -> None:
    for document in documents:
        deliveries.add(target, Occasion.OBJECT, document.decode(), document)


def test_all_is_delivered_before_it_ends() -> None:
    failed: list[HookFailed] = []
    deliveries, target = Deliveries(NO_RETRY, failed.append), Recorder()
    documents = {str(number).encode() for number in range(100)}
    add(deliveries, target, *documents)
    deliveries.close(30)
    assert {target.delivered.get(timeout=1) for _ in documents} == documents
    assert not failed


def test_a_failure_is_reported_and_tried_again() -> None:
    failed: queue.SimpleQueue[HookFailed] = queue.SimpleQueue()
    target = Recorder({b"a": 2, b"b": 9})
    deliveries = Deliveries(DeliveryTerms(retry=RetryTerms(2, 0.01)), failed.put)
    add(deliveries, target, b"a", b"b")
    told = [failed.get(timeout=30) for _ in range(5)]
    assert target.delivered.get(timeout=30) == b"a"
    deliveries.close(30)
    assert Counter((one.subject, one.seconds is None) for one in told) == {
        ("a", False): 2,
        ("b", False): 2,
        ("b", True): 1,
    }
    assert told[0][2:4] == ("the recorder", "not now")


def test_a_slow_target_holds_up_nobody() -> None:
    deliveries, slow = Deliveries(DeliveryTerms(side_by_side=2), lambda event: None), Recorder()
    slow.go.clear()
    began = time.monotonic()
    add(deliveries, slow, *[b"%d" % number for number in range(1000)])
    assert time.monotonic() - began < 5
    while slow.at_once < 2:
        time.sleep(0.001)
    slow.go.set()
    deliveries.close(30)
    assert slow.delivered.qsize() == 1000
    assert slow.most_at_once == 2


def test_what_is_left_at_the_end_is_named() -> None:
    failed: list[HookFailed] = []
    deliveries, target = Deliveries(DeliveryTerms(side_by_side=1), failed.append), Recorder()
    target.go.clear()
    add(deliveries, target, b"a", b"b")
    while not target.at_once:
        time.sleep(0.001)
    deliveries.close(0.05)
    assert [(one.subject, one.reason, one.seconds) for one in failed] == [
        ("b", "the server has stopped", None)
    ]
    target.go.set()


def test_too_many_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    failed: list[HookFailed] = []
    deliveries, target = Deliveries(DeliveryTerms(side_by_side=1), failed.append), Recorder()
    target.go.clear()
    add(deliveries, target, b"0")
    while not target.at_once:
        time.sleep(0.001)
    add(deliveries, target, b"1", b"2", b"3", b"4")
    assert [(one.subject, one.reason) for one in failed] == [("4", "3 deliveries are waiting already")]
    target.go.set()
    deliveries.close(30)
    assert target.delivered.qsize() == 4
