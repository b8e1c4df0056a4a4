"""C-GET over as many associations as it takes to offer the contexts that are needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError, NoContextError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import Proposal, describe
from dcmtools.net.events import Finished, SubOperations
from dcmtools.net.negotiation import extended_negotiation, receiving_roles
from dcmtools.net.reception import Arrivals, StorageProvider
from dcmtools.net.refusals import naming_alternatives
from dcmtools.net.retrieval_contexts import COMMON_PASSES, retrieval_passes
from dcmtools.net.retrieve import get
from dcmtools.net.statuses import SUCCESS

LOGGER = logging.getLogger(__name__)

_SOME_FAILED = 0xB000
_NONE_COULD_BE_SENT = 0xA702
_UNABLE_TO_PROCESS = 0xC  # first digit of a status, which Orthanc has for an object that it cannot send


@dataclass(frozen=True)
class GetRequest:
    """From whom to retrieve what, in which model; `extended` are the extended negotiation flags."""

    peer: Peer
    calling_aet: str
    limits: Limits
    sop_class_uid: str
    identifier: Dataset
    extended: Sequence[bool] = ()


def get_all(
    request: GetRequest, receiver: StorageProvider, arrivals: Arrivals
) -> Iterator[SubOperations | Finished]:
    """Retrieve into `receiver`, whose events `arrivals` has to be told.

    Whatever the first C-GET could not send for want of a presentation context is asked for again
    with others. The last event is the `Finished` of all together. Raises `AssociationError` if
    there never was an association.
    """
    with naming_alternatives(request.peer, request.calling_aet, request.limits):
        yield from _passes(request, receiver, arrivals)


def _passes(
    request: GetRequest, receiver: StorageProvider, arrivals: Arrivals
) -> Iterator[SubOperations | Finished]:
    retrieval = _Retrieval(arrivals)
    for number, proposals in enumerate(retrieval_passes(arrivals.sop_classes), start=1):
        before = len(arrivals.received)
        try:
            for event in _one_get(request, proposals, receiver):
                retrieval.note(event)
                if isinstance(event, SubOperations):
                    yield event
        except AssociationError as exc:
            if retrieval.first is None:
                raise
            LOGGER.error("%s", exc)
            break
        if retrieval.first is None:
            raise NoContextError(str(request.peer), "the peer accepted no storage context to send objects on")
        if not retrieval.may_be_missing:
            break
        if number >= COMMON_PASSES and len(arrivals.received) == before:
            break
        LOGGER.info("Not all has arrived: trying again with other presentation contexts")
    yield retrieval.together()


class _Retrieval:
    """What the C-GETs so far have said, and what has come of it."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.first: Finished | None = None
        self._arrivals = arrivals
        self._total = 0

    def note(self, event: SubOperations | Finished) -> None:
        """Take in a response."""
        counts = event if isinstance(event, SubOperations) else event.sub_operations
        if counts is not None:
            numbers = (counts.remaining, counts.completed, counts.failed, counts.warning)
            self._total = max(self._total, sum(number or 0 for number in numbers))
        if isinstance(event, Finished):
            self.first = self.first or event

    @property
    def may_be_missing(self) -> bool:
        """Whether another C-GET with other contexts may bring more."""
        first = self._the_first
        counts = first.sub_operations
        if first.status >> 12 == _UNABLE_TO_PROCESS:
            if counts is None or not (counts.failed or counts.remaining):
                return False
        elif first.status not in (SUCCESS, _SOME_FAILED, _NONE_COULD_BE_SENT):
            return False  # it is the query that failed
        return self._missing > len(self._arrivals.refused - self._arrivals.received)

    @property
    def _the_first(self) -> Finished:
        assert self.first is not None
        return self.first

    @property
    def _missing(self) -> int:
        """How many of the objects that the first C-GET should have brought are not here."""
        received = self._arrivals.received
        unnamed = max(self._total - len(received), 0)
        if not self._total and self._the_first.status != SUCCESS:
            unnamed = 0 if received else 1  # the peer does not say how many there are
        return max(len(set(self._the_first.failed_instances) - received), unnamed)

    def together(self) -> Finished:
        """Return the end of all C-GETs as if it were that of one."""
        first, received = self._the_first, self._arrivals.received
        missing = self._missing
        counts = SubOperations(0, len(received), missing, 0)
        failed = tuple(uid for uid in first.failed_instances if uid not in received)
        status = first.status
        if not missing and received:
            status = SUCCESS  # what the first C-GET could not send, a later one has
        return Finished(status, first.comment, failed, counts, first.offending)


def _one_get(
    request: GetRequest, proposals: Sequence[Proposal], receiver: StorageProvider
) -> Iterator[SubOperations | Finished]:
    """Run one C-GET that offers `proposals`, unless the peer takes none of them."""
    contexts = [Proposal(request.sop_class_uid, UNCOMPRESSED), *proposals]
    roles = receiving_roles(sorted({proposal.sop_class_uid for proposal in proposals}))
    negotiation = [*extended_negotiation(request.sop_class_uid, request.extended), *roles]
    with associate(
        request.peer,
        request.calling_aet,
        [proposal.context() for proposal in contexts],
        request.limits,
        negotiation=negotiation,
    ) as association:
        accepted = {str(context.abstract_syntax) for context in association.contexts}
        if request.sop_class_uid not in accepted:
            name = describe(request.sop_class_uid)
            LOGGER.error(
                "No presentation context for '%s' has been accepted by the peer for the SCU role", name
            )
            raise NoContextError(
                str(request.peer),
                f"the peer refused the SOP class {name}",
                refused={request.sop_class_uid: UNCOMPRESSED},
            )
        if len(accepted) > 1:
            yield from get(association, request.sop_class_uid, request.identifier, receiver)
