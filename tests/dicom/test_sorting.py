"""Matches in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from dcmtools.dicom.sorting import SortKey, sort_matches
from dcmtools.errors import KeywordPathError

from .datasets import dataset, odd_datasets


def in_order(matches: list[Dataset], *keys: str) -> list[Dataset]:
    return sort_matches(matches, [SortKey.parse(key) for key in keys], lambda match: match)


def series(*numbers: str | None) -> list[Dataset]:
    return [dataset(SeriesNumber=number) for number in numbers]


def test_numbers_are_compared_as_numbers() -> None:
    matches = series("10", "9", None, "-1")
    assert [match.SeriesNumber for match in in_order(matches, "SeriesNumber")] == [-1, 9, 10, None]


def test_what_has_no_value_is_last_in_either_direction() -> None:
    matches = [*series("10", None, "9"), Dataset()]
    assert [match.get("SeriesNumber") for match in in_order(matches, "-SeriesNumber")] == [10, 9, None, None]


def test_names_are_compared_without_case() -> None:
    matches = [dataset(PatientName=name) for name in ("doe^B", "Doe^A", "Adam")]
    assert [str(match.PatientName) for match in in_order(matches, "PatientName")] == [
        "Adam",
        "Doe^A",
        "doe^B",
    ]


def test_several_keys() -> None:
    rows = [("20200102", "b"), ("20200101", "c"), ("20200102", "a")]
    matches = [dataset(StudyDate=date, PatientID=patient) for date, patient in rows]
    ordered = in_order(matches, "-StudyDate", "PatientID")
    assert [match.PatientID for match in ordered] == ["a", "b", "c"]


def test_what_is_equal_stays_in_its_order() -> None:
    matches = [dataset(StudyDate="20200101", PatientID=str(number)) for number in range(5)]
    assert in_order(matches, "-StudyDate") == matches
    assert in_order(matches) == matches


def test_wrong_key() -> None:
    with pytest.raises(KeywordPathError):
        SortKey.parse("-NoSuchKey")


@given(st.lists(odd_datasets(), max_size=4))
def test_any_datasets(matches: list[Dataset]) -> None:
    for key in ("PatientName", "-Rows", "-StudyDate", "WindowCenter"):
        assert sorted(map(id, in_order(matches, key))) == sorted(map(id, matches))
