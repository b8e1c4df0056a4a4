"""What a peer would accept in place of what it refused: asked in another association."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError
from dcmtools.net.association import Limits, Peer
from dcmtools.net.contexts import describe
from dcmtools.net.events import Acceptance, Alternatives
from dcmtools.net.models import FIND_SOP_CLASSES, GET_SOP_CLASSES, MOVE_SOP_CLASSES, InformationModel
from dcmtools.net.probing import probe

LOGGER = logging.getLogger(__name__)

_PYNETDICOM = logging.getLogger("pynetdicom")
_PATIENCE = 10.0  # seconds, at most, for each step of a question that nothing depends on
_MOST = 16  # refused SOP classes that are asked for
_SHOWN = 3  # transfer syntaxes or SOP classes that a hint names

_OPTIONS = {
    InformationModel.PATIENT_ROOT: "-P",
    InformationModel.STUDY_ROOT: "-S",
    InformationModel.PATIENT_STUDY_ONLY: "-O",
    InformationModel.WORKLIST: "-W",
    InformationModel.UPS: "-U",
}
_OPTION_OF = {uid: option for model, option in _OPTIONS.items() for uid in model.sop_classes if uid}


def alternatives(
    peer: Peer,
    calling_aet: str,
    limits: Limits,
    refused: Mapping[str, Collection[str]],
    *,
    decompress: bool = False,
) -> Iterator[Alternatives]:
    """Yield what `peer` accepts in place of each SOP class, in the transfer syntaxes that it `refused`.

    `decompress` says that compressed objects were to be decompressed, so that it is no advice any
    more. A peer that does not answer has none: there is no error.
    """
    sop_classes = [uid for uid in refused if _siblings(uid)] or list(islice(refused, _MOST))
    candidates = dict.fromkeys(other for uid in sop_classes for other in (uid, *_siblings(uid)))
    patient = replace(
        limits,
        connect=min(limits.connect or _PATIENCE, _PATIENCE),
        acse=min(limits.acse or _PATIENCE, _PATIENCE),
    )
    try:
        with _in_silence():
            answers = {
                answer.sop_class_uid: answer for answer in probe(peer, calling_aet, patient, list(candidates))
            }
    except AssociationError:
        return
    for uid in sop_classes:
        others = [answers[other] for other in _siblings(uid) if answers[other].transfer_syntaxes]
        hint = _hint(answers[uid], refused[uid], others, decompress=decompress)
        names = {syntax: describe(syntax) for syntax in refused[uid]}
        yield Alternatives(str(peer), uid, describe(uid), names, answers[uid].transfer_syntaxes, hint)


@contextmanager
def _in_silence() -> Iterator[None]:
    """Keep associations that nobody asked for out of the log, unless it is to have all."""
    level = _PYNETDICOM.level
    if _PYNETDICOM.isEnabledFor(logging.DEBUG):
        LOGGER.debug("Asking what the peer accepts in place of what it refused")
    else:
        _PYNETDICOM.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        _PYNETDICOM.setLevel(level)


def _siblings(sop_class_uid: str) -> Sequence[str]:
    """Return the SOP classes that do the same with other information models."""
    for service in (FIND_SOP_CLASSES, GET_SOP_CLASSES, MOVE_SOP_CLASSES):
        if sop_class_uid in service:
            return [uid for uid in service if uid != sop_class_uid]
    return ()


def _hint(
    answer: Acceptance, refused: Collection[str], others: Sequence[Acceptance], *, decompress: bool
) -> str:
    if answer.transfer_syntaxes:
        names = listed(list(answer.transfer_syntaxes.values()), ", ")
        return f"it accepts {names}: {_remedy(answer, refused, decompress=decompress)}"
    if others:
        named = [f"{other.sop_class} ({_OPTION_OF[other.sop_class_uid]})" for other in others]
        return f"it accepts {listed(named, ', ')}"
    return "in all transfer syntaxes: echoscu --probe shows what it accepts"


def _remedy(answer: Acceptance, refused: Collection[str], *, decompress: bool) -> str:
    if all(uid in UNCOMPRESSED for uid in refused):
        return "leave out what restricts the proposal (-cx, -xe, -xb, -xi)"
    if any(uid in UNCOMPRESSED for uid in answer.transfer_syntaxes):
        return "--decompress needs dcmtools[pixels]" if decompress else "--decompress sends it so"
    return "convert the files to one of them"


def listed(items: Sequence[str], separator: str) -> str:
    """Return the first of `items`, and how many more there are."""
    shown = separator.join(items[:_SHOWN])
    return shown if len(items) <= _SHOWN else f"{shown} and {len(items) - _SHOWN} more"
