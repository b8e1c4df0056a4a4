"""A C-FIND, C-GET or C-MOVE request on the way to its final response (PS3.7 sections 9.1.2 to 9.1.4)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.encoding import decode_dataset
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.privacy import are_hidden, discreet, discreet_message
from dcmtools.dicom.query import QueryError
from dcmtools.errors import DcmtoolsError
from dcmtools.net.events import SubOperations
from dcmtools.net.query_negotiation import Negotiated, negotiated
from dcmtools.net.statuses import IDENTIFIER_MISMATCH, LONGEST_COMMENT, UNABLE_TO_PROCESS, category
from dcmtools.net.stopping import AbandonedError
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.responses import ResponseBatch
from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.errors import MessageError
from dcmtools.wire.framing import Buffer

LOGGER = logging.getLogger(__name__)

_NAMES = {CommandField.C_FIND_RQ: "Find", CommandField.C_GET_RQ: "Get", CommandField.C_MOVE_RQ: "Move"}
_RESPONSE_BIT = 0x8000


class RefusedError(Exception):
    """A request cannot be answered: the status, why, and the tags of the elements at fault."""

    def __init__(self, status: int, reason: str, offending_elements: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.offending_elements = offending_elements


@contextmanager
def refusals(operation: Operation) -> Iterator[None]:
    """Turn what a catalog raises in the block into `RefusedError`."""
    try:
        yield
    except QueryError as exc:
        LOGGER.error("Invalid C-%s Identifier received", operation.name.upper())
        raise RefusedError(IDENTIFIER_MISMATCH, exc.reason, (exc.tag,)) from exc
    except DcmtoolsError as exc:
        raise RefusedError(UNABLE_TO_PROCESS, exc.message) from exc


class Operation:
    """One request, its responses, and what the requestor says meanwhile.

    `is_stopping` tells whether the server has no time left. All methods raise `LinkEndedError` and
    `LinkTimeoutError` when the requestor is gone, and WireError for what it must not send.
    """

    def __init__(
        self,
        channel: Channel,
        context: PresentationContext,
        request: Command,
        identifier: bytes,
        is_stopping: Callable[[], bool],
    ) -> None:
        self.request = request
        self.channel = channel
        self.name = _NAMES[CommandField(request.field)]
        """What log lines call the service."""
        self.sop_class_uid = str(context.abstract_syntax)
        self.transfer_syntax_uid = str(context.transfer_syntax[0])
        self.is_cancelled = False
        self._context_id = context.context_id or 0
        self._encoded = identifier
        self._is_stopping = is_stopping
        self._responses = 0

    @property
    def association(self) -> Association:
        """The association on which the request came."""
        return self.channel.association

    @property
    def calling_aet(self) -> str:
        """The AE title of the requestor."""
        return str(self.association.requestor.ae_title).strip()

    @property
    def negotiated(self) -> Negotiated:
        """What the Identifier may make use of."""
        proposed = self.association.requestor.sop_class_extended
        return negotiated(self.sop_class_uid, {str(uid): flags for uid, flags in proposed.items()})

    def identifier(self, *, log: bool) -> Dataset:
        """Decode, and `log`, the Identifier of the request; raises `RefusedError`."""
        try:
            identifier = decode_dataset(self._encoded, UID(self.transfer_syntax_uid))
        except ValueError as exc:
            reason = f"the Identifier cannot be decoded: {discreet(exc)}"
            raise RefusedError(UNABLE_TO_PROCESS, reason) from exc
        if log and LOGGER.isEnabledFor(logging.INFO):
            LOGGER.info("%s SCP Request Identifier:", self.name)
            LOGGER.info("")
            LOGGER.info("# DICOM Dataset")
            for line in list_dataset(identifier, values=not are_hidden()):
                LOGGER.info("%s", line)
            LOGGER.info("")
        return identifier

    def check(self) -> None:
        """Raise `AbandonedError` when the server is stopping."""
        if self._is_stopping():
            raise AbandonedError

    def look(self) -> None:
        """Take in what the requestor has sent, without waiting for it; raises as `check` does."""
        self.check()
        while self.channel.waiting(0):
            self.take(self.channel.command(self.association.network_timeout).command)

    def take(self, command: Command) -> None:
        """Take in a command that is no response to a sub-operation: a C-CANCEL (PS3.7 section 9.3.2.3)."""
        if command.field != CommandField.C_CANCEL_RQ or command.has_dataset:
            raise MessageError(f"message 0x{command.field:04X} while a request is being performed")
        if command.responded_to == self.request.message_id and not self.is_cancelled:
            LOGGER.info("Received C-CANCEL-%s RQ from peer", self.name.upper())
            self.is_cancelled = True

    def matches(self, status: int) -> ResponseBatch:
        """Return what sends pending responses with Identifiers, all of them with this status."""
        return ResponseBatch(self.channel, self._context_id, self._response(status, has_dataset=True))

    def log_match(self, number: int, status: int) -> None:
        """Log a pending response with an Identifier."""
        self._responses = number
        LOGGER.info("%s SCP Response %d: 0x%04X (Pending)", self.name, number, status)

    def respond(
        self,
        status: int,
        *,
        counts: SubOperations | None = None,
        identifier: Iterable[Buffer] | None = None,
        comment: str | None = None,
        offending_elements: Sequence[int] = (),
    ) -> None:
        """Send a response: pending with the `counts` of sub-operations, or the final one."""
        self._responses += 1
        LOGGER.info("%s SCP Response %d: 0x%04X (%s)", self.name, self._responses, status, category(status))
        response = self._response(status, has_dataset=identifier is not None)._replace(
            error_comment=comment and comment[:LONGEST_COMMENT],
            offending_elements=tuple(offending_elements),
        )
        if counts is not None:
            response = response._replace(**counts._asdict())
        self.channel.send(self._context_id, response, identifier)

    def refuse(self, refusal: RefusedError) -> None:
        """Send a final response that says why there is nothing, or nothing more."""
        LOGGER.error("%s SCP: %s", self.name, discreet_message(refusal.reason))
        self.respond(refusal.status, comment=refusal.reason, offending_elements=refusal.offending_elements)

    def _response(self, status: int, *, has_dataset: bool = False) -> Command:
        return Command(
            field=self.request.field | _RESPONSE_BIT,
            responded_to=self.request.message_id,
            sop_class_uid=self.sop_class_uid,
            status=status,
            has_dataset=has_dataset,
        )
