from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy

from dcmtools.dicom.query import STUDY_ROOT, Level
from dcmtools.dicom.storing import Sync
from dcmtools.errors import CatalogError, StorageError
from dcmtools.index.attributes import parse_attribute
from dcmtools.index.catalog import Catalog

from .databases import PostgreSQL
from .instances import answers, question, write_instance


def test_what_was_added_is_there_when_the_index_is_opened_again(location: str, folder: Path) -> None:
    with Catalog.open(location, folder) as catalog:
        catalog.add(write_instance(folder / "a", PatientName="Doe^John"))
    with Catalog.open(location, folder) as catalog:
        assert answers(catalog, question(Level.PATIENT, PatientName="")) == [("Doe^John",)]


def test_a_replaced_instance_describes_its_entities_anew(catalog: Catalog, folder: Path) -> None:
    catalog.add(write_instance(folder / "a", PatientName="Old", StudyInstanceUID="1.1"))
    catalog.add(write_instance(folder / "a", PatientName="New", StudyInstanceUID="1.2"))
    found = answers(catalog, question(Level.STUDY, PatientName="", StudyInstanceUID=""))
    assert found == [("New", "1.2")]


def test_an_instance_that_disagrees_is_filed_under_what_is_known(
    catalog: Catalog, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.add(write_instance(folder / "a", PatientID="P1", PatientName="First"))
    catalog.add(write_instance(folder / "b", PatientID="P2", PatientName="Second", SOPInstanceUID="1.9"))
    assert answers(catalog, question(Level.PATIENT, PatientID="", PatientName="")) == [("First", "P1")]
    assert "names the patient 'P2' and is filed under 'P1'" in caplog.text


def test_entities_go_with_their_last_instance(catalog: Catalog, folder: Path) -> None:
    catalog.add(write_instance(folder / "a"))
    catalog.add(write_instance(folder / "b", SOPInstanceUID="1.9", SeriesInstanceUID="1.8"))
    catalog.remove("1.9")
    assert answers(catalog, question(Level.SERIES, SeriesInstanceUID="")) == [("1.2.1.1",)]
    catalog.remove("1.2.1.1.1")
    catalog.remove("1.2.1.1.1")
    for level in Level:
        assert answers(catalog, question(level)) == []


def test_patients_without_an_id_are_told_apart_by_their_studies(catalog: Catalog, folder: Path) -> None:
    for number in range(2):
        uid = f"1.{number}"
        file = folder / uid
        catalog.add(write_instance(file, SOPInstanceUID=uid, StudyInstanceUID=uid, PatientID="",
                                   SeriesInstanceUID=uid, PatientName=f"N{number}"))  # fmt: skip
    assert answers(catalog, question(Level.PATIENT, PatientName="")) == [("N0",), ("N1",)]


def test_instances_without_patient_study_and_series_are_of_their_own(catalog: Catalog, folder: Path) -> None:
    for uid in ("1.1", "1.2"):
        nothing = {"PatientID": "", "StudyInstanceUID": "", "SeriesInstanceUID": ""}
        catalog.add(write_instance(folder / uid, SOPInstanceUID=uid, **nothing))
    assert answers(catalog, question(Level.IMAGE, SOPInstanceUID="")) == [("1.1",), ("1.2",)]
    assert answers(catalog, question(Level.PATIENT, NumberOfPatientRelatedInstances="")) == [("1",), ("1",)]


def test_further_attributes_are_indexed_from_when_they_are_named(location: str, folder: Path) -> None:
    first, second = write_instance(folder / "a"), folder / "b"
    with Catalog.open(location, folder) as catalog:
        catalog.add(first)
    further = [parse_attribute("SERIES.ContrastBolusAgent"), parse_attribute("STUDY.(0009,1001)")]
    with Catalog.open(location, folder, attributes=further) as catalog:
        catalog.add(
            write_instance(second, SOPInstanceUID="1.9", SeriesInstanceUID="1.8", ContrastBolusAgent="X")
        )
        asked = question(Level.SERIES, SeriesInstanceUID="", ContrastBolusAgent="")
        assert answers(catalog, asked) == [("", "1.2.1.1"), ("X", "1.8")]
        assert answers(catalog, question(Level.SERIES, ContrastBolusAgent="X")) == [("X",)]
        assert answers(catalog, question(Level.SERIES, ContrastBolusAgent="x*")) == []
    with Catalog.open(location, folder) as catalog:  # the column stays, and is not asked for
        assert catalog.find(asked).unsupported == {0x00180010}


@pytest.mark.parametrize("name", ["PatientName", "STUDY.NoSuchKeyword", "STUDY.PixelData", "FILM.Modality"])
def test_a_further_attribute_has_a_level_and_text(name: str) -> None:
    with pytest.raises(Exception, match=name.partition(".")[2] or "no level"):
        parse_attribute(name)


def test_the_archive_may_be_moved(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    with Catalog.open(str(tmp_path / "i"), old) as catalog:
        catalog.add(write_instance(old / "a b%"))
    old.rename(new)
    with Catalog.open(str(tmp_path / "i"), new) as catalog:
        (found,) = catalog.locate(question(Level.STUDY, STUDY_ROOT, StudyInstanceUID="1.2.1"))
    assert found.path == str(new / "a b%")


def test_a_file_that_is_gone_is_not_indexed(catalog: Catalog, folder: Path) -> None:
    instance = write_instance(folder / "a")
    Path(instance.path).unlink()
    with pytest.raises(StorageError, match=r"cannot index .*no such file") as caught:
        catalog.add(instance)
    assert caught.value.status == 0xA700


def test_another_program_s_database_is_refused(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE instance (patient_id VARCHAR)")
    database.close()
    for renew in (False, True):
        with pytest.raises(CatalogError, match=r"theirs\.sqlite: holds tables of another program"):
            Catalog.open(str(path), folder, renew=renew)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("This is a letter.\n" * 100)
    with pytest.raises(CatalogError, match=r"letter\.txt: file is not a database"):
        Catalog.open(str(path), folder)


def test_an_index_of_another_version_is_refused_or_renewed(location: str, folder: Path) -> None:
    with Catalog.open(location, folder) as catalog:
        catalog.add(write_instance(folder / "a"))
    url = location if "://" in location else f"sqlite:///{location}"
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE catalog SET version = 99"))
    engine.dispose()
    with pytest.raises(CatalogError, match="is an index of version 99, and this program knows 1"):
        Catalog.open(location, folder)
    with Catalog.open(location, folder, renew=True) as catalog:
        assert answers(catalog, question(Level.PATIENT)) == []
        assert [state.state for state in catalog.rebuild()] == ["indexed"]
        assert len(answers(catalog, question(Level.PATIENT))) == 1


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("mysql://user:secret@host/db", "is neither a SQLite nor a PostgreSQL database"),
        ("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", "refused"),
        ("sqlite://", "an index in memory cannot be shared"),
        ("nonsense://", "is neither|is no valid"),
        ("/no/such/folder/index.sqlite", "unable to open database file"),
    ],
)
def test_a_location_that_cannot_be_used_is_one_clear_line(location: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=reason) as caught:
        Catalog.open(location, tmp_path)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_that_cannot_hold_all_text_is_refused(postgresql: PostgreSQL, tmp_path: Path) -> None:
    with postgresql.database("LATIN1") as location:
        with pytest.raises(CatalogError, match="has the encoding LATIN1"):
            Catalog.open(location, tmp_path)


def test_the_driver_need_not_be_named(postgresql: PostgreSQL, folder: Path) -> None:
    with postgresql.database() as location:
        with Catalog.open(location.replace("+psycopg", ""), folder, sync=Sync.NONE) as catalog:
            catalog.add(write_instance(folder / "a"))
            assert len(answers(catalog, question(Level.PATIENT))) == 1
