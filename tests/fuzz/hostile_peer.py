"""An SCP that answers C-GET and C-MOVE with objects that no honest archive has."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydicom.uid import UID
from pynetdicom import AE

from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.entity import listening_server
from dcmtools.net.transfer.stream import LinkEndedError, LinkTimeoutError
from dcmtools.net.transfer.takeover import end_now
from dcmtools.wire.commands import Command, CommandField

from .speaking import (
    CT,
    EXPLICIT,
    IMPLICIT,
    STUDY_FIND,
    STUDY_GET,
    STUDY_MOVE,
    VERIFICATION,
    Context,
    Talk,
    status_of,
    store_rq,
)

Instance = tuple[str, bytes]
"""The SOP Instance UID that the command names, and the dataset."""


class _Service:
    def __init__(self, instances: Sequence[Instance], matches: Sequence[bytes], store_port: int) -> None:
        self.statuses: dict[str, int | None] = {}
        self._instances = instances
        self._matches = matches
        self._store_port = store_port

    def requested(self, association) -> None:
        """Take everybody."""

    def ended(self, association) -> None:
        """Nothing to do."""

    def serve(self, association) -> None:
        """Answer until the association ends."""
        channel = Channel(association)
        contexts = {
            str(context.abstract_syntax): context.context_id for context in association.accepted_contexts
        }
        try:
            while True:
                arrived = channel.command(30)
                for _ in channel.pieces(arrived, 30):
                    pass
                request = arrived.command
                if request.field == CommandField.C_GET_RQ:
                    self._give(channel, contexts[CT])
                elif request.field == CommandField.C_MOVE_RQ:
                    self._push()
                response = Command(
                    field=request.field | 0x8000,
                    responded_to=request.message_id,
                    sop_class_uid=request.sop_class_uid,
                    status=0,
                )
                if request.field == CommandField.C_FIND_RQ:
                    for match in self._matches:
                        pending = response._replace(status=0xFF00, has_dataset=True)
                        channel.send(arrived.context_id, pending, [match])
                else:
                    response = response._replace(completed=len(self._instances), failed=0, warning=0)
                channel.send(arrived.context_id, response)
        except LinkEndedError:
            channel.close()
        except LinkTimeoutError:
            end_now(association)

    def _give(self, channel: Channel, context_id: int) -> None:
        for number, (uid, dataset) in enumerate(self._instances, start=1):
            channel.send(context_id, store_rq(uid, number), [dataset])
            self.statuses[uid] = channel.command(30).command.status

    def _push(self) -> None:
        for number, (uid, dataset) in enumerate(self._instances, start=1):
            with Talk(self._store_port, 30) as talk:
                assert talk.associate([Context(1, CT, EXPLICIT)], called=b"STORESCP")
                self.statuses[uid] = status_of(talk.ask(1, store_rq(uid, number), dataset))
                talk.release()


@contextmanager
def hostile_peer(
    instances: Sequence[Instance] = (), *, matches: Sequence[bytes] = (), store_port: int = 0
) -> Iterator[tuple[int, dict[str, int | None]]]:
    """Listen on a loopback port: gives it, and the status that each instance got.

    C-GET is answered with `instances`, C-MOVE by sending them to `store_port` of this machine, C-FIND
    with `matches`.
    """
    entity = AE("HOSTILE")
    for sop_class in (VERIFICATION, STUDY_FIND, STUDY_GET, STUDY_MOVE):
        entity.add_supported_context(sop_class, [UID(EXPLICIT), UID(IMPLICIT)])
    entity.add_supported_context(CT, [UID(EXPLICIT)], scu_role=True, scp_role=True)
    service = _Service(instances, matches, store_port)
    server = listening_server(entity, ("127.0.0.1", 0), entity.supported_contexts, service=service)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1], service.statuses
    finally:
        server.shutdown()
        thread.join()
