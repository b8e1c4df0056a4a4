"""The SCP side of an association: reads requests and answers them, until it ends."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING

from dcmtools.net.access import Access, Rights, plain_address
from dcmtools.net.arrival import SlowRequestError, arriving, drain
from dcmtools.net.statuses import (
    LONGEST_COMMENT,
    NOT_AUTHORISED,
    SOP_CLASS_NOT_SUPPORTED,
    SUCCESS,
    UNRECOGNISED_OPERATION,
)
from dcmtools.net.stopping import AbandonedError, Stopping
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.stream import LinkEndedError, LinkTimeoutError
from dcmtools.net.transfer.takeover import end_now
from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.errors import WireError

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

    from dcmtools.net.archive_provider import ArchiveProvider
    from dcmtools.net.reception import StorageProvider
    from dcmtools.wire.messages import CommandArrived

LOGGER = logging.getLogger(__name__)

_GLANCE = 0.25  # seconds between two looks whether the server is stopping
_RESPONSE_BIT = 0x8000
_QUERIES = (CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ)
_ANNOUNCED: dict[int, str] = {
    field: field.name.removesuffix("_RQ").replace("_", "-")
    for field in (CommandField.C_ECHO_RQ, CommandField.C_STORE_RQ, *_QUERIES)
}


class ServiceProvider:
    """Answers C-ECHO, C-STORE where there is a `storage`, and what an `archive` answers."""

    def __init__(
        self,
        stopping: Stopping,
        storage: StorageProvider | None = None,
        archive: ArchiveProvider | None = None,
        access: Access | None = None,
        request_timeout: float | None = None,
    ) -> None:
        """Answer those who have `access`; a request has `request_timeout` seconds to arrive (None: any)."""
        self._stopping = stopping
        self._storage = storage
        self._archive = archive
        self._access = access or Access()
        self._request_timeout = request_timeout

    def serve(self, association: Association) -> None:
        """Serve until the association ends; a release or an abort of the peer is left to pynetdicom."""
        try:
            channel = self._channel(association)
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
        except AbandonedError:
            end_now(association)
        except LinkEndedError:
            channel.close()
        except SlowRequestError:
            LOGGER.error("A request took too long to arrive")
            end_now(association)
        except LinkTimeoutError:
            LOGGER.error("Network timeout reached")
            end_now(association)
        except WireError as exc:
            LOGGER.error("Received an invalid message: %s", exc)
            end_now(association)

    def _channel(self, association: Association) -> Channel:
        return Channel(association)

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
        if self._archive is not None:
            _announce(channel.association, command)
        patience = channel.association.network_timeout
        pieces = arriving(channel.pieces(arrived, patience), patience=patience, longest=self._request_timeout)
        if command.field == CommandField.C_STORE_RQ and self._storage is not None:
            if self._rights(channel).write:
                response = self._storage.receive(context, command, pieces)
            else:
                response = _refusal(command, NOT_AUTHORISED, "not authorised to store")
                drain(pieces)
            channel.send(arrived.context_id, response)
        elif command.field in _QUERIES and self._archive is not None:
            allowed, is_over = self._rights(channel).read, self._stopping.is_over
            self._archive.answer(channel, context, command, pieces, allowed=allowed, is_stopping=is_over)
        else:
            drain(pieces)
            self._answer_plainly(channel, arrived)

    def _answer_plainly(self, channel: Channel, arrived: CommandArrived) -> None:
        """Answer a C-ECHO, or say that a request is not supported."""
        command = arrived.command
        if command.field == CommandField.C_ECHO_RQ:
            channel.send(arrived.context_id, response_to(command, SUCCESS))
        elif command.field == CommandField.C_STORE_RQ:
            channel.send(arrived.context_id, response_to(command, SOP_CLASS_NOT_SUPPORTED))
        elif not command.is_response and command.field != CommandField.C_CANCEL_RQ:
            LOGGER.error("Received a request 0x%04X that is not supported", command.field)
            channel.send(arrived.context_id, response_to(command, UNRECOGNISED_OPERATION))

    def _rights(self, channel: Channel) -> Rights:
        return self._access.rights_of(str(channel.association.requestor.ae_title))


def _announce(association: Association, request: Command) -> None:
    """Log a request in the words of pynetdicom's qrscp."""
    if not LOGGER.isEnabledFor(logging.INFO) or request.field not in _ANNOUNCED:
        return
    requestor = association.requestor
    suffix = ""
    if request.field == CommandField.C_MOVE_RQ:
        suffix = f" with move destination {request.move_destination or ''}"
    LOGGER.info(
        "Received %s request from %s:%s at %s%s",
        _ANNOUNCED[request.field],
        plain_address(requestor.address or ""),
        requestor.port,
        f"{datetime.now():%Y-%m-%d %H:%M:%S}",
        suffix,
    )


def response_to(request: Command, status: int) -> Command:
    """Return the final response to `request` that says nothing but its status."""
    return Command(
        field=request.field | _RESPONSE_BIT,
        responded_to=request.message_id,
        sop_class_uid=request.sop_class_uid,
        sop_instance_uid=request.sop_instance_uid,
        status=status,
    )


def _refusal(request: Command, status: int, reason: str) -> Command:
    LOGGER.error("Request refused with 0x%04X: %s", status, reason)
    return response_to(request, status)._replace(error_comment=reason[:LONGEST_COMMENT])
