"""Storage as an SCU: C-STORE (PS3.4 annex B, PS3.7 section 9.1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError, FileError, NoContextError
from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate
from dcmtools.net.contexts import Proposal, choose, refusal, split, storage_proposals
from dcmtools.net.events import Lost, NotStored, Sending, Stored
from dcmtools.net.files import whole_dataset
from dcmtools.net.outbox import Outbox, WaitingFiles
from dcmtools.net.statuses import describe_status, is_stored
from dcmtools.wire.commands import Command, CommandField

Event = Sending | Stored | NotStored | Lost

_LOW_PRIORITY = 2  # as pynetdicom sends it
_MOST_LOSSES = 3  # associations in a row that ended without a stored object


@dataclass(frozen=True)
class StoreRequest:
    """Where files go and what is proposed; see `storage_proposals` for the last two."""

    peer: Peer
    calling_aet: str
    limits: Limits
    alternatives: Sequence[str] = UNCOMPRESSED
    exact: bool = False


def store(request: StoreRequest, files: Iterable[InstanceFile]) -> Iterator[Event]:
    """Send `files`, in as many associations as their presentation contexts need.

    They are taken from the iterable a little ahead of being sent, so that the first goes out before
    the last is looked at. When an association is lost the file under way is not stored and the
    others go on over a new one. Yields one `Stored` or `NotStored` for each file. Raises
    `AssociationError` if there never was an association.
    """
    outbox = Outbox(files)
    associated = False
    while outbox:
        proposals = next(
            split(storage_proposals(outbox.kinds, alternatives=request.alternatives, exact=request.exact))
        )
        waiting = outbox.select({proposal.sop_class_uid for proposal in proposals})
        sender = _Batch(request, proposals, waiting)
        try:
            yield from sender.send()
        except AssociationError as exc:
            associated = associated or sender.associated
            answered = isinstance(exc, NoContextError) and outbox  # others may be accepted
            if not associated and not answered:
                raise
            for file in waiting.drain():
                yield NotStored(file.path, str(exc))
        associated = associated or sender.associated


class _Batch:
    """The files that go over one association, or over its successors when it is lost."""

    def __init__(self, request: StoreRequest, proposals: Sequence[Proposal], waiting: WaitingFiles) -> None:
        self.request = request
        self.proposals = proposals
        self.waiting = waiting
        self.associated = False
        self._losses = 0

    def send(self) -> Iterator[Event]:
        """Send all; raises `AssociationError` when there is no (further) association to be had."""
        while self.waiting.first is not None:
            contexts = [proposal.context() for proposal in self.proposals]
            sender: _Sender | None = None
            try:
                with associate(
                    self.request.peer, self.request.calling_aet, contexts, self.request.limits
                ) as association:
                    self.associated = True
                    sender = _Sender(association, self.waiting)
                    for event in sender.send():
                        self._losses = 0 if isinstance(event, Stored) else self._losses
                        yield event
            except AssociationError as exc:
                if sender is None:
                    raise
                if sender.current is None:
                    return  # all is answered: only the release failed
                yield NotStored(sender.current.path, exc.reason)
                self._losses += 1
                if self._losses >= _MOST_LOSSES:
                    raise
                if self.waiting.first is not None:
                    yield Lost(str(exc))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file whose dataset is at hand, in the transfer syntax of the context that it goes out on."""

    file: InstanceFile
    context_id: int
    transfer_syntax_uid: str
    pieces: Iterator[bytes]


class _Sender:
    """Sends the files in `waiting`, which it empties, over one association.

    `current` is the file whose response is still to come.
    """

    def __init__(self, association: EstablishedAssociation, waiting: WaitingFiles) -> None:
        self.current: InstanceFile | None = None
        self._association = association
        self._waiting = waiting

    def send(self) -> Iterator[Event]:
        """Send all; the next file is read while the response to the one before is on its way.

        Raises `AssociationError` when the association is lost.
        """
        upcoming = self._prepare()
        while upcoming is not None:
            prepared, upcoming = upcoming, None
            self.current = self._waiting.take()
            yield Sending(self.current.path)
            if isinstance(prepared, NotStored):
                event: Stored | NotStored = prepared
                upcoming = self._prepare()
            else:
                message_id = self._request(prepared)
                upcoming = self._prepare()
                event = self._response(prepared, message_id)
            self.current = None
            yield event

    def _prepare(self) -> _Prepared | NotStored | None:
        """Look up the context of the next file and read it; None when there is no file left."""
        file, contexts = self._waiting.first, self._association.contexts
        if file is None:
            return None
        context = choose(contexts, file.sop_class_uid, file.transfer_syntax_uid)
        if context is None:
            return NotStored(file.path, refusal(contexts, file.sop_class_uid, file.transfer_syntax_uid))
        syntax = str(context.transfer_syntax[0])
        try:
            return _Prepared(file, context.context_id or 0, syntax, whole_dataset(file, syntax))
        except FileError as exc:
            return NotStored(file.path, exc.reason)

    def _request(self, prepared: _Prepared) -> int:
        """Send the request and the dataset; return the message ID."""
        message_id = self._association.next_message_id()
        request = Command(
            field=CommandField.C_STORE_RQ,
            message_id=message_id,
            priority=_LOW_PRIORITY,
            has_dataset=True,
            sop_class_uid=prepared.file.sop_class_uid,
            sop_instance_uid=prepared.file.sop_instance_uid,
        )
        try:
            self._association.send(prepared.context_id, request, prepared.pieces)
        except FileError as exc:
            # half a dataset is out: only an abort keeps the peer from taking it for whole
            self._association.abort()
            raise AssociationError(str(self._association.peer), exc.reason) from exc
        return message_id

    def _response(self, prepared: _Prepared, message_id: int) -> Stored | NotStored:
        response, _ = self._association.response(message_id, self._association.limits.dimse)
        file, status = prepared.file, response.status or 0
        if is_stored(status):
            return Stored(
                file.path,
                file.sop_class_uid,
                file.sop_instance_uid,
                prepared.transfer_syntax_uid,
                file.length,
                status,
            )
        reason = describe_status(status, "storage")
        if response.error_comment:
            reason += f": {response.error_comment}"
        return NotStored(file.path, reason, status)
