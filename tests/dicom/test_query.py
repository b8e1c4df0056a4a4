"""What an Identifier asks for, and which Identifiers are refused."""

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dcmtools.dicom.encoding import decode_dataset, encode_dataset
from dcmtools.dicom.query import (
    PATIENT_ID,
    PATIENT_ROOT,
    PATIENT_STUDY_ONLY,
    QUERY_RETRIEVE_LEVEL,
    SERIES_INSTANCE_UID,
    SOP_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    STUDY_ROOT,
    Key,
    Level,
    Query,
    QueryError,
    parse_find,
    parse_retrieval,
    query_keys,
    text_values,
)

from .datasets import dataset

IMPLICIT, EXPLICIT = UID("1.2.840.10008.1.2"), UID("1.2.840.10008.1.2.1")


def identifier(level: str | None = "STUDY", **values: object) -> Dataset:
    if level is not None:
        values["QueryRetrieveLevel"] = level
    return dataset(**values)


def test_levels_are_ordered_and_have_unique_keys() -> None:
    assert [level.depth for level in PATIENT_ROOT] == [0, 1, 2, 3]
    assert [level.unique_key for level in PATIENT_ROOT] == [
        PATIENT_ID,
        STUDY_INSTANCE_UID,
        SERIES_INSTANCE_UID,
        SOP_INSTANCE_UID,
    ]


def test_keys_in_order_without_what_is_none() -> None:
    ds = identifier(PatientName="Doe*", StudyDate="", ModalitiesInStudy=["CT", "MR"], PatientID=None)
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ds.TimezoneOffsetFromUTC = "+0100"
    ds.add_new(0x00080000, "UL", 100)
    assert parse_find(ds, STUDY_ROOT, fuzzy=True, combined=True) == Query(
        levels=STUDY_ROOT,
        level=Level.STUDY,
        keys=(
            Key(0x00080020, "DA"),
            Key(0x00080061, "CS", ("CT", "MR")),
            Key(0x00100010, "PN", ("Doe*",)),
            Key(0x00100020, "LO"),
        ),
        character_set=("", "ISO 2022 IR 87"),
        fuzzy=True,
        combined=True,
    )


def test_values_without_padding() -> None:
    ds = Dataset()
    ds.PatientName = " Yamada^Tarou=山田^太郎 "
    ds.InstanceNumber = "007"
    ds.StudyDescription = " a b "
    ds.PatientComments = " a "
    ds.StudyInstanceUID = ["1.2", "1.3"]
    ds.Rows = [1, 2]
    ds.FrameIncrementPointer = 0x00181063
    assert {key.tag: key.values for key in query_keys(ds)} == {
        0x00081030: ("a b",),
        0x00100010: ("Yamada^Tarou=山田^太郎",),
        0x00104000: (" a",),  # in front of text spaces count
        0x0020000D: ("1.2", "1.3"),
        0x00200013: ("007",),
        0x00280009: ("00181063",),
        0x00280010: ("1", "2"),
    }


@pytest.mark.parametrize("value", ["", None, " ", [], ["", ""]])
def test_a_value_of_nothing_is_universal(value: object) -> None:
    ds = Dataset()
    ds.StudyDescription = value
    assert query_keys(ds) == (Key(0x00081030, "LO"),)


def test_sequences_have_items() -> None:
    item = identifier(None, Modality="CT")
    ds = identifier(None, ScheduledProcedureStepSequence=[item], ReferencedStudySequence=[])
    assert query_keys(ds) == (Key(0x00081110, "SQ"), Key(0x00400100, "SQ", items=(item,)))


@pytest.mark.parametrize(
    ("tag", "vr", "value", "key"),
    [
        (0x00100010, "LO", "Doe*", Key(0x00100010, "PN", ("Doe*",))),
        (0x00081110, "LO", "", Key(0x00081110, "SQ")),
        (0x00100010, "SQ", [Dataset()], Key(0x00100010, "PN")),
        (0x00280106, "SS", -1, Key(0x00280106, "SS", ("-1",))),
        (0x00280106, "US or SS", b"", Key(0x00280106, "US")),
        (0x00091001, "UN", b"A\\B ", Key(0x00091001, "UN", ("A", "B"))),
        (0x00091001, "SH", "A", Key(0x00091001, "SH", ("A",))),
    ],
)
def test_the_vr_of_a_key_is_the_one_of_the_standard(tag: int, vr: str, value: object, key: Key) -> None:
    ds = Dataset()
    ds[tag] = DataElement(tag, vr, value)
    assert query_keys(ds) == (key,)


def test_private_keys_as_they_arrive_with_an_implicit_vr() -> None:
    ds = Dataset()
    ds.private_block(0x0009, "dcmtools", create=True).add_new(1, "LO", ["A", "Bc"])
    arrived = decode_dataset(encode_dataset(ds, IMPLICIT), IMPLICIT)
    assert query_keys(arrived) == (
        Key(0x00090010, "LO", ("dcmtools",)),
        Key(0x00091001, "UN", ("A", "Bc")),
    )


def test_an_empty_element_has_no_values() -> None:
    assert text_values(DataElement(PATIENT_ID, "LO", None)) == ()


@pytest.mark.parametrize("level", [None, "", "study", "PATIENT", "FRAME", ["STUDY", "SERIES"]])
@pytest.mark.parametrize("parse", [parse_find, parse_retrieval])
def test_a_level_that_there_is_not(level: str | None, parse: object) -> None:
    with pytest.raises(QueryError, match="QueryRetrieveLevel") as caught:
        parse(identifier(level, StudyInstanceUID="1.2"), STUDY_ROOT)  # type: ignore[operator]
    assert caught.value.tag == QUERY_RETRIEVE_LEVEL


@pytest.mark.parametrize(
    ("levels", "ds", "tag", "reason"),
    [
        (STUDY_ROOT, identifier("SERIES"), STUDY_INSTANCE_UID, "is missing"),
        (STUDY_ROOT, identifier("SERIES", StudyInstanceUID=""), STUDY_INSTANCE_UID, "is missing"),
        (STUDY_ROOT, identifier("SERIES", StudyInstanceUID=["1", "2"]), STUDY_INSTANCE_UID, "more than one"),
        (STUDY_ROOT, identifier("IMAGE", StudyInstanceUID="1"), SERIES_INSTANCE_UID, "is missing"),
        (PATIENT_ROOT, identifier("STUDY", StudyInstanceUID="1"), PATIENT_ID, "is missing"),
        (PATIENT_ROOT, identifier("STUDY", PatientID="P*"), PATIENT_ID, "wildcards"),
        (
            STUDY_ROOT,
            identifier("STUDY", SeriesInstanceUID="1"),
            SERIES_INSTANCE_UID,
            "below the level STUDY",
        ),
        (PATIENT_STUDY_ONLY, identifier("PATIENT", StudyInstanceUID="1"), STUDY_INSTANCE_UID, "below"),
    ],
)
def test_what_only_a_relational_query_may_have(
    levels: tuple[Level, ...], ds: Dataset, tag: int, reason: str
) -> None:
    with pytest.raises(QueryError, match=reason) as caught:
        parse_find(ds, levels)
    assert caught.value.tag == tag
    assert parse_find(ds, levels, relational=True).relational


@pytest.mark.parametrize(
    ("levels", "ds"),
    [
        (PATIENT_ROOT, identifier("PATIENT", PatientID="P*")),
        (PATIENT_ROOT, identifier("STUDY", PatientID="P", StudyInstanceUID=["1", "2"], SeriesInstanceUID="")),
        (STUDY_ROOT, identifier("STUDY", PatientID="P*")),
        (STUDY_ROOT, identifier("IMAGE", StudyInstanceUID="1", SeriesInstanceUID="2", SOPInstanceUID="")),
    ],
)
def test_hierarchical_queries(levels: tuple[Level, ...], ds: Dataset) -> None:
    assert parse_find(ds, levels).level == ds.QueryRetrieveLevel


def test_a_retrieval_has_unique_keys_only() -> None:
    ds = identifier(
        "SERIES", StudyInstanceUID="1", SeriesInstanceUID=["2", "3"], Modality="CT", SOPInstanceUID=""
    )
    assert parse_retrieval(ds, STUDY_ROOT).keys == (
        Key(STUDY_INSTANCE_UID, "UI", ("1",)),
        Key(SERIES_INSTANCE_UID, "UI", ("2", "3")),
    )


@pytest.mark.parametrize(
    ("levels", "ds", "tag", "reason"),
    [
        (STUDY_ROOT, identifier("STUDY"), STUDY_INSTANCE_UID, "is missing"),
        (
            STUDY_ROOT,
            identifier("STUDY", StudyInstanceUID="", PatientID="P"),
            STUDY_INSTANCE_UID,
            "is missing",
        ),
        (
            STUDY_ROOT,
            identifier("STUDY", StudyInstanceUID="1", SOPInstanceUID="2"),
            SOP_INSTANCE_UID,
            "below",
        ),
        (PATIENT_ROOT, identifier("PATIENT", PatientID=["A", "B"]), PATIENT_ID, "more than one"),
        (PATIENT_ROOT, identifier("PATIENT", PatientID="*"), PATIENT_ID, "wildcards"),
    ],
)
@pytest.mark.parametrize("relational", [False, True])
def test_what_no_retrieval_may_have(
    levels: tuple[Level, ...], ds: Dataset, tag: int, reason: str, relational: bool
) -> None:
    with pytest.raises(QueryError, match=reason) as caught:
        parse_retrieval(ds, levels, relational=relational)
    assert caught.value.tag == tag


def test_a_relational_retrieval_needs_the_key_of_its_level_only() -> None:
    ds = identifier("IMAGE", SOPInstanceUID=["1", "2"])
    with pytest.raises(QueryError, match="StudyInstanceUID is missing"):
        parse_retrieval(ds, STUDY_ROOT)
    assert parse_retrieval(ds, STUDY_ROOT, relational=True).keys == (Key(SOP_INSTANCE_UID, "UI", ("1", "2")),)
