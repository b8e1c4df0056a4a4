from __future__ import annotations

import pytest

from dcmtools.dicom.query import Level
from dcmtools.errors import InputError
from dcmtools.index.attributes import STANDARD, Attribute, parse_attribute, with_standard


def test_the_standard_attributes_are_named_rightly() -> None:
    assert all(attribute.tag and attribute.vr for attribute in STANDARD)
    assert len({attribute.tag for attribute in STANDARD}) == len(STANDARD)
    assert {attribute.tag for attribute in STANDARD if attribute.is_unique_key} == {
        level.unique_key for level in Level
    }


def test_a_further_attribute_is_named_by_keyword_or_tag() -> None:
    expected = Attribute(0x00180010, "LO", Level.SERIES, "contrastbolusagent")
    assert parse_attribute("SERIES.ContrastBolusAgent") == expected
    assert parse_attribute("SERIES.(0018,0010)") == expected
    assert parse_attribute("IMAGE.(0009,1001)") == Attribute(0x00091001, "LO", Level.IMAGE, "x00091001")
    assert parse_attribute("IMAGE.SmallestImagePixelValue").vr == "US"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("PatientName", "no level is named"),
        ("FILM.Modality", "no level is named"),
        ("STUDY.NoSuchKeyword", "no such keyword or tag"),
        ("STUDY.", "no element is named"),
        ("STUDY.ProcedureCodeSequence", "VR SQ has no text to index"),
        ("IMAGE.PixelData", "VR OB has no text to index"),
    ],
)
def test_a_further_attribute_needs_a_level_and_text(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_attribute(text)


def test_what_is_standard_stays_of_its_level() -> None:
    assert with_standard([parse_attribute("IMAGE.Modality")]) == STANDARD
