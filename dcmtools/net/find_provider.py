"""C-FIND as an SCP (PS3.4 C.4.1, K.4.1 and CC.2.8)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from pydicom.uid import UID

from dcmtools.dicom.answers import AnswerEncoder
from dcmtools.dicom.encoding import encode_dataset
from dcmtools.dicom.query import PATIENT_ROOT, PATIENT_STUDY_ONLY, STUDY_ROOT, parse_find
from dcmtools.net.archive import Archive, Search, StepSearch
from dcmtools.net.models import InformationModel
from dcmtools.net.operation import Operation, RefusedError, refusals
from dcmtools.net.statuses import CANCEL, OUT_OF_RESOURCES, PENDING, SOP_CLASS_NOT_SUPPORTED, SUCCESS

LOGGER = logging.getLogger(__name__)

_RETRIEVE_AE_TITLE = 0x00080054

_LEVELS = {
    InformationModel.PATIENT_ROOT.sop_classes.find: PATIENT_ROOT,
    InformationModel.STUDY_ROOT.sop_classes.find: STUDY_ROOT,
    InformationModel.PATIENT_STUDY_ONLY.sop_classes.find: PATIENT_STUDY_ONLY,
}
_STEPS = (InformationModel.WORKLIST.sop_classes.find, InformationModel.UPS.sop_classes.find)


class _Answers(NamedTuple):
    """Encoded Identifiers as they are found, and the pending status that they are sent with."""

    status: int
    identifiers: Iterable[bytes]


class FindProvider:
    """Answers C-FIND requests out of `archive`; one provider serves all associations."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def answer(self, operation: Operation) -> None:
        """Send all responses to one request; raises `RefusedError` in place of the final one."""
        if operation.sop_class_uid in _LEVELS:
            self._answer_entities(operation)
        elif operation.sop_class_uid in _STEPS:
            self._answer_steps(operation)
        else:
            raise RefusedError(SOP_CLASS_NOT_SUPPORTED, "not a SOP class for C-FIND")

    def _answer_entities(self, operation: Operation) -> None:
        archive, allowed = self._archive, operation.negotiated
        identifier = operation.identifier(log=archive.log_identifiers)
        with refusals(operation):
            query = parse_find(
                identifier,
                _LEVELS[operation.sop_class_uid],
                relational=allowed.relational,
                fuzzy=allowed.fuzzy,
                combined=allowed.combined,
            )
            search = archive.catalog.find(query)
        with closing(search):
            extra = {_RETRIEVE_AE_TITLE: archive.ae_title}
            encoder = AnswerEncoder(query, operation.transfer_syntax_uid, extra)
            self._send(operation, _Answers(_pending(search), _encoded(operation, search, encoder)))

    def _answer_steps(self, operation: Operation) -> None:
        identifier = operation.identifier(log=self._archive.log_identifiers)
        source = self._archive.steps.get(operation.sop_class_uid)
        if source is None:
            operation.respond(SUCCESS)
            return
        with refusals(operation):
            # a date and its time are one here without negotiation (PS3.4 K.6.1.2.2)
            search = source.find(identifier, fuzzy=operation.negotiated.fuzzy, combined=True)
        self._send(operation, _Answers(_pending(search), _encoded_steps(operation, search)))

    def _send(self, operation: Operation, answers: _Answers) -> None:
        """Send a pending response for each match, and the final one."""
        batch = operation.matches(answers.status)
        try:
            for number, identifier in enumerate(self._limited(answers.identifiers), start=1):
                operation.log_match(number, answers.status)
                if batch.add(identifier):
                    operation.look()
                    if operation.is_cancelled:
                        break
        except RefusedError:
            batch.flush()
            raise
        batch.flush()
        operation.respond(CANCEL if operation.is_cancelled else SUCCESS)

    def _limited(self, identifiers: Iterable[bytes]) -> Iterator[bytes]:
        """Yield as many as may be sent; raises `RefusedError` when there are more."""
        most = self._archive.max_results
        for number, identifier in enumerate(identifiers):
            if number == most:
                raise RefusedError(OUT_OF_RESOURCES, f"there are more than {most} matches")
            yield identifier


def _pending(search: Search | StepSearch) -> int:
    matches, matches_but_keys_ignored = PENDING
    return matches_but_keys_ignored if search.unsupported else matches


def _encoded(operation: Operation, search: Search, encoder: AnswerEncoder) -> Iterator[bytes]:
    with refusals(operation):
        for found in search:
            yield encoder.encode(found)


def _encoded_steps(operation: Operation, search: StepSearch) -> Iterator[bytes]:
    transfer_syntax = UID(operation.transfer_syntax_uid)
    with refusals(operation):
        for step in search:
            try:
                yield encode_dataset(step, transfer_syntax)
            except ValueError as exc:
                LOGGER.error("A match cannot be encoded: %s", exc)
