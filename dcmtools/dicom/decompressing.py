"""Compressed pixel data to native ones, where pydicom has a codec for them (the extra ``pixels``)."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dcmtools.dicom.encoding import encode_dataset
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED


@lru_cache(maxsize=64)
def can_decompress(transfer_syntax_uid: str) -> bool:
    """Return whether objects in a compressed transfer syntax can be decompressed here."""
    if transfer_syntax_uid in UNCOMPRESSED or find_spec("numpy") is None:
        return False
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - costs time, and is seldom needed

    try:
        return bool(get_decoder(UID(transfer_syntax_uid)).is_available)
    except NotImplementedError:
        return False


def decompress(data: bytes, transfer_syntax_uid: str) -> bytes:
    """Return an encoded dataset with its pixel data decompressed, in Explicit VR Little Endian.

    Colours come as RGB. Datasets without pixel data stay as they are. Raises ValueError for what
    cannot be decompressed.
    """
    try:
        dataset = read_dataset(BytesIO(data), is_implicit_VR=False, is_little_endian=True)
        if "PixelData" in dataset:
            _decompress_pixels(dataset, transfer_syntax_uid)
    except Exception as exc:  # the file's bytes can bring any exception out of a codec
        raise ValueError(str(exc) or type(exc).__name__) from exc
    return encode_dataset(dataset, ExplicitVRLittleEndian)


def _decompress_pixels(dataset: Dataset, transfer_syntax_uid: str) -> None:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    dataset.decompress(generate_instance_uid=False)
