"""Wildcard matching against a model that tries everything, and on patterns made to be slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.wildcards import compile_pattern, has_wildcards, literal_prefix


def model(pattern: str, text: str) -> bool:
    """Whether `pattern` matches, by trying what each ``*`` may stand for."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(model(pattern[1:], text[skipped:]) for skipped in range(len(text) + 1))
    return text != "" and pattern[0] in {"?", text[0]} and model(pattern[1:], text[1:])


@given(st.text("ab*?.[\n", max_size=8), st.text("ab*?.[\n", max_size=10))
def test_a_pattern_matches_as_the_model_does(pattern: str, text: str) -> None:
    assert compile_pattern(pattern)(text) == model(pattern, text)


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=6), st.text("ab", max_size=3))
def test_what_a_pattern_was_made_from_matches(pieces: list[str], filling: str) -> None:
    assert compile_pattern("*".join(pieces))(filling.join(pieces))


@pytest.mark.parametrize(
    "literal", ["%", "_", "\\", "[a-z]", ".", "^", "$", "(", "a|b", "{2}", "\0", "\ud800"]
)
def test_other_characters_are_literal(literal: str) -> None:
    matches = compile_pattern(f"*{literal}?")
    assert matches(f"x{literal}y")
    assert not matches("xay")
    assert not has_wildcards(literal)


@pytest.mark.parametrize(
    ("pattern", "prefix"), [("Doe*", "Doe"), ("D?e*", "D"), ("*", ""), ("Doe", "Doe"), ("a_%*b*", "a_%")]
)
def test_the_literal_prefix(pattern: str, prefix: str) -> None:
    assert literal_prefix(pattern) == prefix


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 5000 + "*b", "*?" * 5000 + "b", "*" * 60000 + "b", "*a?" * 3000 + "b", "a" * 30000 + "*b"],
)
def test_hostile_patterns_end(pattern: str) -> None:
    assert not compile_pattern(pattern)("a" * 20000)
