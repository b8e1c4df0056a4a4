"""The Identifiers of responses, encoded without pydicom and decoded by it."""

import zlib
from struct import pack
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dcmtools.dicom.answers import AnswerEncoder
from dcmtools.dicom.encoding import decode_dataset
from dcmtools.dicom.query import PATIENT_ROOT, Key, Level, Query, text_values
from dcmtools.dicom.transfer_syntaxes import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, UNCOMPRESSED

from .encoded import element
from .test_text_encoding import CHARACTER_SETS

EXPLICIT = UNCOMPRESSED[0]
QUERY_LEVEL = element(0x00080052, b"CS", b"STUDY ")
YAMADA = "Yamada^Tarou=山田^太郎"


class Found(NamedTuple):
    values: tuple[str, ...]
    character_set: str = ""


def query(*keys: Key, character_set: tuple[str, ...] = ()) -> Query:
    return Query(PATIENT_ROOT, Level.STUDY, keys, character_set)


def encode(keys: list[Key], values: list[str], syntax: str = EXPLICIT, **options: object) -> bytes:
    return AnswerEncoder(query(*keys), syntax, **options).encode(Found(tuple(values)))  # type: ignore[arg-type]


def decode(encoded: bytes, syntax: str = EXPLICIT) -> Dataset:
    return decode_dataset(encoded, UID(syntax))


def texts(ds: Dataset) -> dict[int, str]:
    return {int(element.tag): "\\".join(text_values(element)) for element in ds if element.VR != "SQ"}


def test_an_answer_byte_by_byte() -> None:
    keys = [Key(0x00080016, "UI"), Key(0x00080020, "DA"), Key(0x00081110, "SQ"), Key(0x00100010, "PN")]
    encoder = AnswerEncoder(query(*keys), EXPLICIT, {0x00080054: "QRSCP"})
    expected = [
        element(0x00080016, b"UI", b"1.2\0"),
        element(0x00080020, b"DA", b""),
        QUERY_LEVEL,
        element(0x00080054, b"AE", b"QRSCP "),
        element(0x00081110, b"SQ", b""),
        element(0x00100010, b"PN", b"Doe^Jane"),
    ]
    assert encoder.encode(Found(("1.2", "", "", "Doe^Jane"))) == b"".join(expected)


def test_specific_character_set_stands_where_its_tag_does() -> None:
    keys = [Key(0x00080001, "UL"), Key(0x00100010, "PN")]
    encoder = AnswerEncoder(query(*keys, character_set=("ISO_IR 100",)), EXPLICIT)
    expected = [
        element(0x00080001, b"UL", b"\1\0\0\0"),
        element(0x00080005, b"CS", b"ISO_IR 100"),
        QUERY_LEVEL,
        element(0x00100010, b"PN", b"\xc4neas "),
    ]
    assert encoder.encode(Found(("1", "Äneas"))) == b"".join(expected)


def test_what_the_server_adds_takes_the_place_of_a_key() -> None:
    keys = [Key(0x00080054, "AE"), Key(0x00100020, "LO")]
    ds = decode(encode(keys, ["OTHER", "P1"], extra={0x00080054: "QRSCP", 0x7FE1_0010: "X"}))
    assert texts(ds) == {0x00080052: "STUDY", 0x00080054: "QRSCP", 0x00100020: "P1", 0x7FE10010: "X"}


def test_private_creators_are_answered_as_asked() -> None:
    keys = [Key(0x00090010, "LO", ("dcmtools",)), Key(0x00091001, "SH")]
    ds = decode(encode(keys, ["", ""]))
    assert ds[0x00090010].value == "dcmtools"
    assert ds[0x00091001].is_empty


@pytest.mark.parametrize(
    ("requested", "stored", "name", "declared"),
    [
        ("", "", "Doe^Jane", None),
        ("ISO_IR 100", "ISO_IR 192", "Doe^Jane", None),
        ("ISO_IR 100", "ISO_IR 192", "Äneas", "ISO_IR 100"),
        ("ISO_IR 192", "ISO_IR 100", "Äneas", "ISO_IR 192"),
        ("ISO_IR 100", "\\ISO 2022 IR 87", YAMADA, ["", "ISO 2022 IR 87"]),
        ("", "\\ISO 2022 IR 87", YAMADA, ["", "ISO 2022 IR 87"]),
        ("", "", YAMADA, "ISO_IR 192"),
        ("ISO_IR 100", "ISO_IR 100", YAMADA, "ISO_IR 192"),
        ("ISO_IR 999", "nonsense", YAMADA, "ISO_IR 192"),
        ("ISO 2022 IR 6", "", "Äneas", "ISO_IR 192"),
    ],
)
def test_the_character_set_of_an_answer(
    requested: str, stored: str, name: str, declared: str | list[str] | None
) -> None:
    terms = tuple(requested.split("\\")) if requested else ()
    encoder = AnswerEncoder(query(Key(0x00100010, "PN"), character_set=terms), EXPLICIT)
    ds = decode(encoder.encode(Found((name,), stored)))
    assert ds.get("SpecificCharacterSet") == declared
    assert ds.PatientName == name


def test_characters_that_cannot_be_sent_become_question_marks() -> None:
    keys = [Key(0x00080060, "CS"), Key(0x00100010, "PN")]
    assert texts(decode(encode(keys, ["Ä", "Doe"]))) == {
        0x00080052: "STUDY",
        0x00080060: "?",
        0x00100010: "Doe",
    }
    ds = decode(encode(keys, ["Ä", "山\udce9"]))
    assert (ds.SpecificCharacterSet, ds.Modality, ds.PatientName) == ("ISO_IR 192", "?", "山?")


@pytest.mark.parametrize("syntax", UNCOMPRESSED)
@pytest.mark.parametrize("name", ["x" * 65534, "x" * 65535, "ä" * 40000])
def test_values_longer_than_their_vr_can_have(name: str, syntax: str) -> None:
    encoder = AnswerEncoder(query(Key(0x00100010, "PN"), Key(0x00104000, "LT")), syntax)
    ds = decode(encoder.encode(Found((name, "after"))), syntax)
    if ds["PatientName"].VR == "UN":  # pydicom does not look for the VR of a value as long as that
        assert ds.PatientName.decode().rstrip() == name
    else:
        assert ds.PatientName == name
    assert ds.PatientComments == "after"


@pytest.mark.parametrize("syntax", UNCOMPRESSED)
@pytest.mark.parametrize(
    ("vr", "tag", "text", "value"),
    [
        ("US", 0x00280010, "512", 512),
        ("US", 0x00280010, "512\\3", [512, 3]),
        ("US", 0x00280010, "-1", None),
        ("US", 0x00280010, "many", None),
        ("SS", 0x00189219, "-2", -2),
        ("UL", 0x00080001, "4294967295", 4294967295),
        ("SL", 0x00186020, "-3", -3),
        ("FL", 0x00089459, "0.5", 0.5),
        ("FL", 0x00089459, "1e300", None),
        ("FD", 0x00186028, "-0.1", -0.1),
        ("UV", 0x0008040C, "18446744073709551615", 18446744073709551615),
        ("SV", 0x00720082, "-9", -9),
        ("AT", 0x00280009, "00181063", 0x00181063),
        ("AT", 0x00280009, "(0018,1063)\\00181064", [0x00181063, 0x00181064]),
        ("AT", 0x00280009, "tag", None),
        ("OB", 0x00282000, "bytes", None),
        ("SQ", 0x00081110, "items", []),
    ],
)
def test_values_that_are_no_text(vr: str, tag: int, text: str, value: object, syntax: str) -> None:
    answered = decode(encode([Key(tag, vr)], [text], syntax), syntax)[tag].value
    assert (answered or None) == (value or None)


def test_many_binary_values_are_longer_than_their_text() -> None:
    ds = decode(encode([Key(0x00189079, "FD")], ["\\".join(["1"] * 20000)]))
    assert ds[0x00189079].value == pack("<20000d", *[1] * 20000)


def test_a_deflated_answer_has_an_even_length() -> None:
    for number in range(20):
        encoded = encode([Key(0x00100020, "LO")], [f"P{'x' * number}"], DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
        assert len(encoded) % 2 == 0
        assert zlib.decompressobj(-15).decompress(encoded).startswith(QUERY_LEVEL)


_KEYS = {
    0x00080016: "UI",
    0x00080018: "UI",
    0x00080020: "DA",
    0x00080050: "SH",
    0x00080060: "CS",
    0x00081030: "LO",
    0x00081190: "UR",
    0x00090010: "LO",
    0x00091001: "UN",
    0x00100010: "PN",
    0x00101002: "SQ",
    0x00104000: "LT",
    0x00181063: "DS",
    0x00189908: "UC",
    0x00200013: "IS",
    0x00400280: "ST",
    0x00404052: "DT",
    0x00420011: "OB",
}
_LETTERS = st.text("aBc1_", min_size=1, max_size=9)
_FOREIGN = st.text("aäÄßłжЯไ山田太郎やﾔ洪길张€😀", min_size=1, max_size=9)
_VALUES = {
    "UI": st.from_regex(r"1(\.[1-9][0-9]{0,4}){1,9}", fullmatch=True),
    "DA": st.just("20200229"),
    "DT": st.just("20200229101112.5+0100"),
    "DS": st.just("-1.5e3"),
    "IS": st.integers(-999, 999).map(str),
    "CS": _LETTERS,
    "UR": _LETTERS,
    "SQ": st.just(""),
    "OB": st.just(""),
}


@st.composite
def answers(draw: st.DrawFn) -> tuple[Query, Found]:
    keys, values = [], []
    for tag in sorted(draw(st.sets(st.sampled_from(sorted(_KEYS)), max_size=12))):
        vr = _KEYS[tag]
        one = _VALUES.get(vr, _LETTERS | _FOREIGN)
        many = st.lists(one, min_size=1, max_size=3).map("\\".join)
        keys.append(Key(tag, vr))
        values.append(draw(st.just("") | (one if vr in {"LT", "OB", "SQ", "ST", "UR"} else many)))
    terms = draw(st.sampled_from(CHARACTER_SETS)).split("\\")
    return query(*keys, character_set=tuple(terms)), Found(
        tuple(values), draw(st.sampled_from(CHARACTER_SETS))
    )


@given(answers(), st.sampled_from(UNCOMPRESSED))
def test_pydicom_decodes_what_was_encoded(given_: tuple[Query, Found], syntax: str) -> None:
    asked, found = given_
    ds = decode(AnswerEncoder(asked, syntax).encode(found), syntax)
    ds.pop(0x00080005, None)
    expected = {key.tag: value for key, value in zip(asked.keys, found.values, strict=True) if key.vr != "SQ"}
    if expected.get(0x00091001, "").isascii():
        assert texts(ds) == expected | {0x00080052: "STUDY"}
    assert [int(element.tag) for element in ds] == sorted([0x00080052, *(key.tag for key in asked.keys)])
    assert all(key.vr == ds[key.tag].VR for key in asked.keys if syntax == EXPLICIT)
