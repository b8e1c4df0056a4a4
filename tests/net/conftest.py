from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dcmtools.net.association import Limits
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.events import Associated, Dissociated
from dcmtools.net.server import Server, ServerSettings
from dcmtools.net.transfer_syntaxes import acceptable

BRIEF = Limits(connect=5, acse=5, dimse=5, network=5)


class Running:
    """A server on a free port, and the events it has reported."""

    def __init__(self, server: Server, events: queue.SimpleQueue[object]) -> None:
        self.server = server
        self.port = server.port
        self._events = events

    def event(self) -> object:
        return self._events.get(timeout=10)

    def wait_until_idle(self) -> None:
        """Wait for the end of all associations."""
        assert self.server._admission.wait_until_idle(10)


@contextmanager
def serving(
    storage: Callable[[Callable[[object], None]], object] | None = None,
    archive: object | None = None,
    **settings: object,
):
    events: queue.SimpleQueue[object] = queue.SimpleQueue()

    def report(event: object) -> None:
        if not isinstance(event, Associated | Dissociated):  # they come with everything
            events.put(event)

    values: dict[str, object] = {
        "ae_title": "SCP",
        "port": 0,
        "sop_classes": [VERIFICATION],
        "transfer_syntaxes": acceptable(),
        "bind_address": "127.0.0.1",
        "limits": BRIEF,
    }
    provider = storage(report) if storage else None
    server = Server(ServerSettings(**(values | settings)), report, provider, archive)
    try:
        yield Running(server, events)
    finally:
        server.stop(grace=1)


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Whatever happened on the wire, no thread may be left."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), f"{thread} is still there"
