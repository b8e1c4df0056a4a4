"""A dataset of our own making into a DICOM file (PS3.10 section 7)."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from dcmtools.dicom.encoding import encode_dataset
from dcmtools.dicom.implementation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dcmtools.dicom.part10 import encode_file_meta
from dcmtools.errors import DcmtoolsError


def save_identifier(path: Path, identifier: Dataset, sop_class_uid: str, transfer_syntax_uid: str) -> None:
    """Write `identifier` to `path`, over what is there, as an instance of its information model.

    Raises DcmtoolsError when that fails.
    """
    meta = encode_file_meta(
        sop_class_uid,
        str(generate_uid(prefix=None)),
        transfer_syntax_uid,
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version_name=IMPLEMENTATION_VERSION_NAME,
    )
    try:
        path.write_bytes(meta + encode_dataset(identifier, UID(transfer_syntax_uid)))
    except (OSError, ValueError) as exc:
        raise DcmtoolsError(f"{path}: cannot write the match: {exc}") from exc
