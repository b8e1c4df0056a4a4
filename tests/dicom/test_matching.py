"""Attribute matching (PS3.4 C.2.2.2), VR by VR."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import keyword_for_tag
from pydicom.tag import Tag

from dcmtools.dicom.element_name import public_vr
from dcmtools.dicom.matching import DATE_TIME_PAIRS, WILDCARD_VRS, combine, compile_matcher, number_of
from dcmtools.dicom.query import Key


def matches(vr: str, key: str, text: str, *, fuzzy: bool = False) -> bool:
    return compile_matcher(Key(0, vr, tuple(key.split("\\"))), fuzzy=fuzzy)(text)


@pytest.mark.parametrize(
    ("vr", "key", "text"),
    [
        ("LO", "abc", "abc"),
        ("LO", "abc", " abc "),
        ("SH", "b", "a\\b\\c"),
        ("CS", "MR\\CT", "SR\\CT"),
        ("LO", "a?c*", "abcd"),
        ("LO", "*", ""),
        ("LO", "a_c%", "a_c%"),
        ("LT", "a\\b", "a"),  # alternatives: the key is split by who read it
        ("ST", " a", " a "),
        ("UI", "1.2.3", "1.2.3"),
        ("UI", "1.2.3\\1.2.4", "1.2.4"),
        ("UI", "1.2.3\\1.2.4", "1.2.9\\1.2.3"),
        ("DA", "20200101", "20200101"),
        ("DA", "20200101-", "20200102"),
        ("DA", "20209999", "20209999"),  # no date, but the same
        ("TM", "0700-0727", "072730"),
        ("TM", "0727", "072730.5"),
        ("DT", "2020", "20200101120000"),
        ("DT", "soon", "soon"),
        ("PN", "doe*", "Doe^Jane"),
        ("PN", "doe", "Roe\\Doe"),
        ("IS", "7", " 007 "),
        ("IS", "7", "1\\+7"),
        ("DS", "1.50", "15e-1"),
        ("US", "512", "512"),
        ("FD", "0.5", "0.50"),
        ("IS", "seven", "seven"),
        ("AT", "00100020", "00100010\\00100020"),
    ],
)
def test_what_matches(vr: str, key: str, text: str) -> None:
    assert matches(vr, key, text)


@pytest.mark.parametrize(
    ("vr", "key", "text"),
    [
        ("LO", "abc", "ABC"),
        ("LO", "abc", "abcd"),
        ("LO", "a_c*", "abcd"),
        ("LO", "a%", "abc"),
        ("LO", "abc", ""),
        ("LO", "a?c", "ac"),
        ("SH", "a\\b", "c"),
        ("ST", "a", "a\\b"),  # one value
        ("ST", "a", " a"),
        ("UI", "1.2.*", "1.2.3"),
        ("UI", "1.2.3\\1.2.4", "1.2.34"),
        ("DA", "*", "20200101"),
        ("DA", "2020*", "20200101"),
        ("DA", "20200101-", ""),
        ("DA", "-", "20200101"),
        ("DA", "20200101-20200131", "2020"),
        ("TM", "072730", "0727"),
        ("TM", "0700-0727", "0728"),
        ("DT", "2020", ""),
        ("IS", "7", "70"),
        ("IS", "7", ""),
        ("IS", "?", "7"),
        ("AS", "03?Y", "030Y"),
    ],
)
def test_what_does_not_match(vr: str, key: str, text: str) -> None:
    assert not matches(vr, key, text)


def test_fuzzy_matching_is_for_person_names_and_has_all_that_match_without() -> None:
    assert not matches("PN", "Meier^Hans", "Hans^Mayer")
    assert matches("PN", "Meier^Hans", "Hans^Mayer", fuzzy=True)
    assert matches("PN", "?^?", "A^B", fuzzy=True)
    assert not matches("LO", "Meier", "Mayer", fuzzy=True)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\\\0"), max_size=10)
_VRS = st.sampled_from(
    [
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "ST",
        "TM",
        "UC",
        "UI",
        "UN",
        "UR",
        "US",
        "UT",
    ]
)


@given(_VRS, _TEXT, st.booleans())
def test_a_key_without_values_matches_everything(vr: str, text: str, fuzzy: bool) -> None:
    assert compile_matcher(Key(0, vr), fuzzy=fuzzy)(text)


@given(_VRS, _TEXT.filter(lambda text: text == text.strip() and text))
def test_a_value_matches_itself(vr: str, value: str) -> None:
    if vr in {"DA", "TM", "DT"}:
        value = value.replace("-", "")  # else a range
    if value:
        assert matches(vr, value, value)


@given(_VRS, st.lists(_TEXT, min_size=1, max_size=3), _TEXT, st.booleans())
def test_no_text_makes_matching_fail(vr: str, key: list[str], text: str, fuzzy: bool) -> None:
    assert compile_matcher(Key(0, vr, tuple(key)), fuzzy=fuzzy)(text) in {True, False}


@given(st.sampled_from(sorted(WILDCARD_VRS)), _TEXT)
def test_an_asterisk_matches_everything(vr: str, text: str) -> None:
    assert matches(vr, "*", text)


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_are_read(number: object) -> None:
    assert number_of(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "1_000", "NaN", "Infinity", "0x10", "1,5", " 1", "1e", "\u0661", "1e" + "9" * 30]
)
def test_what_is_no_number(text: str) -> None:
    assert number_of(text) is None


def test_date_and_time_as_one_range() -> None:
    test = combine(Key(0, "DA", ("20200101-20200103",)), Key(0, "TM", ("1000-1100",)))
    assert test is not None
    assert test("20200101", "1000")
    assert test("20200102", "235959")  # though no time from 10 to 11
    assert test("20200103", "110059")
    assert not test("20200101", "095959")
    assert not test("20200103", "1101")
    assert not test("20200102", "")
    assert not test("", "1030")


@pytest.mark.parametrize(
    ("dates", "times"),
    [
        ((), ("10-11",)),
        (("20200101",), ("10-11",)),
        (("20200101-",), ("10",)),
        (("20200101-",), ("10-", "11-")),
    ],
)
def test_what_is_matched_by_itself(dates: tuple[str, ...], times: tuple[str, ...]) -> None:
    assert combine(Key(0, "DA", dates), Key(0, "TM", times)) is None


def test_pairs_are_of_a_date_and_a_time_of_the_same_name() -> None:
    for date, time in DATE_TIME_PAIRS.items():
        assert (public_vr(Tag(date)), public_vr(Tag(time))) == ("DA", "TM")
        assert keyword_for_tag(date).replace("Date", "") == keyword_for_tag(time).replace("Time", "")
