"""Writes test data: ``python -m tests.benchmarks.generate FOLDER COUNT ROWS COLUMNS [IN_A_STUDY]``.

A process of its own, so that the one that measures does not import pydicom: the peak memory of a
child process is never less than that of its parent at the time of the start.
"""

from __future__ import annotations

import os
import struct
import sys
from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import UID

_UID_ROOT = "1.2.826.0.1.3680043.8.498."
_PLACEHOLDER = f"{_UID_ROOT}{10**19}"
_BLOCK = 1 << 20


def main(folder: Path, count: int, rows: int, columns: int, in_a_study: int = 0) -> None:
    """Write `count` CT images of 16 bits a pixel, explicit VR little endian, with random pixels.

    So many are in each study, of a patient of its own; 0: all are in one.
    """
    size = rows * columns * 2
    noise = os.urandom(_BLOCK)
    for number in range(count):
        if number % (in_a_study or count) == 0:
            study = number // in_a_study if in_a_study else None
            head, middle, tail = _template(rows, columns, study).split(_PLACEHOLDER.encode())
            # the length of Pixel Data, which is the last element
            tail = tail[:-4] + struct.pack("<I", size)
        uid = f"{_UID_ROOT}{10**19 + number}".encode()
        with (folder / f"{number:06}.dcm").open("wb") as file:
            file.write(head + uid + middle + uid + tail)
            start = number * 128 % _BLOCK
            file.write(noise[start : start + size])
            left = size - min(size, _BLOCK - start)
            while left:
                left -= file.write(noise[:left])


def _template(rows: int, columns: int, study: int | None) -> bytes:
    """Return a file with a placeholder for its SOP Instance UID and no pixels."""
    dataset = dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    if study is not None:
        dataset.PatientID, dataset.PatientName = f"P{study:06}", f"Patient^{study:06}"
        dataset.StudyInstanceUID, dataset.AccessionNumber = f"{_UID_ROOT}1.{study}", f"A{study:06}"
        dataset.SeriesInstanceUID = f"{_UID_ROOT}1.{study}.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(_PLACEHOLDER)
    dataset.Rows, dataset.Columns = rows, columns
    dataset.PixelData = b""
    del dataset["DataSetTrailingPadding"]
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
