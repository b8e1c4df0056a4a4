"""Scripted SCPs of the Query/Retrieve and Worklist service classes, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pydicom import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, QueryRetrievePresentationContexts, StoragePresentationContexts, evt
from pynetdicom.dimse_messages import C_MOVE_RSP
from pynetdicom.events import Event
from pynetdicom.sop_class import ModalityWorklistInformationFind, UnifiedProcedureStepPull

from .scripted import serving

PENDING = 0xFF00
CANCEL = 0xFE00
_CANCEL_TIMEOUT = 10.0


@dataclass
class QueryPeer:
    """What an SCP of queries saw."""

    port: int = 0
    identifiers: list[bytes] = field(default_factory=list)
    explicit: bool = True
    extended: dict[str, bytes] = field(default_factory=dict)
    proposed: list[str] = field(default_factory=list)
    cancelled: bool = False

    def identifier(self) -> Dataset:
        """The last identifier received, its text not decoded."""
        return read_dataset(BytesIO(self.identifiers[-1]), not self.explicit, True)


@contextmanager
def find_peer(
    matches: Sequence[Dataset] = (),
    *,
    status: int = 0x0000,
    cancel_after: int | None = None,
    abort_at: int | None = None,
) -> Iterator[QueryPeer]:
    """A C-FIND SCP that answers every query with `matches` and the final `status`.

    With `cancel_after` it stops after that many matches and waits to be cancelled; with `abort_at`
    it aborts the association at that query, counted from 1.
    """
    peer = QueryPeer()

    def handle_find(event: Event) -> Iterator[tuple[int, Dataset | None]]:
        peer.identifiers.append(event.request.Identifier.getvalue())
        peer.explicit = not event.context.transfer_syntax.is_implicit_VR
        if len(peer.identifiers) == abort_at:
            event.assoc.abort()
            return
        for number, match in enumerate(matches):
            if number == cancel_after:
                peer.cancelled = _wait_for_cancel(event)
                yield CANCEL, None
                return
            yield PENDING, match
        yield status, None

    with _query_scp(peer, [(evt.EVT_C_FIND, handle_find)]) as peer:
        yield peer


def _wait_for_cancel(event: Event) -> bool:
    """Whether a C-CANCEL came; pynetdicom offers nothing to wait on."""
    pause = threading.Event()
    for _ in range(int(_CANCEL_TIMEOUT / 0.02)):
        if event.is_cancelled:
            return True
        pause.wait(0.02)
    return False


@contextmanager
def get_peer(instances: Sequence[Dataset], *, status: int | None = None) -> Iterator[QueryPeer]:
    """A C-GET SCP that sends `instances`; with `status` it refuses instead."""
    peer = QueryPeer()

    def handle_get(event: Event) -> Iterator[Any]:
        peer.identifiers.append(event.request.Identifier.getvalue())
        yield len(instances) or 1
        if status is not None:
            yield status, None
        for instance in instances:
            yield PENDING, instance

    with _query_scp(peer, [(evt.EVT_C_GET, handle_get)]) as peer:
        yield peer


@contextmanager
def move_peer(
    instances: Sequence[Dataset],
    *,
    destination: Callable[[], int],
    status: int | None = None,
    silence: float = 0,
    late: bool = False,
) -> Iterator[QueryPeer]:
    """A C-MOVE SCP that sends `instances` to the port that `destination` gives.

    It is silent for `silence` seconds first; with `status` it refuses instead; `late` lets it
    report the sub-operations as done before it starts them.
    """
    peer = QueryPeer()
    senders: list[threading.Thread] = []
    titles: list[str] = []

    def handle_move(event: Event) -> Iterator[Any]:
        peer.identifiers.append(event.request.Identifier.getvalue())
        titles.append(event.request.MoveDestination)
        threading.Event().wait(silence)
        if late:
            yield "127.0.0.1", destination()
            yield 0
            return
        yield "127.0.0.1", destination(), {"contexts": StoragePresentationContexts}
        yield len(instances) or 1
        if status is not None:
            yield status, None
        for instance in instances:
            yield PENDING, instance

    def handle_sent(event: Event) -> None:
        if late and isinstance(event.message, C_MOVE_RSP):
            event.message.command_set.NumberOfCompletedSuboperations = len(instances)
            sending = (destination(), titles[-1], instances)
            senders.append(threading.Thread(target=_send_late, args=sending))
            senders[-1].start()

    with _query_scp(peer, [(evt.EVT_C_MOVE, handle_move), (evt.EVT_DIMSE_SENT, handle_sent)]) as peer:
        yield peer
    for sender in senders:
        sender.join()


def _send_late(port: int, ae_title: str, instances: Sequence[Dataset]) -> None:
    """Store the instances half a second after the C-MOVE has ended."""
    threading.Event().wait(0.5)
    ae = AE("LATE")
    ae.requested_contexts = StoragePresentationContexts
    association = ae.associate("127.0.0.1", port, ae_title=ae_title)
    if association.is_established:
        for instance in instances:
            association.send_c_store(instance)
        association.release()


@contextmanager
def _query_scp(peer: QueryPeer, handlers: Sequence[Any]) -> Iterator[QueryPeer]:
    def handle_requested(event: Event) -> None:
        requestor = event.assoc.requestor
        peer.proposed += [str(context.abstract_syntax) for context in requestor.requested_contexts]
        peer.extended |= {str(uid): item for uid, item in requestor.sop_class_extended.items()}

    ae = AE("PEER")
    for context in QueryRetrievePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), ExplicitVRLittleEndian)
    for sop_class in (ModalityWorklistInformationFind, UnifiedProcedureStepPull):
        ae.add_supported_context(sop_class, ExplicitVRLittleEndian)
    for context in StoragePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), scu_role=True, scp_role=True)
    all_handlers = [
        (evt.EVT_REQUESTED, handle_requested),
        (evt.EVT_SOP_EXTENDED, lambda event: event.app_info),
        *handlers,
    ]
    with serving(ae, all_handlers) as peer.port:
        yield peer
