"""What the archives of the qrscp tests hold: patients, studies and series that a query can tell apart."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
)

ROOT = "1.2.826.0.1.3680043.8.498.77"

YAMADA = "Yamada^Tarou=山田^太郎=やまだ^たろう"
JAPANESE = ["ISO 2022 IR 6", "ISO 2022 IR 87"]

PATIENTS = {
    "P1": {"PatientName": "Doe^Jane", "PatientBirthDate": "19700101", "PatientSex": "F"},
    "P2": {"PatientName": "Doe^Jan_e", "PatientBirthDate": "19700102", "PatientSex": "M"},
    "P3": {"PatientName": YAMADA, "SpecificCharacterSet": JAPANESE},
    "P4": {"PatientName": "Müller^Jürgen", "SpecificCharacterSet": "ISO_IR 100", "PatientComments": "50%"},
}

STUDIES = {
    1: {"PatientID": "P1", "StudyDate": "20200101", "StudyTime": "072730", "AccessionNumber": "A1"},
    2: {"PatientID": "P1", "StudyDate": "20200215", "StudyTime": "120000", "AccessionNumber": ""},
    3: {"PatientID": "P2", "StudyDate": "20210101", "StudyTime": "080000.5", "AccessionNumber": "A_3"},
    4: {"PatientID": "P3", "StudyDate": "20220101", "StudyTime": "0800", "AccessionNumber": "A%4"},
    5: {"PatientID": "P4", "StudyDate": "20230101", "StudyTime": "233000", "AccessionNumber": "A5"},
}

SERIES = {1: ("CT", 3), 2: ("MR", 2)}
"""Modality and number of instances of each series of a study; only the first study has the second one."""

_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage, "OT": SecondaryCaptureImageStorage}


def study_uid(study: int) -> str:
    return f"{ROOT}.{study}"


def series_uid(study: int, series: int) -> str:
    return f"{ROOT}.{study}.{series}"


def instance_uid(study: int, series: int, instance: int) -> str:
    return f"{ROOT}.{study}.{series}.{instance}"


def instances() -> list[Dataset]:
    """All instances, with some pixels."""
    return [
        _instance(study, series, number)
        for study in STUDIES
        for series, (_, count) in SERIES.items()
        if series == 1 or study == 1
        for number in range(1, count + 1)
    ]


def write_all(folder: Path) -> list[Path]:
    """Write all instances as DICOM files to `folder`."""
    paths = []
    for dataset in instances():
        paths.append(folder / f"{dataset.SOPInstanceUID}.dcm")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def _instance(study: int, series: int, number: int) -> Dataset:
    modality = SERIES[series][0]
    dataset = Dataset()
    for keyword, value in (STUDIES[study] | PATIENTS[STUDIES[study]["PatientID"]]).items():
        setattr(dataset, keyword, value)
    dataset.SOPClassUID = _CLASSES[modality]
    dataset.SOPInstanceUID = UID(instance_uid(study, series, number))
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study_uid(study), series_uid(study, series)
    dataset.StudyID, dataset.StudyDescription = str(study), f"Study {study}"
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = modality, series, number
    dataset.BodyPartExamined = "HEAD"
    dataset.Rows = dataset.Columns = 16
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 7, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = bytes(range(256))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset
