from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.person_names import fold_name
from dcmtools.index.forms import after, date_form, fold, identity, name_form, name_forms, storable, text_form


@given(st.text(), st.text())
def test_what_begins_with_a_text_does_so_folded(text: str, more: str) -> None:
    assert fold(text + more) == fold(text) + fold(more)


@given(st.text(st.characters(exclude_characters="=\\")))
def test_names_that_match_have_one_form(name: str) -> None:
    assert name_form(name) == name_form(fold_name(name))


@given(st.text(min_size=1), st.text())
def test_all_that_begin_with_a_text_come_before_what_is_after_it(prefix: str, more: str) -> None:
    end = after(prefix)
    assert prefix <= prefix + more
    assert end is None or prefix + more < end


@given(st.text(), st.text())
def test_only_what_begins_with_a_text_comes_before_what_is_after_it(prefix: str, other: str) -> None:
    end = after(prefix)
    if prefix <= other and (end is None or other < end):
        assert other.startswith(prefix) or not prefix.strip("\U0010ffff")


def test_there_may_be_nothing_after_a_text() -> None:
    assert after("") is None
    assert after("\U0010ffff") is None
    assert after("a\U0010ffff") == "b"
    assert after("\ud7ff") == "\ue000"


@given(st.text(st.characters()) | st.text(st.sampled_from("a\0\ud800\udfff\U00010000")))
def test_any_text_can_be_stored(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    assert stored.encode("utf-8").decode() == stored
    assert storable(stored) == stored


def test_an_identity_is_short_and_different() -> None:
    assert identity("1.2.3") == "1.2.3"
    long, other = "1" * 5000, "1" * 5001
    assert len(identity(long)) < 256
    assert identity(long) != identity(other)


def test_what_has_no_form_is_left_to_its_text() -> None:
    assert text_form("A1") == "A1"
    assert text_form("A1\\A2") is text_form("A" * 300) is None
    assert date_form("20200101") == "20200101"
    assert date_form("") == ""
    assert date_form("2020.01.01") is date_form("20200101\\20200102") is None
    assert name_forms("Doe^John^^=道^^=") == ("doe^john^", "道^", "")
    assert name_forms("a=b=c=d") == name_forms("Doe\\Roe") == name_forms("x" * 300) == (None, None, None)
