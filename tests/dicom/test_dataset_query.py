"""Identifiers matched against datasets: nested keys, what is returned, the character set."""

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dcmtools.dicom.dataset_query import DatasetQuery
from dcmtools.dicom.encoding import decode_dataset, encode_dataset
from dcmtools.dicom.query import QueryError
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED

from .datasets import dataset


def code(value: str, meaning: str) -> Dataset:
    return dataset(CodeValue=value, CodingSchemeDesignator="99", CodeMeaning=meaning)


CT = dataset(
    Modality="CT",
    ScheduledProcedureStepStartDate="20200101",
    ScheduledProcedureStepStartTime="1015",
    ScheduledProtocolCodeSequence=[code("A", "Abdomen"), code("B", "Brain")],
)
MR = dataset(Modality="MR", ScheduledProcedureStepStartDate="20200102", ScheduledProtocolCodeSequence=[])
ITEM = dataset(
    SpecificCharacterSet="ISO_IR 100",
    AccessionNumber="1",
    PatientName="Müller^Anna",
    PatientID="P1",
    OtherPatientIDs=["A", "B"],
    ScheduledProcedureStepSequence=[CT, MR],
)


def asked(*items: Dataset, **values: object) -> Dataset:
    return dataset(ScheduledProcedureStepSequence=list(items), **values)


@pytest.mark.parametrize(
    "identifier",
    [
        Dataset(),
        dataset(PatientName="", RequestingPhysician=""),
        dataset(PatientName="müller*", PatientID=["P0", "P1"], OtherPatientIDs="B"),
        asked(),
        asked(Dataset()),
        asked(dataset(Modality="")),
        asked(dataset(Modality="MR")),
        asked(dataset(Modality="C?", ScheduledProcedureStepStartDate="-20200101")),
        asked(dataset(ScheduledProtocolCodeSequence=[dataset(CodeValue="B")])),
        dataset(ReferencedStudySequence=[dataset(ReferencedSOPInstanceUID="")]),
    ],
)
def test_what_matches(identifier: Dataset) -> None:
    assert DatasetQuery(identifier).matches(ITEM)


@pytest.mark.parametrize(
    "identifier",
    [
        dataset(PatientName="muller*"),
        dataset(PatientID="P"),
        dataset(RequestingPhysician="?*"),
        asked(dataset(Modality="US")),
        asked(dataset(Modality="MR", ScheduledProcedureStepStartDate="20200101")),  # one item has each
        asked(dataset(ScheduledProtocolCodeSequence=[dataset(CodeValue="A", CodeMeaning="Brain")])),
        asked(dataset(Modality="MR", ScheduledProtocolCodeSequence=[dataset(CodeValue="A")])),
        dataset(ReferencedStudySequence=[dataset(ReferencedSOPInstanceUID="1.2")]),
    ],
)
def test_what_does_not_match(identifier: Dataset) -> None:
    assert not DatasetQuery(identifier).matches(ITEM)


def test_names_alike_where_it_was_negotiated() -> None:
    identifier = dataset(PatientName="Anna Muller")
    assert not DatasetQuery(identifier).matches(ITEM)
    assert DatasetQuery(identifier, fuzzy=True).matches(ITEM)


def test_date_and_time_as_one_range_where_it_was_negotiated() -> None:
    start = dataset(
        ScheduledProcedureStepStartDate="20191231-20200102", ScheduledProcedureStepStartTime="2200-0300"
    )
    assert not DatasetQuery(asked(start)).matches(ITEM)
    assert DatasetQuery(asked(start), combined=True).matches(ITEM)
    start.ScheduledProcedureStepStartDate = "20191231-20200101"
    assert not DatasetQuery(asked(start), combined=True).matches(ITEM)
    start.ScheduledProcedureStepStartTime = "1000"
    assert not DatasetQuery(asked(start), combined=True).matches(ITEM)


def test_an_answer_has_what_was_asked_for_and_the_items_that_match() -> None:
    step = dataset(Modality="CT", ScheduledStationAETitle="", ScheduledProtocolCodeSequence=[])
    identifier = asked(
        step, PatientID="P*", OtherPatientIDs="", StudyInstanceUID="", ReferencedStudySequence=[]
    )
    expected = asked(
        dataset(
            Modality="CT",
            ScheduledStationAETitle=None,
            ScheduledProtocolCodeSequence=CT.ScheduledProtocolCodeSequence,
        ),
        PatientID="P1",
        OtherPatientIDs=["A", "B"],
        StudyInstanceUID=None,
        ReferencedStudySequence=[],
    )
    assert DatasetQuery(identifier).answer(ITEM) == expected


@pytest.mark.parametrize("identifier", [asked(), asked(Dataset())])
def test_a_sequence_without_keys_is_answered_whole(identifier: Dataset) -> None:
    answer = DatasetQuery(identifier).answer(ITEM)
    assert answer.ScheduledProcedureStepSequence == [CT, MR]
    answer.ScheduledProcedureStepSequence[0].Modality = "US"
    assert CT.Modality == "CT"


def test_sequences_of_several_items_are_refused() -> None:
    with pytest.raises(QueryError, match="several items") as caught:
        DatasetQuery(asked(Dataset(), Dataset()))
    assert caught.value.tag == 0x00400100


@pytest.mark.parametrize(
    ("requested", "name", "declared"),
    [
        (None, "Doe", None),
        (None, "Müller", "ISO_IR 100"),
        ("ISO_IR 192", "Müller", "ISO_IR 192"),
        ("ISO_IR 144", "Müller", "ISO_IR 100"),
        ("ISO_IR 192", "Doe", None),
    ],
)
@pytest.mark.parametrize("syntax", UNCOMPRESSED)
def test_text_arrives_intact(requested: str | None, name: str, declared: str | None, syntax: str) -> None:
    step = dataset(ScheduledProcedureStepDescription=name)
    stored = dataset(
        SpecificCharacterSet="ISO_IR 100", PatientName=name, ScheduledProcedureStepSequence=[step]
    )
    identifier = asked(dataset(ScheduledProcedureStepDescription=""), PatientName="")
    if requested:
        identifier.SpecificCharacterSet = requested
    answer = DatasetQuery(identifier).answer(stored)
    arrived = decode_dataset(encode_dataset(answer, UID(syntax)), UID(syntax))
    assert arrived.get("SpecificCharacterSet") == declared
    assert arrived.PatientName == name
    assert arrived.ScheduledProcedureStepSequence[0].ScheduledProcedureStepDescription == name
