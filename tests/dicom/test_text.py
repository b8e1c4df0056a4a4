"""Text of others is shown without letting it act."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.text import brief_text, safe_text

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CITIZEN^Jan", "CITIZEN^Jan"),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎"),
        ("می‌خواهم", "می‌خواهم"),  # a joiner belongs to the word
        ("\x1b[31mred", r"\x1b[31mred"),
        ("two\nlines\r\x00\x7f\x9b", r"two\x0alines\x0d\x00\x7f\x9b"),
        ("right\u202eto left", r"right\u202eto left"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("\udce9", r"\udce9"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("[/red] %s {x}", "[/red] %s {x}"),
    ],
)
def test_safe_text_escapes_what_acts_and_keeps_what_is_read(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@given(ANY_TEXT)
def test_safe_text_is_one_printable_line_and_stays_as_it_is(text: str) -> None:
    shown = safe_text(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert len(shown.splitlines()) <= 1
    assert safe_text(shown) == shown
    shown.encode()


@given(ANY_TEXT, st.integers(4, 30))
def test_brief_text_cuts_the_text_and_says_so(text: str, limit: int) -> None:
    if len(text) <= limit:
        assert brief_text(text, limit) == safe_text(text)
    else:
        assert brief_text(text, limit) == safe_text(text[: limit - 3]) + "..."
