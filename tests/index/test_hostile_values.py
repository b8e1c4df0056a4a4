"""Values that no dataset should have: they are indexed and found as they are, and nothing else is."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.query import STUDY_ROOT, Level
from dcmtools.index.catalog import Catalog

from .instances import answers, question, write_instance

_HOSTILE = [
    "%", "_", "%%", "a_c", "'; DROP TABLE instance; --", '"', "''", "a\\", "\\", "[a-z]", "{0}", "%(x)s",
    ":x", "$1", "\ufeff", "\u202e", "\U0010ffff", "A" * 300, "é" * 300, "\x1b[2J", "a\nb", "ß", "İ", "ǆ",
    "\u0345",
]  # fmt: skip


def test_text_is_found_by_itself_only(catalog: Catalog, folder: Path) -> None:
    keywords = ("PatientName", "AccessionNumber", "StudyDescription", "ReferringPhysicianName")
    other = {
        "SOPInstanceUID": "1.9",
        "PatientID": "P9",
        "StudyInstanceUID": "1.9",
        "SeriesInstanceUID": "1.9",
    }
    catalog.add(write_instance(folder / "b", **other, **dict.fromkeys(keywords, "abc")))
    for text in _HOSTILE:
        catalog.add(write_instance(folder / "a", character_set="ISO_IR 192", **dict.fromkeys(keywords, text)))
        for keyword, part in itertools.product(keywords, filter(None, text.split("\\"))):
            assert answers(catalog, question(Level.STUDY, **{keyword: part})) == [(text,)]
            assert (text,) in answers(catalog, question(Level.STUDY, **{keyword: f"{part[:1]}*"}))


@pytest.mark.parametrize("tag", ["PatientID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_unique_keys_may_be_anything(catalog: Catalog, folder: Path, tag: str) -> None:
    for text in [*_HOSTILE, "1." * 30_000]:
        catalog.clear()
        catalog.add(write_instance(folder / "a", character_set="ISO_IR 192", **{tag: text}))
        ((stored,),) = answers(catalog, question(Level.SERIES, **{tag: ""}))
        assert len(stored) >= len(text)
        if "\\" not in text:
            assert catalog.count(question(Level.SERIES, **{tag: stored})) == 1
            assert answers(catalog, question(Level.SERIES, **{tag: stored})) == [(stored,)]


def test_bytes_that_are_no_text_are_indexed(catalog: Catalog, folder: Path) -> None:
    for number, raw in enumerate(
        [b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b$B\xff", bytes(range(1, 256))]
    ):
        for character_set in ("", "ISO_IR 192", "ISO 2022 IR 13\\ISO 2022 IR 87", "nonsense", "GB18030"):
            uid = f"1.{number}.{len(character_set)}"
            file = write_instance(
                folder / uid, SpecificCharacterSet=character_set, PatientName=raw, StudyDescription=raw,
                PatientComments=raw, SOPInstanceUID=uid, PatientID=uid, StudyInstanceUID=uid,
                SeriesInstanceUID=uid,
            )  # fmt: skip
            catalog.add(file)
            (found,) = answers(catalog, question(Level.PATIENT, PatientID=uid, PatientName=""))
            assert found[0]
            assert "\0" not in found[0]


def test_a_sop_instance_uid_may_be_anything(catalog: Catalog, folder: Path) -> None:
    file = write_instance(folder / "a")
    for uid in ["", "\ud800", "a\0b", "../x", "1." * 5000, "%"]:
        catalog.add(file._replace(sop_instance_uid=uid))
    assert len(answers(catalog, question(Level.IMAGE, SOPInstanceUID=""))) == 6
    for uid in ["\ud800", "a\0b", "../x", "1." * 5000, "%"]:
        assert catalog.count(question(Level.IMAGE, SOPInstanceUID=uid)) == 1
        catalog.remove(uid)
        assert catalog.count(question(Level.IMAGE, SOPInstanceUID=uid)) == 0


def test_a_file_may_have_any_name(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    names = ["a b", "100%", "ä", "a%41", "new\nline", os.fsdecode(b"\xff\xfe")]
    for place, name in itertools.product((folder, tmp_path), names):
        catalog.add(write_instance(place / name))
        (found,) = catalog.locate(question(Level.STUDY, STUDY_ROOT, StudyInstanceUID="1.2.1"))
        assert found.path == str(place / name)
        assert Path(found.path).exists()


def test_keys_cost_bounded_time(catalog: Catalog, folder: Path) -> None:
    catalog.add(write_instance(folder / "a", PatientName="a" * 60_000, StudyDescription="ab" * 30_000))
    for pattern in ("*a" * 5000 + "b", "?" * 60_000, "*?" * 5000, "a*" * 5000, "[" * 1000):
        asked = question(Level.STUDY, PatientName=pattern, StudyDescription=pattern, AccessionNumber=pattern)
        assert len(answers(catalog, asked)) == 0
    many = [f"x{number}*" for number in range(2000)]
    assert answers(catalog, question(Level.STUDY, StudyDescription=many)) == []


@given(
    name=st.text(max_size=8),
    pattern=st.text(st.sampled_from("aÄä^=*?sß\u017f\u03c3\u03c2\u03a3\u0301 "), max_size=6),
)
def test_what_matches_is_always_selected(catalog: Catalog, folder: Path, name: str, pattern: str) -> None:
    """Referring Physician's Name has no forms to select by: both attributes have to find the same."""
    catalog.clear()
    value = name.encode("utf-8", "replace")
    file = write_instance(
        folder / "a", character_set="ISO_IR 192", PatientName=value, ReferringPhysicianName=value
    )
    catalog.add(file)
    for key in (pattern, name, f"{name[:2]}*", f"*{name[-2:]}", name.upper(), name.casefold()):
        found = [
            answers(catalog, question(Level.STUDY, **{keyword: key}))
            for keyword in ("PatientName", "ReferringPhysicianName")
        ]
        assert found[0] == found[1]
