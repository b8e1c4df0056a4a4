"""C-GET over as many associations as it takes to offer the contexts that are needed."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError, NoContextError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import Proposal, describe
from dcmtools.net.events import Finished, SubOperations
from dcmtools.net.negotiation import extended_negotiation, receiving_roles
from dcmtools.net.reception import Arrivals, StorageProvider
from dcmtools.net.retrieval_contexts import COMMON_PASSES, retrieval_passes
from dcmtools.net.retrieve import get
from dcmtools.net.statuses import SUCCESS

LOGGER = logging.getLogger(__name__)

_SOME_FAILED = 0xB000
_NONE_COULD_BE_SENT = 0xA702


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
    first: Finished | None = None
    for number, proposals in enumerate(retrieval_passes(), start=1):
        before = len(arrivals.received)
        try:
            finished = yield from _one_get(request, proposals, receiver)
        except AssociationError as exc:
            if first is None:
                raise
            LOGGER.error("%s", exc)
            break
        first = first or finished
        if first is None:
            raise NoContextError(str(request.peer), "the peer accepted no storage context to send objects on")
        if not _may_be_missing(first, arrivals):
            break
        if number >= COMMON_PASSES and len(arrivals.received) == before:
            break
        LOGGER.info("Not all has arrived: trying again with other presentation contexts")
    if first is not None:
        yield _together(first, arrivals)


def _one_get(
    request: GetRequest, proposals: Sequence[Proposal], receiver: StorageProvider
) -> Generator[SubOperations, None, Finished | None]:
    """Run one C-GET that offers `proposals`; return its `Finished`, None if the peer took none of them."""
    contexts = [Proposal(request.sop_class_uid, UNCOMPRESSED), *proposals]
    roles = receiving_roles(sorted({proposal.sop_class_uid for proposal in proposals}))
    negotiation = [*extended_negotiation(request.sop_class_uid, request.extended), *roles]
    finished: Finished | None = None
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
            raise NoContextError(str(request.peer), f"the peer refused the SOP class {name}")
        if len(accepted) > 1:
            for event in get(association, request.sop_class_uid, request.identifier, receiver):
                if isinstance(event, Finished):
                    finished = event
                else:
                    yield event
    return finished


def _may_be_missing(first: Finished, arrivals: Arrivals) -> bool:
    """Whether another C-GET with other contexts may bring more."""
    if first.status not in (SUCCESS, _SOME_FAILED, _NONE_COULD_BE_SENT):
        return False
    return _missing(first, arrivals) > len(arrivals.refused - arrivals.received)


def _missing(first: Finished, arrivals: Arrivals) -> int:
    """How many of the objects that the first C-GET should have brought are not here."""
    if first.failed_instances:
        return len(set(first.failed_instances) - arrivals.received)
    counts = first.sub_operations
    total = sum((counts.completed or 0, counts.failed or 0, counts.warning or 0)) if counts else 0
    if not total and first.status != SUCCESS:
        return 0 if arrivals.received else 1  # the peer does not say how many there are
    return max(total - len(arrivals.received), 0)


def _together(first: Finished, arrivals: Arrivals) -> Finished:
    missing = _missing(first, arrivals)
    counts = SubOperations(0, len(arrivals.received), missing, 0)
    failed = tuple(uid for uid in first.failed_instances if uid not in arrivals.received)
    status = first.status
    if not missing and status in (_SOME_FAILED, _NONE_COULD_BE_SENT):
        status = SUCCESS
    return Finished(status, first.comment, failed, counts)
