"""Listening for associations (PS3.8 section 7.1) and serving them."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field

from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from dcmtools.errors import ListenError
from dcmtools.net.association import Limits
from dcmtools.net.events import Listening, NotReceived, Received, Receiving
from dcmtools.net.reception import StorageProvider
from dcmtools.net.service import ServiceProvider, Stopping
from dcmtools.net.transfer.entity import ServingServer, listening_server

LOGGER = logging.getLogger(__name__)

Event = Listening | Receiving | Received | NotReceived

_PLAIN = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN)
_POLL = 0.1  # seconds within which the accepting thread notices that it has to stop
_LAST_MOMENT = 2.0  # seconds for the abort of an association that would not end
_NO_LIMIT = 1 << 30


@dataclass(frozen=True)
class ServerSettings:
    """How an SCP listens; `transfer_syntaxes` in the order in which they are accepted.

    `any_sop_class` also accepts SOP classes that are not known, as Storage. `prefer_proposed`
    accepts the transfer syntax that is proposed first in a context, where it is supported.
    `share_port` lets other processes listen on the port too: the system shares out the connections.
    A port of 0 is any that is free, an empty bind address means all interfaces.
    """

    ae_title: str
    port: int
    sop_classes: Sequence[str]
    transfer_syntaxes: Sequence[str]
    bind_address: str = ""
    limits: Limits = field(default_factory=Limits)
    max_associations: int = 100
    require_called_aet: bool = False
    any_sop_class: bool = False
    prefer_proposed: bool = False
    share_port: bool = False
    tls: ssl.SSLContext | None = None


class Server:
    """A running SCP.

    `report` is told what happens, from the threads of the associations. Raises `ListenError`.
    """

    def __init__(
        self,
        settings: ServerSettings,
        report: Callable[[Event], None],
        storage: StorageProvider | None = None,
    ) -> None:
        self._settings = settings
        self._stopping = Stopping()
        self._provider = ServiceProvider(self._stopping, storage)
        self._associations: set[int] = set()
        self._changed = threading.Condition()
        self._server = self._bound()
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name="dcmtools-server", daemon=True
        )
        self._thread.start()
        report(Listening(settings.bind_address, self.port))

    @property
    def busy(self) -> bool:
        """Whether there is an association."""
        return bool(self._associations)

    def stop(self, grace: float = 5.0) -> None:
        """Accept no more; let associations end what they are at, for at most `grace` seconds."""
        self._server.shutdown()
        self._stopping.begin(grace)
        with self._changed:
            self._changed.wait_for(lambda: not self._associations, grace + _LAST_MOMENT)

    def requested(self, association: Association) -> None:
        """Reject what exceeds the maximum of associations; take in unknown SOP classes if asked to."""
        with self._changed:
            full = len(self._associations) >= self._settings.max_associations
            if not full:
                self._associations.add(id(association))
        if full:
            LOGGER.info("Rejecting Association")
            association.acse.send_reject(0x02, 0x03, 0x02)  # transient, local limit exceeded
            association.is_rejected = True
            association.kill()
        else:
            self._adapt(association)

    def serve(self, association: Association) -> None:
        """Answer the messages of `association`."""
        self._provider.serve(association)

    def ended(self, association: Association) -> None:
        """Forget `association`."""
        with self._changed:
            self._associations.discard(id(association))
            self._changed.notify_all()

    def _adapt(self, association: Association) -> None:
        """Fit the supported contexts to what the requestor proposes."""
        proposed = association.requestor.primitive.presentation_context_definition_list  # type: ignore[union-attr]
        supported = {str(cx.abstract_syntax): cx for cx in association.acceptor.supported_contexts}
        if self._settings.any_sop_class:
            for context in proposed:
                uid = str(context.abstract_syntax)
                if uid not in supported and UID(uid).type not in ("SOP Class", "Meta SOP Class"):
                    supported[uid] = build_context(uid, list(self._settings.transfer_syntaxes))
        if self._settings.prefer_proposed:
            for uid, firsts in _first_proposed(proposed).items():
                if uid in supported:
                    known = [str(syntax) for syntax in supported[uid].transfer_syntax]
                    order = dict.fromkeys((*(syntax for syntax in firsts if syntax in known), *known))
                    supported[uid] = build_context(uid, list(order))
        association.acceptor.supported_contexts = list(supported.values())

    def _bound(self) -> ServingServer:
        settings = self._settings
        entity = AE(ae_title=settings.ae_title)
        entity.acse_timeout = settings.limits.acse
        entity.dimse_timeout = settings.limits.dimse
        entity.network_timeout = settings.limits.network
        entity.maximum_pdu_size = settings.limits.max_pdu
        entity.maximum_associations = _NO_LIMIT  # pynetdicom would count half-open connections too
        entity.require_called_aet = settings.require_called_aet
        contexts = _supported(settings.sop_classes, settings.transfer_syntaxes)
        address = settings.bind_address or ("::" if socket.has_dualstack_ipv6() else "")
        try:
            return listening_server(
                entity,
                (address, settings.port),
                contexts,
                service=self,
                ssl_context=settings.tls,
                share_port=settings.share_port,
            )
        except OSError as exc:
            where = f"{settings.bind_address or 'all interfaces'}, port {settings.port}"
            reason = exc.strerror or str(exc)
            hint = "is another program listening there?" if exc.errno == errno.EADDRINUSE else None
            raise ListenError(f"cannot listen on {where}: {reason}", hint=hint) from exc


def _supported(sop_classes: Sequence[str], transfer_syntaxes: Sequence[str]) -> list[PresentationContext]:
    """Return a context for each SOP class; they share one list, which pynetdicom checks only once."""
    template = build_context(sop_classes[0], list(transfer_syntaxes))
    contexts = []
    for sop_class in sop_classes:
        context = copy(template)
        context.abstract_syntax = UID(sop_class)
        contexts.append(context)
    return contexts


def _first_proposed(proposed: Sequence[PresentationContext]) -> dict[str, list[str]]:
    """Return what is proposed first in the contexts of each SOP class.

    pynetdicom has one order for all contexts of a SOP class: uncompressed transfer syntaxes come
    last in it, because those with a compressed one first mostly have them too.
    """
    firsts: dict[str, list[str]] = {}
    for context in proposed:
        firsts.setdefault(str(context.abstract_syntax), []).append(str(context.transfer_syntax[0]))
    return {uid: sorted(syntaxes, key=_PLAIN.__contains__) for uid, syntaxes in firsts.items()}
