"""Which character sets there are, and which text they can carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import python_encoding

from dcmtools.dicom.character_set import UNICODE, parse_character_set, unencodable
from dcmtools.errors import InputError

JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("ISO_IR 192", ("ISO_IR 192",)),
        ("", ("",)),
        ("ISO 2022 IR 6\\ISO 2022 IR 87", ("ISO 2022 IR 6", "ISO 2022 IR 87")),
        ("\\ISO 2022 IR 149", ("", "ISO 2022 IR 149")),
    ],
)
def test_defined_terms(text: str, terms: tuple[str, ...]) -> None:
    assert parse_character_set(text) == terms


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("utf-8", "ISO_IR 192"),
        ("latin1", "ISO_IR 100"),
        ("iso8859-5", "ISO_IR 144"),
        ("ISO-IR 100", "ISO_IR 100"),
        ("iso_ir 192", "ISO_IR 192"),
        ("gbk", "GBK"),
        ("ISO 2022 IR 6\\ISO 2022 IR 78", "ISO 2022 IR 87"),
    ],
)
def test_an_unknown_term_is_an_error_that_names_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(InputError, match="is not a character set") as caught:
        parse_character_set(text)
    assert caught.value.hint == f"did you mean '{nearest}'?"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ISO_IR 192\\ISO 2022 IR 87", "'ISO_IR 192' stands for itself"),
        ("ISO 2022 IR 6\\GB18030", "'GB18030' stands for itself"),
        ("ISO 2022 IR 87", "'ISO 2022 IR 87' only extends another"),
        ("ISO 2022 IR 6\\", "only the first character set may be empty"),
    ],
)
def test_terms_that_cannot_stand_together(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_character_set(text)
    assert reason in caught.value.message


@given(st.text(st.characters(exclude_categories=())) | st.sampled_from(sorted(python_encoding)))
def test_no_text_raises_another_error(text: str) -> None:
    try:
        terms = parse_character_set(text)
    except InputError:
        return
    assert unencodable("ASCII", terms) is None


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (JAPANESE, "ISO_IR 192"),
        (JAPANESE, "\\ISO 2022 IR 87"),
        ("ヤマダ^タロウ=山田^太郎", "ISO 2022 IR 13\\ISO 2022 IR 87"),
        ("김희중", "\\ISO 2022 IR 149"),
        ("王^小东", "GB18030"),
        ("Äneas^Rüdiger", "ISO_IR 100"),
        ("ЛюкÄ", "ISO 2022 IR 100\\ISO 2022 IR 144"),
        ("*", ""),
    ],
)
def test_text_that_fits(text: str, charset: str) -> None:
    assert unencodable(text, parse_character_set(charset), person_name=True) is None


@pytest.mark.parametrize(
    ("text", "charset", "char"),
    [
        ("Äneas", "", "Ä"),
        ("Äneas", "ISO_IR 6", "Ä"),  # pydicom would write Latin-1
        ("é", "ISO 2022 IR 6\\ISO 2022 IR 101", "é"),  # pydicom would leave out the escape sequence
        ("Ä山", "ISO_IR 100", "山"),
        ("Ä山", "ISO 2022 IR 6\\ISO 2022 IR 87", "Ä"),  # the same, with an escape sequence to ASCII
        ("ж\nж", "ISO 2022 IR 6\\ISO 2022 IR 144", "ж\nж"),  # a line end resets the character set
        ("¥", "ISO_IR 13", "¥"),  # its code is that of the backslash
        ("山\udce9", "ISO_IR 192", "\udce9"),
    ],
)
def test_text_that_does_not_fit(text: str, charset: str, char: str) -> None:
    assert unencodable(text, parse_character_set(charset)) == char


@given(st.text())
def test_every_text_without_controls_fits_into_unicode(text: str) -> None:
    printable = text.replace("\x1b", "")
    assert unencodable(printable, UNICODE) is None
    assert unencodable(printable, UNICODE, person_name=True) is None
