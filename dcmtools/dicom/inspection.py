"""Looks over a received dataset: is it whole, and is it the SOP Instance that was announced?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from dcmtools.dicom.elements import check_whole, end_of_pixel_data
from dcmtools.dicom.file_head import read_dataset_uids
from dcmtools.dicom.sources import Source
from dcmtools.dicom.transfer_syntaxes import is_deflated
from dcmtools.dicom.walk import CutDatasetError, DatasetError
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
        self._head = bytearray()

    def feed(self, piece: memoryview) -> None:
        """Look over the next bytes."""
        if self.size < _HEAD:
            self._head += piece[: _HEAD - self.size]
        self.size += len(piece)

    def finish(self, stored: Callable[[], AbstractContextManager[Source]]) -> None:
        """Raise StorageError (with the C-STORE status, PS3.4 B.2.3) when the dataset is not to be kept.

        `stored` opens the whole dataset where it was written to; it is seldom needed.
        """
        if not self._announced[1]:
            raise StorageError("the request has no SOP Instance UID", _INVALID_INSTANCE)
        uids = read_dataset_uids(self._head, 0, self._syntax)
        if not all(uids):
            raise StorageError("the dataset has no SOP Class UID or SOP Instance UID", _UNDECODABLE)
        if uids != self._announced:
            raise StorageError("the dataset's UIDs are not those of the request", _DATASET_MISMATCH)
        end = end_of_pixel_data(self._head, self._syntax)
        if end == self.size or is_deflated(self._syntax):
            return
        try:
            if self.size == len(self._head):
                check_whole(self._head, self._syntax, hint=end)
            else:
                with stored() as source:
                    check_whole(source, self._syntax, hint=end)
        except CutDatasetError as exc:
            raise StorageError(str(exc), _CUT) from exc
        except DatasetError:
            pass
