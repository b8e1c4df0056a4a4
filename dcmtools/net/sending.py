"""SOP Instances out of files, one after the other over one association (PS3.7 section 9.1.1)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, Protocol

from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.errors import AssociationError, FileError
from dcmtools.net.advice import advice, answer_text
from dcmtools.net.association import EstablishedAssociation
from dcmtools.net.contexts import choose, refusal
from dcmtools.net.events import NotStored, Sending, Stored
from dcmtools.net.files import whole_dataset
from dcmtools.net.outbox import WaitingFiles
from dcmtools.net.statuses import is_stored
from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.framing import Buffer

Event = Sending | Stored | NotStored

LOW_PRIORITY = 2  # as pynetdicom sends it

_GLANCE = 0.25  # seconds between two looks of a supervisor


class Supervisor(Protocol):
    """Watches over sending on behalf of somebody else."""

    @property
    def is_cancelled(self) -> bool:
        """Whether no further file is to be sent."""

    def look(self) -> None:
        """Look around; called several times a second. What it raises ends the sending."""


class Originator(NamedTuple):
    """Whose C-MOVE request an object is sent for."""

    ae_title: str
    message_id: int


@dataclass(frozen=True)
class SendingTerms:
    """What all C-STORE requests have in common, and who watches over them.

    With `decompress` objects in a compressed transfer syntax that the peer refuses go out uncompressed.
    """

    priority: int = LOW_PRIORITY
    originator: Originator | None = None
    supervisor: Supervisor | None = None
    decompress: bool = False

    @property
    def is_cancelled(self) -> bool:
        """Whether no further file is to be sent."""
        return self.supervisor is not None and self.supervisor.is_cancelled


UNSUPERVISED = SendingTerms()
"""Objects of one's own, at low priority."""


class StorageLink(Protocol):
    """An association on which objects go out; all of it raises when the association is lost."""

    @property
    def contexts(self) -> Sequence[PresentationContext]:
        """The accepted presentation contexts."""

    def next_message_id(self) -> int:
        """Return a message ID that no other request of this side has."""

    def send(self, context_id: int, command: Command, dataset: Iterable[Buffer]) -> None:
        """Send a request."""

    def response(self, message_id: int) -> Command:
        """Wait for the response to a request."""

    def give_up(self, reason: str) -> NoReturn:
        """End the association in the middle of a dataset, and raise what says so."""


class OwnAssociation:
    """A `StorageLink` over an association that was requested for the objects."""

    def __init__(self, association: EstablishedAssociation, supervisor: Supervisor | None = None) -> None:
        self.contexts: Sequence[PresentationContext] = association.contexts
        self.next_message_id = association.next_message_id
        self.send = association.send
        self._association = association
        self._supervisor = supervisor

    def response(self, message_id: int) -> Command:
        """Wait for the response; raises `AssociationError`."""
        timeout = self._association.limits.dimse
        if self._supervisor is not None:
            self._wait(self._supervisor, timeout)
        response, _ = self._association.response(message_id, timeout)
        return response

    def _wait(self, supervisor: Supervisor, timeout: float | None) -> None:
        """Let the supervisor look around until the peer says something."""
        if self._association.waiting(_GLANCE):
            return
        began = time.monotonic()
        while timeout is None or time.monotonic() - began < timeout - _GLANCE:
            supervisor.look()
            if self._association.waiting(_GLANCE):
                return
        self._association.time_out()

    def give_up(self, reason: str) -> NoReturn:
        """Abort; raises `AssociationError`."""
        self._association.abort()
        raise AssociationError(str(self._association.peer), reason)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file whose dataset is at hand, in the transfer syntax of the context that it goes out on."""

    file: InstanceFile
    context_id: int
    transfer_syntax_uid: str
    pieces: Iterator[bytes]


class Sender:
    """Sends the files in `waiting`, which it empties, over one association.

    `current` is the file whose response is still to come.
    """

    def __init__(self, link: StorageLink, waiting: WaitingFiles, terms: SendingTerms = UNSUPERVISED) -> None:
        self.current: InstanceFile | None = None
        self._link = link
        self._waiting = waiting
        self._terms = terms

    def send(self) -> Iterator[Event]:
        """Send all, unless the supervisor cancels it.

        The next file is read while the response to the one before is on its way. Raises what the
        link raises when the association is lost.
        """
        upcoming = self._prepare()
        while upcoming is not None and not self._terms.is_cancelled:
            prepared, upcoming = upcoming, None
            self.current = self._waiting.take()
            yield Sending(self.current.path)
            if isinstance(prepared, NotStored):
                event: Stored | NotStored = prepared
                upcoming = self._prepare()
            else:
                message_id = self._request(prepared)
                upcoming = self._prepare()
                event = _outcome(prepared, self._link.response(message_id))
            self.current = None
            yield event

    def _prepare(self) -> _Prepared | NotStored | None:
        """Look up the context of the next file and read it; None when there is no file left."""
        file, contexts = self._waiting.first, self._link.contexts
        if file is None:
            return None
        context = choose(
            contexts, file.sop_class_uid, file.transfer_syntax_uid, decompress=self._terms.decompress
        )
        if context is None:
            kind = file.sop_class_uid, file.transfer_syntax_uid
            return NotStored(file.path, refusal(contexts, *kind), refused=kind)
        syntax = str(context.transfer_syntax[0])
        try:
            return _Prepared(file, context.context_id or 0, syntax, whole_dataset(file, syntax))
        except FileError as exc:
            return NotStored(file.path, exc.reason)

    def _request(self, prepared: _Prepared) -> int:
        """Send the request and the dataset; return the message ID."""
        message_id = self._link.next_message_id()
        originator = self._terms.originator
        request = Command(
            field=CommandField.C_STORE_RQ,
            message_id=message_id,
            priority=self._terms.priority,
            has_dataset=True,
            sop_class_uid=prepared.file.sop_class_uid,
            sop_instance_uid=prepared.file.sop_instance_uid,
            move_originator_aet=originator and originator.ae_title,
            move_originator_message_id=originator and originator.message_id,
        )
        try:
            self._link.send(prepared.context_id, request, prepared.pieces)
        except FileError as exc:
            # half a dataset is out: only an abort keeps the peer from taking it for whole
            self._link.give_up(exc.reason)
        return message_id


def _outcome(prepared: _Prepared, response: Command) -> Stored | NotStored:
    file, status = prepared.file, response.status or 0
    if is_stored(status):
        return Stored(
            file.path,
            file.sop_class_uid,
            file.sop_instance_uid,
            prepared.transfer_syntax_uid,
            file.length,
            status,
            response.error_comment,
            response.offending_elements,
        )
    reason = answer_text(status, "storage", response.error_comment, response.offending_elements)
    return NotStored(file.path, reason, status, advice(status, "storage"))
