"""Text in the character sets of DICOM, read back by pydicom."""

import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import convert_encodings, decode_bytes, default_encoding
from pydicom.valuerep import TEXT_VR_DELIMS

from dcmtools.dicom.character_set import parse_character_set
from dcmtools.dicom.text_encoding import encode_text

CHARACTER_SETS = (
    "",
    "ISO_IR 13",
    "ISO_IR 100",
    "ISO_IR 101",
    "ISO_IR 144",
    "ISO_IR 166",
    "ISO_IR 192",
    "GB18030",
    "GBK",
    "\\ISO 2022 IR 87",
    "\\ISO 2022 IR 149",
    "\\ISO 2022 IR 58",
    "\\ISO 2022 IR 101\\ISO 2022 IR 144",
    "ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159",
    "ISO 2022 IR 100\\ISO 2022 IR 126",
)
CHARACTERS = "Az0 ^=*?~'äÄßéłжЯΣאไทñ山田太郎やまだヤマﾔﾏ洪길동张东¥€😀\n\t"


@given(st.text(CHARACTERS), st.sampled_from(CHARACTER_SETS), st.booleans())
def test_what_fits_is_read_back_the_same(text: str, character_set: str, person_name: bool) -> None:
    terms = parse_character_set(character_set)
    encoded = encode_text(text, terms, person_name=person_name)
    if encoded is None:
        assert not text.isascii()
        return
    encodings = convert_encodings(list(terms))
    standard = ["ascii" if name == default_encoding else name for name in encodings]
    delimiters = TEXT_VR_DELIMS | (set(map(ord, "^=")) if person_name else set())
    assert decode_bytes(encoded, standard, delimiters) == text


@pytest.mark.parametrize(
    ("text", "character_set", "encoded"),
    [
        ("Äneas", "ISO_IR 100", b"\xc4neas"),
        ("ﾔﾏﾀﾞ 1", "ISO_IR 13", b"\xd4\xcf\xc0\xde 1"),
        ("Äneas", "ISO_IR 192", b"\xc3\x84neas"),
        ("王^小东", "GB18030", b"\xcd\xf5^\xd0\xa1\xb6\xab"),
        # the examples of PS3.5 annex H and I
        (
            "Yamada^Tarou=山田^太郎=やまだ^たろう",
            "\\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        ),
        (
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
            "ISO 2022 IR 13\\ISO 2022 IR 87",
            b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"
            b"=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        ),
        (
            "Hong^Gildong=洪^吉洞=홍^길동",
            "\\ISO 2022 IR 149",
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        ),
    ],
)
def test_encoded_names(text: str, character_set: str, encoded: bytes) -> None:
    assert encode_text(text, parse_character_set(character_set), person_name=True) == encoded


@pytest.mark.parametrize(
    ("text", "character_set"),
    [
        ("Ä", ""),
        ("Ä", "ISO_IR 6"),
        ("山", "ISO_IR 100"),
        ("山", "ISO_IR 13"),
        ("¥", "ISO_IR 13"),  # its code is that of the backslash
        ("é", "ISO 2022 IR 6\\ISO 2022 IR 101"),  # pydicom would leave out the escape sequence
        ("Ä山", "\\ISO 2022 IR 87"),
        ("\udce9", "ISO_IR 192"),
    ],
)
def test_what_does_not_fit(text: str, character_set: str) -> None:
    assert encode_text(text, parse_character_set(character_set)) is None


def test_the_filters_of_warnings_are_left_alone() -> None:
    before = warnings.filters[:]
    threads = [
        threading.Thread(target=encode_text, args=("Ä山ﾔ¥", parse_character_set(character_set)))
        for character_set in CHARACTER_SETS
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
