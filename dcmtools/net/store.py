"""Storage as an SCU: C-STORE (PS3.4 annex B, PS3.7 section 9.1.1)."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError, NoContextError
from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate
from dcmtools.net.contexts import Proposal, split, storage_proposals
from dcmtools.net.events import Alternatives, Lost, NotStored, Retrying, Sending, Stored
from dcmtools.net.outbox import Outbox, WaitingFiles
from dcmtools.net.retrying import NO_RETRIES, Patience, RetryTerms, may_pass
from dcmtools.net.sending import UNSUPERVISED, OwnAssociation, Sender, SendingTerms
from dcmtools.net.sending import Event as SendingEvent
from dcmtools.net.statuses import is_out_of_resources
from dcmtools.net.supervised import associate_supervised

Event = Sending | Stored | NotStored | Lost | Retrying | Alternatives

_MOST_LOSSES = 3  # associations in a row that ended without a stored object


@dataclass(frozen=True)
class StoreRequest:
    """Where files go and what is proposed (see `storage_proposals`), and on which terms they are sent.

    With `asks_for_more` the peer is asked in the end what it accepts in place of what it refused.
    `retry` says how often to try again what failed and may pass: an association that was not made
    or was lost, an object that the peer has no resources for (no supervisor looks around during
    the pauses). With `fail_fast` nothing is sent any more after a file that was not stored.
    """

    peer: Peer
    calling_aet: str
    limits: Limits
    alternatives: Sequence[str] = UNCOMPRESSED
    exact: bool = False
    terms: SendingTerms = UNSUPERVISED
    retry: RetryTerms = NO_RETRIES
    fail_fast: bool = False
    asks_for_more: bool = False


def store(request: StoreRequest, files: Iterable[InstanceFile]) -> Generator[Event, None, None]:
    """Send `files`, in as many associations as their presentation contexts need.

    They are taken from the iterable a little ahead of being sent, so that the first goes out before
    the last is looked at. When an association is lost, the file under way is sent again over a new
    one if there are retries, else it is not stored; the others go on over the new one. Yields one
    `Stored` or `NotStored` for each file, unless the supervisor of the terms cancels what is left or
    `fail_fast` does. Raises `AssociationError` if there never was an association.
    """
    outbox = Outbox(files)
    course = _Course(request)
    while outbox and not course.is_over:
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
        try:
            yield from _Batch(course, proposals, waiting).send()
        except AssociationError as exc:
            answered = isinstance(exc, NoContextError)
            if not course.associated and not (answered and outbox):  # others may be accepted
                raise
            for file in waiting.drain():
                if course.has_failed_fast:
                    break
                kind = (file.sop_class_uid, file.transfer_syntax_uid) if answered else None
                yield course.noted(
                    NotStored(file.path, f"{exc.peer}: {exc.reason}", hint=exc.hint, refused=kind)
                )
    yield from course.alternatives()


class _Course:
    """What holds for all associations of one call of `store`."""

    def __init__(self, request: StoreRequest) -> None:
        self.request = request
        self.patience = Patience(request.retry)
        self.associated = False
        self.has_failed_fast = False
        self._refused: dict[str, dict[str, None]] = {}

    @property
    def is_over(self) -> bool:
        """Whether no further file is to be sent."""
        return self.has_failed_fast or self.request.terms.is_cancelled

    def noted(self, event: SendingEvent) -> SendingEvent:
        """Take in what became of a file, and return it."""
        if isinstance(event, Stored):
            self.patience.restore()
        elif isinstance(event, NotStored):
            self.has_failed_fast = self.request.fail_fast
            if event.refused is not None:
                sop_class, syntax = event.refused
                self._refused.setdefault(sop_class, {})[syntax] = None
        return event

    def alternatives(self) -> Iterator[Alternatives]:
        """Ask for what the peer accepts in place of what it refused, if that is wanted."""
        request = self.request
        if request.asks_for_more and self._refused:
            from dcmtools.net.alternatives import alternatives  # noqa: PLC0415 - hardly ever needed

            decompress = request.terms.decompress
            yield from alternatives(
                request.peer, request.calling_aet, request.limits, self._refused, decompress=decompress
            )

    def pause(self, reason: str) -> Iterator[Retrying]:
        """Wait before the next try."""
        seconds = self.patience.next_pause()
        yield Retrying(reason, seconds, self.patience.retries, self.request.retry.retries)
        time.sleep(seconds)


class _Batch:
    """The files that go over one association, or over its successors when it is lost."""

    def __init__(self, course: _Course, proposals: Sequence[Proposal], waiting: WaitingFiles) -> None:
        self._course = course
        self._proposals = proposals
        self._waiting = waiting
        self._losses = 0

    def send(self) -> Iterator[Event]:
        """Send all; raises `AssociationError` when there is no (further) association to be had."""
        course, terms = self._course, self._course.request.terms
        while self._waiting.first is not None and not course.is_over:
            sender: Sender | None = None
            retried: str | None = None  # why there is a retry
            try:
                with self._association() as association:
                    course.associated = True
                    sender = Sender(OwnAssociation(association, terms.supervisor), self._waiting, terms)
                    retried = yield from self._send_over(sender)
            except AssociationError as exc:
                if sender is None:
                    if not (course.patience.lasts and may_pass(exc)):
                        raise
                    retried = str(exc)
                elif sender.current is not None:  # else all is answered: only the release failed
                    retried = yield from self._lose(sender.current, exc)
            if retried is not None:
                yield from course.pause(retried)

    def _send_over(self, sender: Sender) -> Generator[Event, None, str | None]:
        """Send all over one association, up to a file that is worth a retry: return why."""
        for event in sender.send():
            if (
                isinstance(event, NotStored)
                and is_out_of_resources(event.status)
                and self._course.patience.lasts
            ):
                self._waiting.put_back()
                return f"{event.path}: {event.reason}"
            if isinstance(event, Stored):
                self._losses = 0
            yield self._course.noted(event)
            if self._course.has_failed_fast:
                break
        return None

    def _lose(self, file: InstanceFile, loss: AssociationError) -> Generator[Event, None, str | None]:
        """Put the file under way back for a retry and return why, or give it up; maybe all others too."""
        if self._course.patience.lasts:
            self._waiting.put_back()
            return str(loss)
        yield self._course.noted(NotStored(file.path, loss.reason, hint=loss.hint))
        self._losses += 1
        if self._losses >= _MOST_LOSSES:
            raise loss
        if self._waiting.first is not None and not self._course.is_over:
            yield Lost(str(loss))
        return None

    def _association(self) -> AbstractContextManager[EstablishedAssociation]:
        request = self._course.request
        contexts = [proposal.context() for proposal in self._proposals]
        if request.terms.supervisor is None:
            return associate(request.peer, request.calling_aet, contexts, request.limits)
        return associate_supervised(
            request.peer, request.calling_aet, contexts, request.limits, request.terms.supervisor.look
        )
