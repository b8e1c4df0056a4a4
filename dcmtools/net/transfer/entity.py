"""pynetdicom's application entity, requestor and acceptor, over sockets that can be taken over.

What is used of pynetdicom's internals, and why:

- `AE._create_socket` and `RequestHandler._create_association` are where it makes its sockets;
- `DULServiceProvider.to_user_queue` is where an acceptor waits for the request;
- `Association._run_reactor` is what an acceptor does between accepting and releasing;
- `AssociationServer.get_request` accepts a connection, and would wait for its TLS handshake;
- `DULServiceProvider.daemon`, so that an interrupted process does not wait for its threads.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from pynetdicom import AE
from pynetdicom import evt as events
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.association import Association
from pynetdicom.pdu import A_ASSOCIATE_AC
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from dcmtools.net.access import plain_address
from dcmtools.net.tls_failures import TlsHandshakeError, tls_failure
from dcmtools.net.transfer.containment import contain
from dcmtools.net.transfer.sockets import Endpoint, SharedSocket
from dcmtools.net.transfer.takeover import end_now, shared_socket

if TYPE_CHECKING:
    from ssl import SSLContext

    from pynetdicom.presentation import PresentationContext
    from pynetdicom.transport import AddressInformation, AssociationSocket

LOGGER = logging.getLogger(__name__)

_GLANCE = 0.5  # seconds between two looks whether pynetdicom's thread, which sends the answer, is alive


class AssociationService(Protocol):
    """What a server does with its associations; each method is called in the association's thread."""

    def requested(self, association: Association) -> None:
        """An association was requested; here it can still be rejected."""

    def serve(self, association: Association) -> None:
        """Answer the messages of an established association, until it ends."""

    def ended(self, association: Association) -> None:
        """The association, or the attempt at one, is over."""


class RequestingEntity(AE):
    """An application entity that connects to the first of `endpoints` that answers."""

    def __init__(self, ae_title: str, endpoints: Sequence[Endpoint]) -> None:
        super().__init__(ae_title=ae_title)
        self.endpoints = endpoints
        self.link: SharedSocket

    def _create_socket(
        self,
        assoc: Association,
        address: AddressInformation,  # noqa: ARG002 - the system chooses
        tls_args: tuple[SSLContext, str] | None,
    ) -> AssociationSocket:
        assoc.dul.daemon = True
        contain(assoc)
        self.link = SharedSocket(assoc, endpoints=self.endpoints)
        self.link.patience = self.network_timeout
        self.link.tls_args = tls_args
        return self.link


class ServedAssociation(Association):
    """An acceptor's association whose messages are answered by `service`."""

    service: AssociationService
    tls: SSLContext | None = None

    def run_reactor(self) -> None:
        """Negotiate and serve: the whole life of the association's thread."""
        try:
            if self.tls is None or self._is_secured(self.tls):
                super().run_reactor()
        except Exception as exc:  # pynetdicom's, about a request that is not what it should be
            LOGGER.error("Association aborted: the request cannot be negotiated: %s", exc)
            end_now(self)
        finally:
            self.service.ended(self)

    def _is_secured(self, context: SSLContext) -> bool:
        """Do the TLS handshake, and say why there is none."""
        try:
            shared_socket(self).secure(context, self.acse_timeout)
        except TlsHandshakeError as exc:
            level = logging.INFO if exc.is_silent else logging.ERROR
            address = plain_address(self.requestor.address or "")
            reason, _ = tls_failure(exc)
            LOGGER.log(level, "TLS with %s:%s failed: %s", address, self.requestor.port, reason)
            return False
        return True

    def _run_reactor(self) -> None:
        answered = shared_socket(self).answered
        while not answered.wait(_GLANCE) and self.dul.is_alive():
            pass
        try:
            self.service.serve(self)
        except Exception:  # a defect must cost one association, never a thread that hangs
            LOGGER.exception("Association aborted because of an internal error")
            end_now(self)
        super()._run_reactor()


class ServingHandler(RequestHandler):
    """Makes a `ServedAssociation` for each connection."""

    def _create_association(self) -> Association:
        server = cast(ServingServer, self.server)
        association = ServedAssociation(self.ae, MODE_ACCEPTOR)
        association._server = server
        association.service = server.service
        association.tls = server.ssl_context
        association.name = f"AcceptorThread@{datetime.now():%Y%m%d%H%M%S}"
        association.dul.daemon = True
        link = SharedSocket(association, client_socket=self.request)
        link.patience = self.ae.acse_timeout
        association.set_socket(link)
        acceptor = association.acceptor
        acceptor.maximum_length = self.ae.maximum_pdu_size
        acceptor.ae_title = server.ae_title
        acceptor.address_info = self.local
        acceptor.implementation_class_uid = self.ae.implementation_class_uid
        acceptor.implementation_version_name = self.ae.implementation_version_name
        acceptor.supported_contexts = server.contexts  # never changed, so never copied
        association.requestor.address_info = self.remote
        for event, handlers in server._handlers.items():
            if isinstance(event, events.NotificationEvent):
                for handler, arguments in cast(list[Any], handlers):
                    association.bind(event, handler, arguments)
            elif handlers:
                association.bind(event, *cast(tuple[Any, Any], handlers))
        contain(association)
        association.bind(events.EVT_PDU_RECV, _heard)
        association.bind(events.EVT_PDU_SENT, _sent)
        association.bind(events.EVT_REQUESTED, _requested)
        association.bind(events.EVT_CONN_CLOSE, _closed)
        return association


def _heard(event: events.Event) -> None:
    # in pynetdicom's thread, which must read no further until the association is served: the
    # requestor's first message may come right behind, and be taken for a violation of the protocol
    shared_socket(event.assoc).deaf = True


def _sent(event: events.Event) -> None:
    # what the association's thread says must not go out before the answer to the request
    if isinstance(event.pdu, A_ASSOCIATE_AC):
        shared_socket(event.assoc).answered.set()


def _requested(event: events.Event) -> None:
    association = cast(ServedAssociation, event.assoc)
    association.service.requested(association)


def _closed(event: events.Event) -> None:
    if event.assoc.requestor.primitive is None:
        # the association's thread would wait for the request until the ACSE time-out
        cast(Any, event.assoc.dul.to_user_queue).put(None)


class ServingServer(ThreadedAssociationServer):
    """Accepts connections and runs each association with `service`."""

    request_queue_size = 128
    daemon_threads = True
    service: AssociationService
    share_port = False

    def server_bind(self) -> None:
        """Bind; the unspecified IPv6 address takes IPv4 connections too."""
        if self.share_port:
            cast(socket.socket, self.socket).setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if self.address_info.address == "::" and socket.has_dualstack_ipv6():
            cast(socket.socket, self.socket).setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()
        cast(socket.socket, self.socket).setblocking(False)  # a connection may be gone before it is accepted

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the association's own thread does the TLS handshake."""
        return cast(socket.socket, self.socket).accept()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ended before it was handled is nothing to report."""


class PortSharingServer(ServingServer):
    """Lets other processes listen on its port too."""

    share_port = True


def listening_server(
    entity: AE,
    address: tuple[str, int],
    contexts: list[PresentationContext],
    *,
    service: AssociationService,
    ssl_context: SSLContext | None = None,
    share_port: bool = False,
) -> ServingServer:
    """Bind to `address` and return the server; its `serve_forever` has yet to be called.

    Raises OSError when the address cannot be listened on.
    """
    server = entity.make_server(
        address,
        ae_title=entity.ae_title,
        contexts=contexts,
        ssl_context=ssl_context,
        server_class=PortSharingServer if share_port else ServingServer,
        request_handler=ServingHandler,
    )
    serving = cast(ServingServer, server)
    serving.service = service
    entity._servers.append(serving)
    return serving
