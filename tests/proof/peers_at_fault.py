"""Peers that fail at a request of any kind, in this process, and the cases of proof that call them."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from pynetdicom import AE, QueryRetrievePresentationContexts, StoragePresentationContexts, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification

from ..interop.peers.scripted import SUCCESS, Fault, StorePeer, serving

_AT_ONCE = 4
Case = TypeVar("Case")


def connection_of(event: Event) -> socket.socket:
    """The socket below the association of an event."""
    link = event.assoc.dul.socket
    assert link is not None and link.socket is not None
    return link.socket


def reset_at(number_to_reset: int) -> Fault:
    """Reset the connection in place of one answer."""

    def fault(event: Event, number: int, peer: StorePeer) -> int | None:
        if number != number_to_reset:
            return SUCCESS
        _reset(event)
        return None

    return fault


def garbage_at(number_to_garble: int) -> Fault:
    """Answer one request with what is no DICOM."""

    def fault(event: Event, number: int, peer: StorePeer) -> int | None:
        if number != number_to_garble:
            return SUCCESS
        connection_of(event).sendall(b"HTTP/1.1 500 Internal Server Error\r\n\r\n" * 10)
        peer.ended.wait(1)
        event.assoc.kill()
        return None

    return fault


def _reset(event: Event) -> None:
    connection = connection_of(event)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link = event.assoc.dul.socket
    assert link is not None
    link.close()
    event.assoc.kill()


class Failing(NamedTuple):
    """How a peer fails when a request comes: its name, and what it does."""

    name: str
    act: Callable[[Event, threading.Event], None]


def _abort(event: Event, ended: threading.Event) -> None:
    event.assoc.abort()


def _close(event: Event, ended: threading.Event) -> None:
    link = event.assoc.dul.socket
    assert link is not None
    link.close()
    event.assoc.kill()


def _stall(event: Event, ended: threading.Event) -> None:
    ended.wait()
    event.assoc.kill()


ABORTING, CLOSING, STALLING = Failing("abort", _abort), Failing("close", _close), Failing("hang", _stall)
RESETTING = Failing("reset", lambda event, ended: _reset(event))


@contextmanager
def failing_peer(failing: Failing) -> Iterator[int]:
    """A peer of all service classes that fails at the first request."""
    ae, ended = AE("PEER"), threading.Event()
    for context in QueryRetrievePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax))
    for context in StoragePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), scu_role=True, scp_role=True)
    ae.add_supported_context(Verification)
    with serving(ae, [(evt.EVT_DIMSE_RECV, lambda event: failing.act(event, ended))]) as port:
        try:
            yield port
        finally:
            ended.set()


def side_by_side(play: Callable[[Case], list[str]], cases: Sequence[Case]) -> list[str]:
    """Play all cases, some at once, and return the faults of all."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [fault for faults in pool.map(play, cases) for fault in faults]


def spread(cases: Sequence[Case], size: int) -> list[Case]:
    """Choose `size` of the cases, evenly spread."""
    return list(cases) if size >= len(cases) else [cases[n * len(cases) // size] for n in range(size)]
