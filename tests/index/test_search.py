from __future__ import annotations

from pathlib import Path

import pytest

from dcmtools.dicom.query import PATIENT_STUDY_ONLY, STUDY_ROOT, Key, Level, QueryError
from dcmtools.index.catalog import Catalog

from .instances import answers, matches, question, write_instance

_SERIES_DESCRIPTION = 0x0008103E


@pytest.fixture
def filled(catalog: Catalog, folder: Path) -> Catalog:
    """Two patients with a study each; the first has two series of two instances and of one."""
    common = {"PatientName": "Doe^John", "StudyDate": "20200101", "SeriesNumber": "1"}
    for number in (10, 9):
        file = folder / str(number)
        catalog.add(
            write_instance(file, SOPInstanceUID=f"1.2.1.1.{number}", InstanceNumber=str(number), **common)
        )
    common |= {"SeriesInstanceUID": "1.2.1.2", "Modality": "SR", "SeriesNumber": "2"}
    catalog.add(write_instance(folder / "c", SOPInstanceUID="1.2.1.2.1", SOPClassUID="1.2.840.1", **common))
    other = {
        "PatientID": "P2",
        "PatientName": "Müller",
        "StudyInstanceUID": "1.2.2",
        "SeriesInstanceUID": "1.2.2.1",
    }
    catalog.add(write_instance(folder / "d", SOPInstanceUID="1.2.2.1.1", character_set="ISO_IR 100", **other))
    return catalog


def test_an_entity_is_found_once_with_what_is_below_it(filled: Catalog) -> None:
    asked = question(
        Level.STUDY,
        PatientID="P1",
        StudyInstanceUID="",
        ModalitiesInStudy="",
        SOPClassesInStudy="",
        NumberOfPatientRelatedStudies="",
        NumberOfPatientRelatedSeries="",
        NumberOfPatientRelatedInstances="",
        NumberOfStudyRelatedSeries="",
        NumberOfStudyRelatedInstances="",
    )
    classes = "1.2.840.1\\1.2.840.10008.5.1.4.1.1.2"
    assert answers(filled, asked) == [("CT\\SR", classes, "P1", "1.2.1", "1", "2", "3", "2", "3")]


def test_what_all_entities_share_is_answered_and_matched(filled: Catalog) -> None:
    for level in Level:
        asked = question(level, InstanceAvailability="ONLINE", RetrieveAETitle="")
        assert set(answers(filled, asked)) == {("ARCHIVE", "ONLINE")}
        assert not answers(filled, question(level, InstanceAvailability="OFFLINE"))
        assert not answers(filled, question(level, RetrieveAETitle="OTHER"))


def test_an_instance_has_one_transfer_syntax_available(filled: Catalog) -> None:
    asked = question(Level.IMAGE, AvailableTransferSyntaxUID="1.2.840.10008.1.2.1")
    assert answers(filled, asked) == [("1.2.840.10008.1.2.1",)] * 4


def test_text_comes_with_the_character_set_that_it_was_read_in(filled: Catalog) -> None:
    (found,) = matches(filled, question(Level.PATIENT, PatientName="müll*"))
    assert found.values == ("Müller",)
    assert found.character_set == "ISO_IR 100"


def test_what_the_index_does_not_know_is_empty_and_unsupported(filled: Catalog) -> None:
    query = question(Level.STUDY, StudyInstanceUID="1.2.1", PixelData="", SeriesDescription="")
    query = query._replace(keys=(*query.keys, Key(0x00091001, "LO", ("x",)), Key(0x00081032, "SQ")))
    search = filled.find(query)
    assert search.unsupported == {0x7FE00010, _SERIES_DESCRIPTION, 0x00091001, 0x00081032}
    assert [found.values for found in search] == [("", "1.2.1", "", "", "")]


def test_a_key_below_the_level_is_matched_only_where_it_was_negotiated(filled: Catalog) -> None:
    query = question(Level.STUDY, StudyInstanceUID="", Modality="SR", SOPClassUID="1.2.840.1")
    with pytest.raises(QueryError, match="SOPClassUID is a key below the level STUDY"):
        filled.find(query)
    relational = query._replace(relational=True)
    assert answers(filled, relational) == [("", "", "1.2.1")]
    assert not filled.find(relational).unsupported


def test_keys_below_the_level_are_of_one_entity(filled: Catalog) -> None:
    asked = question(Level.STUDY, relational=True, Modality="CT", SOPClassUID="1.2.840.1")
    assert answers(filled, asked) == []


def test_what_the_model_does_not_have_is_unsupported(filled: Catalog) -> None:
    query = question(Level.STUDY, PATIENT_STUDY_ONLY, relational=True, Modality="SR")
    search = filled.find(query)
    assert search.unsupported == {0x00080060}
    assert len(list(search)) == 2


def test_a_patient_is_part_of_a_study_in_the_study_root_model(filled: Catalog) -> None:
    asked = question(Level.STUDY, STUDY_ROOT, PatientName="DOE*", PatientID="")
    assert answers(filled, asked) == [("Doe^John", "P1")]


def test_a_list_of_uids_may_be_of_any_length(filled: Catalog) -> None:
    uids = [f"1.9.{number}" for number in range(40_000)] + ["1.2.1", "1.2.2"]
    asked = question(Level.STUDY, StudyInstanceUID=uids)
    assert answers(filled, asked) == [("1.2.1",), ("1.2.2",)]


def test_names_are_matched_by_sound_where_it_was_negotiated(filled: Catalog) -> None:
    assert answers(filled, question(Level.PATIENT, PatientName="Muller")) == []
    assert answers(filled, question(Level.PATIENT, fuzzy=True, PatientName="Muller")) == [("Müller",)]


def test_a_search_may_be_given_up(filled: Catalog) -> None:
    search = filled.find(question(Level.IMAGE, SOPInstanceUID=""))
    assert len(next(iter(search)).values) == 1
    search.close()
    assert list(search) == []


def test_matches_are_read_as_they_are_taken(filled: Catalog, folder: Path) -> None:
    searches = [filled.find(question(Level.IMAGE, SOPInstanceUID="")) for _ in range(5)]
    iterators = [iter(search) for search in searches]
    for iterator in iterators:
        next(iterator)
    filled.add(write_instance(folder / "new", SOPInstanceUID="1.5"))  # nobody keeps the writer waiting
    for search in searches:
        search.close()
    assert len(answers(filled, question(Level.IMAGE))) == 5


def test_a_value_that_cannot_be_what_it_should_is_no_date(filled: Catalog, folder: Path) -> None:
    for number, date in enumerate(["2020.01.01", "20200101\\20210101", "yesterday", ""]):
        uid = f"1.7.{number}"
        entity = {"SOPInstanceUID": uid, "StudyInstanceUID": uid, "SeriesInstanceUID": uid}
        filled.add(write_instance(folder / uid, StudyDate=date, **entity))
    found = answers(filled, question(Level.STUDY, StudyDate="20200101-20201231"))
    assert found == [("2020.01.01",), ("20200101",), ("20200101\\20210101",)]
