from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcmtools.dicom.safe_names import LONGEST_NAME, is_safe, safe_name

SAFE = ["1.2.840.10008", "CT-3", "Müller^Jörg", "山田^太郎", "हिन्दी", "a b", "A_1", "x" * LONGEST_NAME]
UNSAFE = [
    *(
        "",
        ".",
        "..",
        "...",
        "../x",
        "..\\x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "a..b",
        ".hidden",
        "-rf",
        "~",
        "a:b",
    ),
    *("a\0b", "a\nb", "a\x1b[2J", "a\u202eb", "a\u200bb", "\ud800", "a\ufffdb", "x" * (LONGEST_NAME + 1)),
    *(
        "CON",
        "con",
        "Nul.dcm",
        "aux .x",
        "COM1",
        "LPT9.txt",
        "com¹",
        " a",
        "a ",
        "a.",
        "$(id)",
        "`id`",
        "a|b",
    ),
    *("a*", "a?", '"', "<a>", "[red]", "u\u0308", ".dcmtools-0123456789abcdef.part"),
]


@pytest.mark.parametrize("text", SAFE)
def test_what_is_safe_stays(text):
    assert is_safe(text)
    assert safe_name(text) == text


@pytest.mark.parametrize("text", UNSAFE, ids=ascii)
def test_what_is_not_safe_is_made_so(text):
    assert not is_safe(text)
    assert is_safe(safe_name(text))
    assert is_safe(safe_name(text, ".dcm") + ".dcm")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a/b", "a_b"), ("u\u0308/", "ü_"), ("", "_"), ("..", "__"), ("-rf", "_-rf"), ("CON.x", "_CON.x")],
)
def test_what_can_be_read_of_it_stays(text, shown):
    assert safe_name(text)[:-33] == shown


def test_a_device_that_the_suffix_completes_is_none():
    assert safe_name("CO", "N") != "CO"


texts = (
    st.text(max_size=400) | st.text(alphabet="./-_ \\:aACON\0é", max_size=8) | st.sampled_from(SAFE + UNSAFE)
)


@given(texts, texts, st.booleans(), st.booleans(), st.sampled_from(["", ".dcm", "-x"]))
@example("a/b", safe_name("a/b"), False, False, "")
@example("_", "_", True, False, "")
@example("a/", "a/", True, False, ".dcm")
def test_it_is_safe_and_injective(first, second, mark_first, mark_second, suffix):
    names = [safe_name(first, suffix, mark=mark_first), safe_name(second, suffix, mark=mark_second)]
    assert (names[0] == names[1]) is ((first, mark_first) == (second, mark_second))
    for name in names:
        assert is_safe(name + suffix)
        assert unicodedata.is_normalized("NFC", name)
        assert not set(name) & set("/\\:\0")
