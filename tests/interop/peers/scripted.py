"""Peers that play a part: SCPs in this process that keep what they see and fail on request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydicom.uid import AllTransferSyntaxes
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.dimse_messages import C_STORE_RSP
from pynetdicom.events import Event, EventHandlerType
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import Verification

SUCCESS = 0x0000


@contextmanager
def serving(ae: AE, handlers: Sequence[EventHandlerType]) -> Iterator[int]:
    """Let `ae` listen on a free loopback port, which the block is given.

    In the end the connections are closed that pynetdicom leaves open when an association ends badly:
    garbage collection would warn of them in some other test.
    """
    connections: list[socket.socket] = []

    def keep(event: Event) -> None:
        link = event.assoc.dul.socket
        if link is not None and link.socket is not None:
            connections.append(link.socket)

    opened = (evt.EVT_CONN_OPEN, keep)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[*handlers, opened])
    assert server is not None
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        for connection in connections:
            connection.close()


@dataclass
class StorePeer:
    """What a storage SCP saw: all requests, and of those that it answered with success more."""

    port: int = 0
    requests: list[str] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    syntaxes: dict[str, str] = field(default_factory=dict)
    associations: int = 0
    titles: tuple[str, str] = ("", "")
    """The calling and the called AE title of the last association."""
    contexts: list[PresentationContext] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: what a silent peer waits for."""


Fault = Callable[[Event, int, StorePeer], int | None]
"""Plays one C-STORE request, the n-th of all from 1 on; gives the status, None for no answer."""


def no_fault(event: Event, number: int, peer: StorePeer) -> int | None:
    """Store everything."""
    return SUCCESS


def status_at(numbers: Sequence[int], status: int) -> Fault:
    """Answer the requests of these numbers with `status`."""
    return lambda event, number, peer: status if number in numbers else SUCCESS


def abort_at(number_to_abort: int) -> Fault:
    """Abort the association in place of one answer."""

    def fault(event: Event, number: int, peer: StorePeer) -> int | None:
        if number != number_to_abort:
            return SUCCESS
        event.assoc.abort()
        return None

    return fault


def close_at(number_to_close: int) -> Fault:
    """Close the connection in place of one answer."""

    def fault(event: Event, number: int, peer: StorePeer) -> int | None:
        if number != number_to_close:
            return SUCCESS
        connection = event.assoc.dul.socket
        assert connection is not None
        connection.close()
        event.assoc.kill()
        return None

    return fault


def silence_at(number_to_ignore: int) -> Fault:
    """Give one request no answer for as long as the test lasts."""

    def fault(event: Event, number: int, peer: StorePeer) -> int | None:
        if number != number_to_ignore:
            return SUCCESS
        peer.ended.wait()
        event.assoc.abort()
        return None

    return fault


@contextmanager
def store_peer(
    fault: Fault = no_fault,
    *,
    contexts: Sequence[str] | None = None,
    syntaxes: Sequence[str] = AllTransferSyntaxes,
    wrong_message_id_at: int = 0,
    ae_title: str = "PEER",
    demand: Callable[[AE], None] = lambda ae: None,
) -> Iterator[StorePeer]:
    """A storage SCP of the SOP classes `contexts` (all that pynetdicom knows) with a `fault`.

    `demand` may set what the application entity asks of those that associate.
    """
    peer = StorePeer()

    def handle_store(event: Event) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        peer.requests.append(uid)
        status = fault(event, len(peer.requests), peer)
        if status == SUCCESS:
            peer.stored[uid] = event.request.DataSet.getvalue()
            peer.syntaxes[uid] = str(event.context.transfer_syntax)
        return SUCCESS if status is None else status

    def handle_requested(event: Event) -> None:
        peer.associations += 1
        request = event.assoc.requestor.primitive
        peer.titles = (request.calling_ae_title, request.called_ae_title)
        peer.contexts += event.assoc.requestor.requested_contexts

    def handle_sent(event: Event) -> None:
        if isinstance(event.message, C_STORE_RSP) and len(peer.requests) == wrong_message_id_at:
            event.message.command_set.MessageIDBeingRespondedTo += 1000

    ae = AE(ae_title)
    ae.add_supported_context(Verification)
    for sop_class in contexts or [context.abstract_syntax for context in AllStoragePresentationContexts]:
        ae.add_supported_context(str(sop_class), list(syntaxes))
    demand(ae)
    handlers = [
        (evt.EVT_C_STORE, handle_store),
        (evt.EVT_REQUESTED, handle_requested),
        (evt.EVT_DIMSE_SENT, handle_sent),
    ]
    with serving(ae, handlers) as peer.port:
        try:
            yield peer
        finally:
            peer.ended.set()


@contextmanager
def echo_peer(status: int) -> Iterator[int]:
    """A verification SCP that answers with `status`."""
    ae = AE("PEER")
    ae.add_supported_context(Verification)
    with serving(ae, [(evt.EVT_C_ECHO, lambda event: status)]) as port:
        yield port
