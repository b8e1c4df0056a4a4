"""Peers that fail in the middle of what they do, in this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydicom import Dataset
from pydicom.uid import CTImageStorage
from pynetdicom import AE, QueryRetrievePresentationContexts, StoragePresentationContexts, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification

from ..interop.peers.scripted import serving
from ..ports import free_port


def hang_up(connection: socket.socket, ended: threading.Event) -> None:
    """Read the association request and close the connection (for `raw_peer`)."""
    connection.recv(65536)


@contextmanager
def nobody() -> Iterator[int]:
    """A port that nobody listens on."""
    yield free_port()


@contextmanager
def refusing_all() -> Iterator[int]:
    """A peer that accepts the association, but none of the contexts of our clients."""
    ae = AE("PEER")
    ae.add_supported_context(CTImageStorage)
    with serving(ae, []) as port:
        yield port


@contextmanager
def rejecting(result: int, source: int, diagnostic: int) -> Iterator[int]:
    """A peer that rejects every association."""

    def reject(event: Event) -> None:
        event.assoc.acse.send_reject(result, source, diagnostic)
        event.assoc.kill()

    with serving(_entity(), [(evt.EVT_REQUESTED, reject)]) as port:
        yield port


@contextmanager
def aborting() -> Iterator[int]:
    """A peer that aborts instead of answering."""

    def abort(event: Event) -> int:
        event.assoc.abort()
        return 0x0000

    with serving(_entity(), [(evt.EVT_C_ECHO, abort)]) as port:
        yield port


@contextmanager
def closing() -> Iterator[int]:
    """A peer that closes the connection instead of answering."""

    def close(event: Event) -> int:
        connection = event.assoc.dul.socket
        assert connection is not None
        connection.close()
        event.assoc.kill()
        return 0x0000

    with serving(_entity(), [(evt.EVT_C_ECHO, close)]) as port:
        yield port


@contextmanager
def stalling() -> Iterator[int]:
    """A peer that never answers a request."""
    ended = threading.Event()

    def stall(event: Event) -> int:
        ended.wait()
        return 0x0000

    handlers = [(evt.EVT_C_ECHO, stall), (evt.EVT_C_STORE, stall)]
    with serving(_entity(), handlers) as port:
        try:
            yield port
        finally:
            ended.set()


@contextmanager
def stalling_query() -> Iterator[int]:
    """A peer that never answers a C-FIND, C-GET or C-MOVE."""
    ended = threading.Event()

    def stall(event: Event) -> Iterator[tuple[int, None]]:
        ended.wait()
        yield 0x0000, None

    handlers = [(kind, stall) for kind in (evt.EVT_C_FIND, evt.EVT_C_GET, evt.EVT_C_MOVE)]
    with serving(_entity(), handlers) as port:
        try:
            yield port
        finally:
            ended.set()


@contextmanager
def without_status() -> Iterator[int]:
    """A peer whose C-FIND response has no Status."""

    def find(event: Event) -> Iterator[tuple[int, None]]:
        yield 0x0000, None

    def strip(event: Event) -> None:
        if "Status" in event.message.command_set:
            del event.message.command_set.Status

    with serving(_entity(), [(evt.EVT_C_FIND, find), (evt.EVT_DIMSE_SENT, strip)]) as port:
        yield port


@contextmanager
def finding(matches: Sequence[Dataset]) -> Iterator[int]:
    """A peer that answers a C-FIND with `matches`, whatever becomes of its client."""

    def find(event: Event) -> Iterator[tuple[int, Dataset | None]]:
        for match in matches:
            yield 0xFF00, match
        yield 0x0000, None

    with serving(_entity(), [(evt.EVT_C_FIND, find)]) as port:
        yield port


def _entity() -> AE:
    ae = AE("PEER")
    for context in QueryRetrievePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax))
    for context in StoragePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), scu_role=True, scp_role=True)
    ae.add_supported_context(Verification)
    return ae
