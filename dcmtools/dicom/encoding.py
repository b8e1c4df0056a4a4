"""Datasets to bytes and back, in any of the uncompressed transfer syntaxes (PS3.5 annex A)."""

from __future__ import annotations

import warnings
import zlib
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

from dcmtools.dicom.extent import check_extent
from dcmtools.dicom.transfer_syntaxes import encoding_of

LARGEST_INFLATED = 4 << 20
"""Most bytes that a deflated dataset may inflate to: Identifiers are small, bombs are not."""


def encode_dataset(dataset: Dataset, transfer_syntax: UID) -> bytes:
    """Return `dataset` encoded; raises ValueError when one of its values cannot be."""
    buffer = DicomBytesIO()
    buffer.is_implicit_VR = transfer_syntax.is_implicit_VR
    buffer.is_little_endian = transfer_syntax.is_little_endian
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write_dataset(buffer, dataset)
    except Exception as exc:  # pydicom raises whatever the value's own code raises
        raise ValueError(str(exc)) from exc
    encoded = buffer.getvalue()
    return deflate(encoded) if transfer_syntax.is_deflated else encoded


def decode_dataset(data: bytes, transfer_syntax: UID, *, keep_odd: bool = False) -> Dataset:
    """Return the dataset that `data` encodes, all of its elements read.

    It is one that is small, such as an Identifier. With `keep_odd` values are decoded when they are
    asked for, so that one that cannot be is no error. Raises ValueError when `data` is no such dataset.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = _inflated(data) if transfer_syntax.is_deflated else data
            check_extent(raw, encoding_of(str(transfer_syntax)))
            dataset = read_dataset(
                BytesIO(raw), transfer_syntax.is_implicit_VR, transfer_syntax.is_little_endian
            )
            if not keep_odd:
                dataset.decode()
                for _ in dataset.iterall():
                    pass
    except Exception as exc:  # a peer's bytes can bring any exception out of pydicom
        # pydicom puts a traceback behind the first line of some of its messages
        raise ValueError(str(exc).partition("\n")[0] or type(exc).__name__) from exc
    return dataset


def deflate(data: bytes) -> bytes:
    """Return an encoded dataset as a deflated transfer syntax has it, of even length (PS3.5 section A.5)."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = deflater.compress(data) + deflater.flush()
    return deflated + b"\x00" * (len(deflated) % 2)


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    inflated = inflater.decompress(data, LARGEST_INFLATED)
    if inflater.unconsumed_tail:
        raise ValueError(f"the deflated dataset has more than {LARGEST_INFLATED} bytes")
    return inflated
