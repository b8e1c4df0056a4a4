"""Storage as an SCU: C-STORE (PS3.4 annex B, PS3.7 section 9.1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError, NoContextError
from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate
from dcmtools.net.contexts import Proposal, split, storage_proposals
from dcmtools.net.events import Lost, NotStored, Sending, Stored
from dcmtools.net.outbox import Outbox, WaitingFiles
from dcmtools.net.sending import UNSUPERVISED, OwnAssociation, Sender, SendingTerms
from dcmtools.net.supervised import associate_supervised

Event = Sending | Stored | NotStored | Lost

_MOST_LOSSES = 3  # associations in a row that ended without a stored object


@dataclass(frozen=True)
class StoreRequest:
    """Where files go and what is proposed (see `storage_proposals`), and on which terms they are sent."""

    peer: Peer
    calling_aet: str
    limits: Limits
    alternatives: Sequence[str] = UNCOMPRESSED
    exact: bool = False
    terms: SendingTerms = UNSUPERVISED


def store(request: StoreRequest, files: Iterable[InstanceFile]) -> Iterator[Event]:
    """Send `files`, in as many associations as their presentation contexts need.

    They are taken from the iterable a little ahead of being sent, so that the first goes out before
    the last is looked at. When an association is lost the file under way is not stored and the
    others go on over a new one. Yields one `Stored` or `NotStored` for each file, unless the
    supervisor of the terms cancels what is left. Raises `AssociationError` if there never was an
    association.
    """
    outbox = Outbox(files)
    associated = False
    while outbox and not request.terms.is_cancelled:
        proposals = next(
            split(
                storage_proposals(
                    outbox.kinds,
                    alternatives=request.alternatives,
                    exact=request.exact,
                    decompress=request.terms.decompress,
                )
            )
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
        supervisor = self.request.terms.supervisor
        while self.waiting.first is not None and not self.request.terms.is_cancelled:
            sender: Sender | None = None
            try:
                with self._association() as association:
                    self.associated = True
                    sender = Sender(OwnAssociation(association, supervisor), self.waiting, self.request.terms)
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

    def _association(self) -> AbstractContextManager[EstablishedAssociation]:
        request = self.request
        contexts = [proposal.context() for proposal in self.proposals]
        if request.terms.supervisor is None:
            return associate(request.peer, request.calling_aet, contexts, request.limits)
        return associate_supervised(
            request.peer, request.calling_aet, contexts, request.limits, request.terms.supervisor.look
        )
