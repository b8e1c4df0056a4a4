"""Worklist items and unified procedure steps, kept as DICOM files in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from dcmtools.dicom.dataset_query import DatasetQuery
from dcmtools.dicom.query_file import read_query_file
from dcmtools.dicom.watched_folder import WatchedFolder
from dcmtools.errors import FileError

_SCHEDULED_STEPS = 0x00400100  # Scheduled Procedure Step Sequence
_STATE = 0x00741000  # Procedure Step State
_TRANSACTION_UID = 0x00081195


class StepKind(StrEnum):
    """What is scheduled: worklist items (PS3.4 annex K) or unified procedure steps (annex CC)."""

    WORKLIST = "worklist"
    UPS = "ups"


class StepSearch:
    """The answers to a query, made as they are asked for."""

    def __init__(self, query: DatasetQuery, steps: Sequence[Dataset], unsupported: frozenset[int]) -> None:
        self.unsupported = unsupported
        """The tags of keys that are not answered."""
        self._query = query
        self._steps = steps

    def __iter__(self) -> Iterator[Dataset]:
        """Yield the Identifier of the response for each step that matches."""
        return (self._query.answer(step) for step in self._steps if self._query.matches(step))


class DatasetFolder:
    """The scheduled steps in the files of a folder, as they are at the time of each query.

    Each item of a Scheduled Procedure Step Sequence is a worklist item of its own (PS3.4 section
    K.6.1). The Transaction UID of a unified procedure step, which is the lock on it, is neither
    matched against nor returned (PS3.4 section CC.2.5). Files that are no such steps are logged and
    left out. May be used by several threads.
    """

    def __init__(self, folder: Path, kind: StepKind) -> None:
        self._hidden = _HIDDEN[kind]
        self._files = WatchedFolder(folder, _READERS[kind])

    def find(self, identifier: Dataset, *, fuzzy: bool = False, combined: bool = False) -> StepSearch:
        """Return the steps that match `identifier`.

        `fuzzy` and `combined` are what was negotiated, see DatasetQuery. Raises QueryError.
        """
        query = DatasetQuery(identifier, fuzzy=fuzzy, combined=combined)
        steps = [step for steps in self._files.contents() for step in steps]
        return StepSearch(query, steps, frozenset(tag for tag in self._hidden if tag in identifier))


def _read_worklist(path: Path) -> list[Dataset]:
    """Return the worklist items of a file."""
    dataset = read_query_file(path)
    sequence = dataset.get(_SCHEDULED_STEPS)
    if sequence is None or sequence.VR != "SQ" or not sequence.value:
        raise FileError(path, "is no worklist item: it has no scheduled procedure step")
    items = []
    for step in sequence.value:
        item = Dataset()
        item.update(dataset)
        item[_SCHEDULED_STEPS] = DataElement(_SCHEDULED_STEPS, "SQ", [step])
        items.append(item)
    return items


def _read_step(path: Path) -> list[Dataset]:
    """Return the unified procedure step of a file, without its lock."""
    step = read_query_file(path)
    if _STATE not in step or step[_STATE].is_empty:
        raise FileError(path, "is no unified procedure step: it has no state")
    if _TRANSACTION_UID in step:
        del step[_TRANSACTION_UID]
    return [step]


_READERS = {StepKind.WORKLIST: _read_worklist, StepKind.UPS: _read_step}
_HIDDEN = {StepKind.WORKLIST: frozenset(), StepKind.UPS: frozenset({_TRANSACTION_UID})}
