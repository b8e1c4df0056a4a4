from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import python_encoding

from dcmtools.dicom.value_text import CHARACTER_SET_VRS, NUMBER_FORMATS, TEXT_VRS, encodings_of, value_text

_NAMES = {  # PS3.5 annexes H to K
    ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"):
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    ("ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"):
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    ("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"):
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    ("\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东="):
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    ("ISO_IR 192", "Wang^XiaoDong=王^小东="): b"Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe4\xb8\x9c=",
    ("GB18030", "Wang^XiaoDong=王^小东="): b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=",
    ("ISO_IR 100", "Buc^Jérôme"): b"Buc^J\xe9r\xf4me",
    ("ISO_IR 144", "Люк"): b"\xbb\xee\xda",
    ("ISO 2022 IR 100\\ISO 2022 IR 144", "Jérôme^Лю"): b"J\xe9r\xf4me^\x1b-L\xbb\xee",
}  # fmt: skip


@pytest.mark.parametrize(("character_set", "name"), _NAMES)
def test_the_examples_of_the_standard_are_read(character_set: str, name: str) -> None:
    assert value_text(_NAMES[character_set, name], "PN", encodings_of(character_set)) == name


def test_padding_goes_and_leading_spaces_that_count_stay() -> None:
    assert value_text(b" A \\ B ", "LO") == "A\\B"
    assert value_text(b"1.2\0", "UI") == "1.2"
    assert value_text(b" A \\ B ", "LT") == " A \\ B"
    assert value_text(b" A \\ B ", "UC") == " A\\ B"
    assert value_text(b"  ", "CS") == ""


def test_numbers_are_read_in_their_byte_order() -> None:
    assert value_text(b"\0\2", "US") == "512"
    assert value_text(b"\0\2", "US", little=False) == "2"
    assert value_text(b"\xff\xff\1\0", "SS") == "-1\\1"
    assert value_text(b"\x18\0\x10\0", "AT") == "00180010"
    assert value_text(b"\0\x18\0\x10", "AT", little=False) == "00180010"
    assert value_text(b"\0\0\0\0\0\0\xf8\x3f", "FD") == "1.5"
    assert value_text(b"\1", "US") == ""


def test_text_that_should_be_ascii_is_taken_for_what_it_may_be() -> None:
    assert value_text("Müller".encode(), "PN") == "Müller"
    assert value_text("Müller".encode("latin-1"), "PN") == "Müller"
    assert value_text(b"\xff", "CS", encodings_of("GB18030")) == "ÿ"
    assert encodings_of("nonsense") == encodings_of("") == encodings_of("ISO_IR 6") == ("ascii",)


def test_a_multi_byte_character_may_hold_a_backslash() -> None:
    character = b"\x95\x5c"  # of GB18030
    assert "\\" not in value_text(character, "LO", encodings_of("GB18030"))


@given(
    st.binary(max_size=40)
    | st.text("\x1b$()-BAICDJ\\^=ﾔ", max_size=20).map(lambda text: text.encode("shift_jis")),
    st.sampled_from(sorted(TEXT_VRS | NUMBER_FORMATS.keys() | {"AT"})),
    st.lists(st.sampled_from([*python_encoding, "other"]), min_size=1, max_size=4),
    st.booleans(),
)
def test_any_bytes_become_text_that_can_be_stored(
    value: bytes, vr: str, terms: list[str], little: bool
) -> None:
    text = value_text(value, vr, encodings_of("\\".join(terms)), little=little)
    assert "\0" not in text
    text.encode("utf-8")


def test_vrs_are_of_one_kind() -> None:
    assert CHARACTER_SET_VRS < TEXT_VRS
    assert not TEXT_VRS & NUMBER_FORMATS.keys()
