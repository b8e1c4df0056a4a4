"""Which SOP classes a peer accepts, and in which transfer syntaxes (PS3.8 section 7.1.1.13)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import islice

from pydicom._uid_dict import UID_dictionary
from pynetdicom import ALL_TRANSFER_SYNTAXES
from pynetdicom.presentation import PresentationContext

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import NoContextError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import MOST_CONTEXTS, STORAGE_SOP_CLASSES, Proposal, describe
from dcmtools.net.events import Acceptance

_ACSE = logging.getLogger("pynetdicom.acse")

SOP_CLASSES = tuple(
    dict.fromkeys(
        (
            *(
                uid
                for uid, (_, kind, *_) in UID_dictionary.items()
                if kind in ("SOP Class", "Meta SOP Class")
            ),
            *STORAGE_SOP_CLASSES,
        )
    )
)
"""All of PS3.6, retired ones too."""

TRANSFER_SYNTAXES = tuple(dict.fromkeys((*UNCOMPRESSED, *map(str, ALL_TRANSFER_SYNTAXES))))
"""All of PS3.6 that are not retired, and Explicit VR Big Endian."""


def probe(
    peer: Peer,
    calling_aet: str,
    limits: Limits,
    sop_classes: Sequence[str] = SOP_CLASSES,
    transfer_syntaxes: Sequence[str] = TRANSFER_SYNTAXES,
) -> Iterator[Acceptance]:
    """Ask `peer` for each of `sop_classes` in each of `transfer_syntaxes`, and yield what it says.

    A first pass finds out which SOP classes it accepts at all, each with the transfer syntax of the
    peer's choice; the others follow one in each presentation context. That takes as many
    associations as it takes, one after the other. Raises `AssociationError`.
    """
    found: dict[str, set[str]] = {uid: set() for uid in sop_classes}
    first = (Proposal(uid, tuple(transfer_syntaxes)) for uid in found)
    for uid, syntax in _accepted(peer, calling_aet, limits, first):
        found[uid].add(syntax)
    others = [
        Proposal(uid, (syntax,))
        for uid, known in found.items()
        if known
        for syntax in transfer_syntaxes
        if syntax not in known
    ]
    for uid, syntax in _accepted(peer, calling_aet, limits, iter(others)):
        found[uid].add(syntax)
    for uid, known in found.items():
        syntaxes = {syntax: describe(syntax) for syntax in transfer_syntaxes if syntax in known}
        yield Acceptance(uid, describe(uid), syntaxes)


def _accepted(
    peer: Peer, calling_aet: str, limits: Limits, proposals: Iterator[Proposal]
) -> Iterator[tuple[str, str]]:
    """Propose all, and yield the SOP class and the transfer syntax of each context that is accepted."""
    while batch := [proposal.context() for proposal in islice(proposals, MOST_CONTEXTS)]:
        for context in _answered(peer, calling_aet, limits, batch):
            yield str(context.abstract_syntax), str(context.transfer_syntax[0])


def _answered(
    peer: Peer, calling_aet: str, limits: Limits, contexts: Sequence[PresentationContext]
) -> Sequence[PresentationContext]:
    _ACSE.addFilter(_is_unexpected)
    try:
        with associate(peer, calling_aet, contexts, limits) as association:
            return association.contexts
    except NoContextError:
        return ()
    finally:
        _ACSE.removeFilter(_is_unexpected)


def _is_unexpected(record: logging.LogRecord) -> bool:
    """Whether a log record says more than that nothing was accepted, which is an answer here, no error."""
    return record.msg != "No accepted presentation contexts"
