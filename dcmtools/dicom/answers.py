"""C-FIND response Identifiers out of what an index has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dcmtools.dicom.encoding import encode_dataset
from dcmtools.dicom.query import QUERY_RETRIEVE_LEVEL, Query


class _Found(Protocol):
    @property
    def values(self) -> Sequence[str]: ...
    @property
    def character_set(self) -> str: ...


class AnswerEncoder:
    """Encodes the answers to one query."""

    def __init__(self, query: Query, transfer_syntax_uid: str, extra: Mapping[int, str]) -> None:
        self._query = query
        self._transfer_syntax = UID(transfer_syntax_uid)
        self._extra = extra

    def encode(self, found: _Found) -> bytes:
        """Return the Identifier of a match."""
        dataset = Dataset()
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.add_new(QUERY_RETRIEVE_LEVEL, "CS", str(self._query.level))
        for key, value in zip(self._query.keys, found.values, strict=True):
            dataset.add_new(key.tag, key.vr, value.split("\\") if value else None)
        for tag, value in self._extra.items():
            dataset.add_new(tag, "AE", value)
        return encode_dataset(dataset, self._transfer_syntax)
