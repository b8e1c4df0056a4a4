"""The grammar of keyword paths, and what is said about a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR, keyword_dict
from pydicom.tag import Tag

from dcmtools.dicom.keyword_path import (
    MAX_DEPTH,
    MAX_ITEM,
    VALUE_REPRESENTATIONS,
    KeywordPath,
    PathComponent,
)
from dcmtools.dicom.text import safe_text
from dcmtools.errors import KeywordPathError

ANY_TEXT = st.text(st.characters(exclude_categories=()))
KEYWORDS = sorted(filter(None, keyword_dict))
SEQUENCES = [keyword for keyword in KEYWORDS if dictionary_VR(keyword) == "SQ"]

PATH_LIKE = st.lists(
    st.one_of(
        st.sampled_from([*"()[].,=:\\- 019", "[0]", "[999]", "[99999999999]", "(0009,1001)", "(0010,0010)"]),
        st.sampled_from(["PatientName", "BeamSequence", "Columns", "PixelPaddingValue", ":LO", ":SQ", "41"]),
        ANY_TEXT,
    ),
    max_size=12,
).map("".join)


@st.composite
def paths(draw: st.DrawFn) -> KeywordPath:
    """Any path that can be made."""
    items = st.integers(0, MAX_ITEM)
    private = st.builds(Tag, st.integers(2, 0x7FFE).map(lambda n: 2 * n + 1), st.integers(1, 0xFFFF))
    sequences = st.one_of(st.sampled_from(SEQUENCES).map(Tag), private)
    parents = draw(st.lists(st.builds(PathComponent, sequences, items), max_size=MAX_DEPTH - 1))
    if draw(st.booleans()):
        return KeywordPath((*parents, PathComponent(draw(sequences), draw(items))))
    elements = st.one_of(st.sampled_from(KEYWORDS).map(Tag), st.integers(0, 0xFFFFFFFF).map(Tag))
    element = draw(elements.filter(lambda tag: 2 < tag.group != 0xFFFE and tag.element != 0))
    vr = draw(st.none() | st.sampled_from(sorted(VALUE_REPRESENTATIONS)))
    return KeywordPath((*parents, PathComponent(element)), draw(st.none() | ANY_TEXT), vr)


@given(paths())
def test_parse_reads_what_format_writes(path: KeywordPath) -> None:
    assert KeywordPath.parse(path.format()) == path


def test_each_keyword_of_the_dictionary_is_a_path_unless_it_belongs_in_no_dataset() -> None:
    for keyword in KEYWORDS:
        tag = Tag(keyword)
        if tag.group in {0x0000, 0x0002, 0xFFFE}:
            with pytest.raises(KeywordPathError, match="does not belong in a dataset"):
                KeywordPath.parse(keyword)
        else:
            assert KeywordPath.parse(keyword) == KeywordPath((PathComponent(tag),))
            assert str(KeywordPath.parse(keyword)) == keyword


@given(st.one_of(ANY_TEXT, PATH_LIKE))
def test_no_text_raises_another_error(text: str) -> None:
    try:
        path = KeywordPath.parse(text)
    except KeywordPathError as error:
        message = str(error)
        assert message == safe_text(message)
        assert len(message) < 1000
    else:
        assert KeywordPath.parse(path.format()) == path


PATIENT_NAME = PathComponent(Tag("PatientName"))


@pytest.mark.parametrize(
    ("text", "components", "value"),
    [
        ("PatientName", (PATIENT_NAME,), None),
        ("PatientName=", (PATIENT_NAME,), ""),
        ("(0010,0010)=", (PATIENT_NAME,), ""),
        ("0010,0010=", (PATIENT_NAME,), ""),
        ("(0010,0010=", (PATIENT_NAME,), ""),
        ("0010,0010)=", (PATIENT_NAME,), ""),
        ("PatientName=A^B", (PATIENT_NAME,), "A^B"),
        ("PatientName==a=b", (PATIENT_NAME,), "=a=b"),
        ("PatientName=a.b[0]:c", (PATIENT_NAME,), "a.b[0]:c"),
        ("(300a,00B0)[03]", (PathComponent(Tag("BeamSequence"), 3),), None),
        (
            "(0040,0100)[0].Modality=CT",
            (PathComponent(Tag(0x00400100), 0), PathComponent(Tag("Modality"))),
            "CT",
        ),
    ],
)
def test_spellings(text: str, components: tuple[PathComponent, ...], value: str | None) -> None:
    assert KeywordPath.parse(text) == KeywordPath(components, value)


def test_a_path_may_state_the_value_representation() -> None:
    path = KeywordPath.parse("(0009,1001):US=5")
    assert path == KeywordPath((PathComponent(Tag(0x00091001)),), "5", "US")
    assert str(path) == "(0009,1001):US=5"


def test_a_repeating_group_is_written_as_a_tag() -> None:
    assert str(KeywordPath.parse("(6002,3000)=00")) == "(6002,3000)=00"


@pytest.mark.parametrize(
    ("text", "component", "reason", "hint"),
    [
        ("", "", "no element is named", None),
        ("=x", "=x", "no element is named", None),
        ("BeamSequence[0].=x", "BeamSequence[0].=x", "no element is named", None),
        ("PatientsName=A", "PatientsName", "no such keyword or tag", "did you mean 'PatientName'?"),
        ("patientname=A", "patientname", "no such keyword or tag", "did you mean 'PatientName'?"),
        (" PatientName=A", " PatientName", "no such keyword or tag", "did you mean 'PatientName'?"),
        ("NoSuchKeyword=1", "NoSuchKeyword", "no such keyword or tag", None),
        ("00100010=A", "00100010", "no such keyword or tag", "did you mean '(0010,0010)'?"),
        ("0x00100010=A", "0x00100010", "no such keyword or tag", "did you mean '(0010,0010)'?"),
        ("(10,10)=A", "(10,10)", "no such keyword or tag", "did you mean '(0010,0010)'?"),
        ("(0010, 0010)=A", "(0010, 0010)", "no such keyword or tag", "did you mean '(0010,0010)'?"),
        ("OverlayData=", "OverlayData", "repeating groups", "(gggg,eeee)"),
        ("BeamSequence[-1]=", "BeamSequence[-1]", "index in brackets", None),
        ("BeamSequence[]", "BeamSequence[]", "index in brackets", None),
        ("BeamSequence[a]", "BeamSequence[a]", "index in brackets", None),
        ("BeamSequence[٣]", "BeamSequence[٣]", "index in brackets", None),
        ("BeamSequence[0", "BeamSequence[0", "index in brackets", None),
        ("BeamSequence0]", "BeamSequence0]", "index in brackets", None),
        ("BeamSequence[0]x", "BeamSequence[0]x", "index in brackets", None),
        ("BeamSequence[1000]", "BeamSequence", "item indices are 0 to 999", None),
        ("BeamSequence[99999999]", "BeamSequence", "item indices are 0 to 999", None),
        ("BeamSequence[" + 5000 * "9" + "]", "BeamSequence", "item indices are 0 to 999", None),
        ("BeamSequence[0]=x", "BeamSequence[0]", "no value of its own", "BeamSequence[0].Keyword=value"),
        ("BeamSequence.PatientName=C", "BeamSequence", "no item", "use BeamSequence[0]"),
        ("PatientName[0]=X", "PatientName[0]", "PatientName is PN, not a sequence", None),
        ("PatientName.PatientID=X", "PatientName", "PatientName is PN, not a sequence", None),
        ("BeamSequence[0]." * MAX_DEPTH + "PatientName", None, "nested deeper", None),
        ("(0002,0010)=1.2", "TransferSyntaxUID", "(0002,0010) does not belong in a dataset", None),
        ("(FFFE,E000)=", "Item", "(FFFE,E000) does not belong in a dataset", None),
        ("(0008,0000)=5", "(0008,0000)", "(0008,0000) does not belong in a dataset", None),
        ("PatientName:XX=A", "PatientName", "'XX' is not a value representation", None),
        ("BeamSequence[0]:SQ", "BeamSequence[0]", "no value of its own", None),
    ],
)
def test_a_wrong_path_names_the_component_and_the_reason(
    text: str, component: str | None, reason: str, hint: str | None
) -> None:
    with pytest.raises(KeywordPathError) as caught:
        KeywordPath.parse(text)
    error = caught.value
    assert reason in error.reason
    if component is not None:
        assert error.component == component
    if hint is not None:
        assert hint in (error.hint or "")


def test_the_message_is_one_line_without_control_characters() -> None:
    with pytest.raises(KeywordPathError) as caught:
        KeywordPath.parse("Patients\x1b[31m\nName=A")
    assert str(caught.value) == (
        r"invalid key 'Patients\x1b[31m\x0aName=A' at 'Patients\x1b[31m\x0aName': an item is an index in"
        " brackets, from [0] on"
    )


def test_a_path_of_impossible_parts_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no element"):
        KeywordPath(())
    with pytest.raises(ValueError, match="not a sequence"):
        KeywordPath((PATIENT_NAME, PATIENT_NAME))
    with pytest.raises(ValueError, match="item indices"):
        KeywordPath((PathComponent(Tag("BeamSequence"), -1),))
