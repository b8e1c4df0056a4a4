"""Listening for associations (PS3.8 section 7.1) and serving them."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ASSOCIATE

from dcmtools.errors import ListenError
from dcmtools.net.access import Access, plain_address
from dcmtools.net.admission import Admission
from dcmtools.net.association import Limits
from dcmtools.net.events import (
    Associated,
    Dissociated,
    Injected,
    Listening,
    NotReceived,
    Received,
    Receiving,
    Rejected,
)
from dcmtools.net.query_negotiation import accepted_flags
from dcmtools.net.reception import StorageProvider
from dcmtools.net.service import ServiceProvider
from dcmtools.net.stopping import Stopping
from dcmtools.net.supported_contexts import SupportedContexts
from dcmtools.net.transfer.entity import ServingServer, listening_server

if TYPE_CHECKING:
    from dcmtools.net.archive_provider import ArchiveProvider
    from dcmtools.net.faults import FaultPlan
    from dcmtools.net.faulty_service import FaultMaker

LOGGER = logging.getLogger(__name__)

Event = Listening | Rejected | Associated | Dissociated | Injected | Receiving | Received | NotReceived

_POLL = 0.1  # seconds within which the accepting thread notices that it has to stop
_LAST_MOMENT = 2.0  # seconds for the abort of an association that would not end
_NO_LIMIT = 1 << 30


@dataclass(frozen=True)
class ServerSettings:
    """How an SCP listens; `transfer_syntaxes` in the order in which they are accepted.

    `any_sop_class` also accepts SOP classes that are not known, as Storage. `prefer_proposed`
    accepts the transfer syntax that is proposed first in a context, where it is supported.
    `share_port` lets other processes listen on the port too: the system shares out the connections.
    A port of 0 is any that is free, an empty bind address means all interfaces. `access` says who
    may do what, `max_per_address` how many associations one address may have (None: as many as
    all together); with `tls` there are no connections without it. `request_timeout` is how many
    seconds a request may take to arrive, however much it is (None: no limit). `faults` are made on
    purpose.
    """

    ae_title: str
    port: int
    sop_classes: Sequence[str]
    transfer_syntaxes: Sequence[str]
    bind_address: str = ""
    limits: Limits = field(default_factory=Limits)
    max_associations: int = 100
    max_per_address: int | None = None
    request_timeout: float | None = None
    any_sop_class: bool = False
    prefer_proposed: bool = False
    share_port: bool = False
    access: Access = field(default_factory=Access)
    tls: ssl.SSLContext | None = None
    faults: FaultPlan | None = None


class Server:
    """A running SCP, which answers C-ECHO, and more with a `storage` or an `archive`.

    `report` is told what happens, from the threads of the associations. Raises `ListenError`.
    """

    def __init__(
        self,
        settings: ServerSettings,
        report: Callable[[Event], None],
        storage: StorageProvider | None = None,
        archive: ArchiveProvider | None = None,
    ) -> None:
        self._settings = settings
        self._contexts = SupportedContexts(
            settings.sop_classes,
            settings.transfer_syntaxes,
            any_sop_class=settings.any_sop_class,
            prefer_proposed=settings.prefer_proposed,
        )
        self._stopping = Stopping()
        self._provider = ServiceProvider(
            self._stopping, storage, archive, settings.access, settings.request_timeout
        )
        self._admission = Admission(settings.access, settings.max_associations, settings.max_per_address)
        self._maker: FaultMaker | None = None
        if settings.faults is not None:
            from dcmtools.net import faulty_service  # noqa: PLC0415 - for tests only

            self._maker = faulty_service.FaultMaker(settings.faults, self._stopping, report)
            self._provider = faulty_service.FaultyServiceProvider(
                self._maker,
                self._stopping,
                storage,
                archive,
                settings.access,
                request_timeout=settings.request_timeout,
            )
        self._report = report
        self._served: dict[int, Associated] = {}
        self._server = self._bound()
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name="dcmtools-server", daemon=True
        )
        self._thread.start()
        self._is_listening = True
        report(Listening(settings.bind_address, self.port))

    @property
    def busy(self) -> bool:
        """Whether there is an association."""
        return self._admission.busy

    def stop(self, grace: float = 5.0) -> None:
        """Accept no more; let associations end what they are at, for at most `grace` seconds.

        It can be called again, with less of them.
        """
        if self._is_listening:
            self._is_listening = False
            self._server.shutdown()
        self._stopping.begin(grace)
        self._admission.wait_until_idle(grace + _LAST_MOMENT)

    def requested(self, association: Association) -> None:
        """Reject who may not associate, and what exceeds the maximum of associations; negotiate."""
        rejection = None if self._maker is None else self._maker.disturb_request(association)
        if association.is_aborted:
            return
        rejection = rejection or self._admission.rejection(association)
        if rejection is not None:
            LOGGER.info("Rejecting Association")
            requestor = self._admission.requestor(association)
            self._report(Rejected(*requestor, rejection.why))
            association.acse.send_reject(rejection.result, rejection.source, rejection.reason)
            association.is_rejected = True
            association.kill()
        else:
            association.bind(evt.EVT_SOP_EXTENDED, _accepted_flags)
            proposed = cast(A_ASSOCIATE, association.requestor.primitive)
            association.acceptor.supported_contexts = self._contexts.fitted(
                proposed.presentation_context_definition_list, receiving=_received(association)
            )

    def serve(self, association: Association) -> None:
        """Answer the messages of `association`."""
        requestor, request = association.requestor, cast(A_ASSOCIATE, association.requestor.primitive)
        began = Associated(
            str(request.calling_ae_title).strip(),
            str(request.called_ae_title).strip(),
            plain_address(requestor.address or ""),
            requestor.port or 0,
        )
        self._served[id(association)] = began
        self._report(began)
        self._provider.serve(association)

    def ended(self, association: Association) -> None:
        """Forget `association`."""
        if (began := self._served.pop(id(association), None)) is not None:
            self._report(Dissociated(*began, association.is_released))
        self._admission.ended(association)

    def _bound(self) -> ServingServer:
        settings = self._settings
        entity = AE(ae_title=settings.ae_title)
        entity.acse_timeout = settings.limits.acse
        entity.dimse_timeout = settings.limits.dimse
        entity.network_timeout = settings.limits.network
        entity.maximum_pdu_size = settings.limits.max_pdu
        entity.maximum_associations = _NO_LIMIT  # pynetdicom would count half-open connections too
        address = settings.bind_address or ("::" if socket.has_dualstack_ipv6() else "")
        try:
            return listening_server(
                entity,
                (address, settings.port),
                self._contexts.contexts,
                service=self,
                ssl_context=settings.tls,
                share_port=settings.share_port,
            )
        except OSError as exc:
            where = f"{settings.bind_address or 'all interfaces'}, port {settings.port}"
            reason = exc.strerror or str(exc)
            hint = "is another program listening there?" if exc.errno == errno.EADDRINUSE else None
            raise ListenError(f"cannot listen on {where}: {reason}", hint=hint) from exc


def _received(association: Association) -> set[str]:
    """Return the SOP classes of which the requestor offers to receive objects: the SCP role."""
    roles = association.requestor.role_selection
    return {str(uid) for uid, role in roles.items() if role.scp_role}


def _accepted_flags(event: evt.Event) -> dict[UID, bytes]:
    """Answer the extended negotiation of queries and retrievals (a handler of EVT_SOP_EXTENDED)."""
    proposed = cast(dict[UID, bytes], event.app_info)  # type: ignore[attr-defined]
    answers = accepted_flags({str(uid): flags for uid, flags in proposed.items()})
    return {UID(uid): flags for uid, flags in answers.items()}
