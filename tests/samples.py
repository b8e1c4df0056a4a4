"""The files that the tests send: pydicom's bundled ones, and ones made from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydicom import Dataset, config, dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

_NO_SOP_INSTANCE = "names no SOP Class or SOP Instance in its dataset"
_DICOMDIR = "is a DICOMDIR, not an SOP Instance"
_NOT_DICOM = "is not DICOM"
_TRUNCATED = "ends in the middle of an element"
_NO_META = "has no preamble and no file meta information"

EXCLUDED = {
    "DICOMDIR": _DICOMDIR,
    "DICOMDIR-bigEnd": _DICOMDIR,
    "DICOMDIR-empty.dcm": _DICOMDIR,
    "DICOMDIR-implicit": _DICOMDIR,
    "DICOMDIR-nooffset": _DICOMDIR,
    "DICOMDIR-nopatient": _DICOMDIR,
    "DICOMDIR-reordered": _DICOMDIR,
    "ExplVR_BigEndNoMeta.dcm": _NO_META,
    "ExplVR_LitEndNoMeta.dcm": _NO_META,
    "FileInfo.txt": _NOT_DICOM,
    "MR_truncated.dcm": _TRUNCATED,
    "README": _NOT_DICOM,
    "README.md": _NOT_DICOM,
    "README.txt": _NOT_DICOM,
    "SC_rgb_jpeg.dcm": "is Implicit VR where its transfer syntax says Explicit VR",
    "UN_sequence.dcm": _NO_SOP_INSTANCE,
    "badVR.dcm": "has elements of a VR that is none",
    "chrSQEncoding.dcm": _NO_SOP_INSTANCE,
    "chrSQEncoding1.dcm": _NO_SOP_INSTANCE,
    "crayons.icc": _NOT_DICOM,
    "empty_charset_LEI.dcm": _NO_SOP_INSTANCE,
    "meta_missing_tsyntax.dcm": "has no Transfer Syntax UID",
    "nested_priv_SQ.dcm": _NO_SOP_INSTANCE,
    "no_meta.dcm": "starts with a stray byte, without a preamble",
    "no_meta_group_length.dcm": _NO_SOP_INSTANCE,
    "priv_SQ.dcm": _NO_SOP_INSTANCE,
    "rtplan.dump": _NOT_DICOM,
    "rtplan_truncated.dcm": _TRUNCATED,
    "rtstruct.dcm": _NO_META,
    "rtstruct.dump": _NOT_DICOM,
    "test1.json": _NOT_DICOM,
    "test_PN.json": _NOT_DICOM,
    "zipMR.gz": _NOT_DICOM,
}
"""The bundled files that are no SOP Instances in DICOM files, and why."""

WITHOUT_META = ("ExplVR_BigEndNoMeta.dcm", "ExplVR_LitEndNoMeta.dcm", "rtstruct.dcm")
"""Whole datasets without preamble and file meta information: big endian, explicit, implicit."""


@dataclass(frozen=True)
class Sample:
    """An SOP Instance in a DICOM file, with what its presentation context needs."""

    path: Path
    sop_class: UID
    sop_instance: UID
    transfer_syntax: UID

    @property
    def dataset(self) -> bytes:
        return dataset_bytes(self.path)

    @property
    def on_the_wire(self) -> bytes:
        """The dataset as it is sent: a deflated one of odd length gets its padding (PS3.5 section A.5)."""
        return self.dataset + b"\0" * (len(self.dataset) % 2)


def sample(name: str) -> Path:
    """The path of the bundled file `name`, which pydicom must have on disk."""
    path = get_testdata_file(name, download=False)
    assert path is not None, f"pydicom has no file {name}"
    return Path(path)


@cache
def samples() -> tuple[Sample, ...]:
    """Every bundled file that is an SOP Instance, in the order of their paths."""
    data = sample("CT_small.dcm").parents[1]
    folders = (data / "test_files", data / "charset_files", data / "palettes")
    files = (path for folder in folders for path in sorted(folder.rglob("*")))
    return tuple(read_sample(path) for path in files if path.is_file() and path.name not in EXCLUDED)


def read_sample(path: Path) -> Sample:
    """Read the UIDs of the DICOM file at `path`; the dataset's own count, not the file meta's."""
    with config.disable_value_validation():
        dataset = dcmread(path, specific_tags=["SOPClassUID", "SOPInstanceUID"], stop_before_pixels=True)
    return Sample(path, dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.file_meta.TransferSyntaxUID)


def with_unique_uids(folder: Path) -> tuple[Sample, ...]:
    """The samples again, those that share a SOP Instance UID as copies in `folder` with UIDs of their own.

    The UID is overwritten by one of the same length, so that no other byte of the file changes.
    """
    seen: set[str] = set()
    unique = []
    for number, original in enumerate(samples(), start=100):
        chosen = original
        if original.sop_instance in seen:
            chosen = _with_uid(original, f"{original.sop_instance[:-3]}{number}", folder)
        seen.add(chosen.sop_instance)
        unique.append(chosen)
    return tuple(unique)


def _with_uid(original: Sample, uid: str, folder: Path) -> Sample:
    copy = folder / f"{uid}.dcm"
    copy.write_bytes(original.path.read_bytes().replace(original.sop_instance.encode(), uid.encode()))
    return read_sample(copy)


def dataset_bytes(path: Path) -> bytes:
    """The bytes of a DICOM file that follow its file meta information (PS3.10 section 7.1)."""
    content = path.read_bytes()
    assert content[128:132] == b"DICM", f"{path} has no preamble"
    offset = 132
    while content[offset : offset + 2] == b"\x02\x00":  # group 0002 is Explicit VR Little Endian
        long_form = content[offset + 4 : offset + 6] in (b"OB", b"OW", b"UN", b"UT", b"SQ")
        start, end = (offset + 8, offset + 12) if long_form else (offset + 6, offset + 8)
        offset = end + int.from_bytes(content[start:end], "little")
    return content[offset:]


def datasets(paths: Iterable[Path]) -> set[bytes]:
    """The datasets of the files at `paths`, to compare what was received with what was sent."""
    return {dataset_bytes(path) for path in paths}


def relabelled(original: Sample, transfer_syntax: str, folder: Path) -> Sample:
    """A copy in `folder` that names another `transfer_syntax` of the same length."""
    assert len(original.transfer_syntax) == len(transfer_syntax)
    copy = folder / f"{transfer_syntax}.dcm"
    content = original.path.read_bytes().replace(
        original.transfer_syntax.encode(), transfer_syntax.encode(), 1
    )
    copy.write_bytes(content)
    return read_sample(copy)


def write_instance(path: Path, *, sop_class: str = CTImageStorage, **values: object) -> Sample:
    """Write a small instance in Explicit VR Little Endian; `values` are elements by keyword."""
    dataset = Dataset()
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = generate_uid()
    dataset.PatientID = "P1"
    dataset.PatientName = "Test^Instance"
    dataset.StudyInstanceUID = dataset.SeriesInstanceUID = generate_uid()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    return read_sample(path)
