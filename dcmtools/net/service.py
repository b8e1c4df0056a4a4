"""The SCP side of an association: reads requests and answers them, until it ends."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from dcmtools.net.statuses import SOP_CLASS_NOT_SUPPORTED, SUCCESS, UNRECOGNISED_OPERATION
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.stream import LinkEndedError, LinkTimeoutError
from dcmtools.net.transfer.takeover import end_now
from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.errors import WireError

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

    from dcmtools.net.reception import StorageProvider
    from dcmtools.wire.messages import CommandArrived

LOGGER = logging.getLogger(__name__)

_GLANCE = 0.25  # seconds between two looks whether the server is stopping
_PATIENCE = 0.5  # seconds that an association may be idle while the server is stopping
_RESPONSE_BIT = 0x8000


class Stopping:
    """Tells the associations of a server that it stops, and until when they may go on."""

    def __init__(self) -> None:
        self._deadline: float | None = None

    def begin(self, grace: float) -> None:
        """From now on idle associations are ended, and after `grace` seconds all of them."""
        self._deadline = time.monotonic() + grace

    def ends(self, idle_since: float) -> bool:
        """Whether an association that is idle since that moment (monotonic) has to end now."""
        if self._deadline is None:
            return False
        now = time.monotonic()
        return now >= self._deadline or now - idle_since >= _PATIENCE


class ServiceProvider:
    """Answers C-ECHO, and C-STORE where there is a `storage`."""

    def __init__(self, stopping: Stopping, storage: StorageProvider | None = None) -> None:
        self._stopping = stopping
        self._storage = storage

    def serve(self, association: Association) -> None:
        """Serve until the association ends; a release or an abort of the peer is left to pynetdicom."""
        try:
            channel = Channel(association)
        except LinkEndedError:
            return
        try:
            contexts = {context.context_id: context for context in association.accepted_contexts}
            while (arrived := self._next_request(channel)) is not None:
                context = contexts.get(arrived.context_id)
                if context is None:
                    LOGGER.error("Received a message on a presentation context that was not accepted")
                    break
                self._answer(channel, context, arrived)
            end_now(association)
        except LinkEndedError:
            channel.close()
        except LinkTimeoutError:
            LOGGER.error("Network timeout reached")
            end_now(association)
        except WireError as exc:
            LOGGER.error("Received an invalid message: %s", exc)
            end_now(association)

    def _next_request(self, channel: Channel) -> CommandArrived | None:
        """Wait for a request; None when the server is stopping. Raises `LinkTimeoutError`."""
        timeout = channel.association.network_timeout
        idle_since = time.monotonic()
        while not self._stopping.ends(idle_since):
            try:
                return channel.command(_GLANCE)
            except LinkTimeoutError:
                if timeout is not None and time.monotonic() - idle_since >= timeout:
                    raise
        return None

    def _answer(self, channel: Channel, context: PresentationContext, arrived: CommandArrived) -> None:
        command = arrived.command
        pieces = channel.pieces(arrived, channel.association.network_timeout)
        if command.field == CommandField.C_STORE_RQ and self._storage is not None:
            channel.send(arrived.context_id, self._storage.receive(context, command, pieces))
            return
        for _ in pieces:
            pass
        if command.field == CommandField.C_ECHO_RQ:
            channel.send(arrived.context_id, _response(command, SUCCESS))
        elif command.field == CommandField.C_STORE_RQ:
            channel.send(arrived.context_id, _response(command, SOP_CLASS_NOT_SUPPORTED))
        elif not command.is_response and command.field != CommandField.C_CANCEL_RQ:
            LOGGER.error("Received a request 0x%04X that is not supported", command.field)
            channel.send(arrived.context_id, _response(command, UNRECOGNISED_OPERATION))


def _response(request: Command, status: int) -> Command:
    return Command(
        field=request.field | _RESPONSE_BIT,
        responded_to=request.message_id,
        sop_class_uid=request.sop_class_uid,
        sop_instance_uid=request.sop_instance_uid,
        status=status,
    )
