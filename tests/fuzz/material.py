"""What is mutated: good datasets, files and messages."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from dcmtools.dicom.encoding import deflate, encode_dataset

from .speaking import BIG_ENDIAN, CT, DEFLATED, EXPLICIT, IMPLICIT

ROOT = "1.2.826.0.1.3680043.8.498.99"
FIRST = f"{ROOT}.1.1000000000"
"""The SOP Instance UID of the instance."""

STUDY = f"{ROOT}.2.10000"
"""Its Study Instance UID."""

SYNTAXES = (EXPLICIT, IMPLICIT, DEFLATED, BIG_ENDIAN)


def instance(sop_instance_uid: str = FIRST, sop_class_uid: str = CT, **values: object) -> Dataset:
    """A small SOP Instance with texts, numbers, a nested sequence and pixels."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class_uid, sop_instance_uid
    dataset.StudyDate, dataset.Modality = "20200101", "CT"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "T-A0100", "SRT", "Brain"
    outer = Dataset()
    outer.PurposeOfReferenceCodeSequence = [code, Dataset()]
    dataset.ReferencedStudySequence = [outer, code]
    dataset.PatientName, dataset.PatientID = "Doe^Jane=山田", "P1"
    dataset.add_new(0x00091001, "UN", b"private")
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, f"{ROOT}.3"
    dataset.InstanceNumber, dataset.PixelSpacing = 1, [0.5, 0.5]
    dataset.Rows = dataset.Columns = 8
    dataset.BitsAllocated = 16
    dataset.PixelRepresentation = 0
    dataset.add_new(0x7FE00010, "OW", bytes(128))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def encoded_instance(transfer_syntax: str, sop_instance_uid: str = FIRST) -> bytes:
    """The instance in a transfer syntax, with a UID as long as `FIRST`, in one of a thousand studies."""
    plain = EXPLICIT if transfer_syntax == DEFLATED else transfer_syntax
    assert len(sop_instance_uid) == len(FIRST)
    study = f"{STUDY[:-3]}{sop_instance_uid[-3:]}"  # few in each: a retrieval takes memory for all
    encoded = _plain(plain).replace(FIRST.encode(), sop_instance_uid.encode())
    encoded = encoded.replace(STUDY.encode(), study.encode())
    return deflate(encoded) if transfer_syntax == DEFLATED else encoded


@cache
def _plain(transfer_syntax: str) -> bytes:
    """The instance, its sequences of undefined length."""
    dataset = instance()
    element = dataset["ReferencedStudySequence"]
    element.is_undefined_length = True
    for entry in element.value:
        entry.is_undefined_length_sequence_item = True
    return encode_dataset(dataset, UID(transfer_syntax))


@cache
def part10_file(transfer_syntax: str) -> bytes:
    """The instance as a DICOM file (PS3.10 section 7)."""
    dataset = instance()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def identifier(transfer_syntax: str, **values: object) -> bytes:
    """An Identifier (PS3.4 annex C) with these keys."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return encode_dataset(dataset, UID(transfer_syntax))


def raw_identifier(transfer_syntax: str, keys: dict[int, tuple[str, object]]) -> bytes:
    """An Identifier with keys by tag, of any VR."""
    dataset = Dataset()
    for tag, (vr, value) in keys.items():
        dataset.add_new(tag, vr, value)
    return encode_dataset(dataset, UID(transfer_syntax))
