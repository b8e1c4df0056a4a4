"""Looks over a dataset while it is received: is it whole, and is it the SOP Instance that was announced?"""

from __future__ import annotations

from dcmtools.dicom.elements import read_identifiers
from dcmtools.dicom.transfer_syntaxes import encoding_of, is_deflated
from dcmtools.dicom.walk import CutDatasetError, DatasetError, DatasetWalk
from dcmtools.errors import StorageError

_INVALID_INSTANCE = 0x0117
_DATASET_MISMATCH = 0xA900
_CUT = 0xC000
_UNDECODABLE = 0xC210

_HEAD = 64 * 1024  # bytes in which the identifiers have to be


class DatasetInspector:
    """Takes the pieces of a dataset with `feed`; `finish` says whether it may be kept.

    Nothing is decoded but the two UIDs, nothing is kept but the beginning. A dataset that is odd in
    other ways is none of a receiver's business: it is stored as it came. What is deflated is not
    inflated beyond its UIDs.
    """

    def __init__(self, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> None:
        self.size = 0
        self._announced = (sop_class_uid, sop_instance_uid)
        self._syntax = transfer_syntax_uid
        self._head = b""
        self._found: tuple[str, str] | None = None
        deflated = is_deflated(transfer_syntax_uid)
        self._walk = None if deflated else DatasetWalk(encoding_of(transfer_syntax_uid))
        self._rest = b""  # the bytes from the walk's offset on: less than a header

    def feed(self, piece: memoryview) -> None:
        """Look over the next bytes."""
        if self._found is None and len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
            self._identify()
        if self._walk is not None:
            try:
                self._advance(self._walk, piece)
            except DatasetError:
                self._walk = None
        self.size += len(piece)

    def _identify(self) -> None:
        found = read_identifiers(self._head, self._syntax)
        if found.sop_class_uid and found.sop_instance_uid:
            self._found = (found.sop_class_uid, found.sop_instance_uid)
            self._head = b""

    def _advance(self, walk: DatasetWalk, piece: memoryview) -> None:
        end = self.size + len(piece)
        if walk.offset >= end:
            return
        if self._rest or walk.offset < self.size:
            piece = memoryview(self._rest + piece)
        start = end - len(piece)
        walk.advance(piece[walk.offset - start :], walk.offset)
        self._rest = bytes(piece[walk.offset - start :]) if walk.offset < end else b""

    def finish(self) -> None:
        """Raise StorageError (with the C-STORE status, PS3.4 B.2.3) when the dataset is not to be kept."""
        if not self._announced[1]:
            raise StorageError("the request has no SOP Instance UID", _INVALID_INSTANCE)
        if self._found is None:
            raise StorageError("the dataset has no SOP Class UID or SOP Instance UID", _UNDECODABLE)
        if self._found != self._announced:
            raise StorageError("the dataset's UIDs are not those of the request", _DATASET_MISMATCH)
        if self._walk is not None:
            try:
                self._walk.finish(self._rest if self._walk.offset <= self.size else None)
            except CutDatasetError as exc:
                raise StorageError(str(exc), _CUT) from exc
            except DatasetError:
                pass
