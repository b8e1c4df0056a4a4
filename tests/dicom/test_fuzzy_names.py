"""Person names that are alike (PS3.4 C.2.2.2.1.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.fuzzy_names import compile_fuzzy_name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Meier^Hans", "MAYER^HANS"),
        ("Hans Meier", "Meyer^Hans"),
        ("Müller", "Mueller^Anna"),
        ("Muller", "Müller^Anna"),
        ("Garcia-Lopez", "García López^José"),
        ("Robert", "Rupert^X"),
        ("山田", "Yamada^Tarou=山田^太郎"),
        ("O'Brien", "OBrien^Pat=O Brien^Pat"),
        ("J*^Doe", "Doe^Jane"),
    ],
)
def test_names_that_are_alike(key: str, name: str) -> None:
    assert compile_fuzzy_name(key)(name)


@pytest.mark.parametrize(
    ("key", "name"),
    [("Meier^Hans", "Meier^Anna"), ("Smith", "Jones"), ("^", "Doe"), ("山田", "田中"), ("Doe", "")],
)
def test_names_that_are_not_alike(key: str, name: str) -> None:
    assert not compile_fuzzy_name(key)(name)


@pytest.mark.parametrize(
    ("word", "other", "alike"),
    [
        ("Ashcraft", "Ashcroft", True),  # A261: h does not separate
        ("Tymczak", "Tymcak", True),
        ("Pfister", "Pister", True),  # the first letter counts among the doubled
        ("Honeyman", "Honyman", True),
        ("Robert", "Rubin", False),
        ("Lee", "Leigh", False),
    ],
)
def test_the_sound_of_a_word(word: str, other: str, alike: bool) -> None:
    assert compile_fuzzy_name(word)(other) is alike


@given(st.text(min_size=1), st.text())
def test_no_text_makes_matching_fail(key: str, name: str) -> None:
    assert compile_fuzzy_name(key)(name) in {True, False}
