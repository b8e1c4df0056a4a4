from __future__ import annotations

from pathlib import Path

from dcmtools.dicom.query import PATIENT_ROOT, STUDY_ROOT, Level
from dcmtools.index.catalog import Catalog

from .instances import question, write_instance


def _add(catalog: Catalog, folder: Path, series: int, number: int) -> None:
    uid = f"1.2.1.{series}.{number}"
    catalog.add(
        write_instance(
            folder / uid,
            SOPInstanceUID=uid,
            SeriesInstanceUID=f"1.2.1.{series}",
            SeriesNumber=str(series),
            InstanceNumber=str(number),
        )
    )


def test_instances_come_by_series_and_instance_number(catalog: Catalog, folder: Path) -> None:
    for series, number in ((2, 1), (1, 10), (1, 9)):
        _add(catalog, folder, series, number)
    query = question(Level.STUDY, STUDY_ROOT, StudyInstanceUID="1.2.1")
    found = [instance.sop_instance_uid for instance in catalog.locate(query)]
    assert found == ["1.2.1.1.9", "1.2.1.1.10", "1.2.1.2.1"]
    assert catalog.count(query) == 3


def test_an_instance_is_told_as_its_file_has_it(catalog: Catalog, folder: Path) -> None:
    instance = write_instance(folder / "a")
    catalog.add(instance)
    query = question(Level.IMAGE, PATIENT_ROOT, PatientID="P1", SOPInstanceUID=["1.2.1.1.1", "1.9"])
    assert catalog.locate(query) == [instance]


def test_keys_are_compared_as_they_are(catalog: Catalog, folder: Path) -> None:
    catalog.add(write_instance(folder / "a", PatientID="P%1"))
    assert catalog.count(question(Level.PATIENT, PatientID="P%1")) == 1
    for other in ("p%1", "P*", "P?1", "P_1", "P%"):
        assert catalog.count(question(Level.PATIENT, PatientID=other)) == 0


def test_all_keys_have_to_fit(catalog: Catalog, folder: Path) -> None:
    _add(catalog, folder, 1, 1)
    assert catalog.count(question(Level.SERIES, StudyInstanceUID="1.2.1", SeriesInstanceUID="1.2.1.1")) == 1
    assert catalog.count(question(Level.SERIES, StudyInstanceUID="1.2.2", SeriesInstanceUID="1.2.1.1")) == 0
