"""Date-times, with their offsets from UTC, and ranges of them."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.date_times import compile_date_time


def matches(key: str, value: str) -> bool:
    test = compile_date_time(key)
    assert test is not None
    return test(value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("2020", "20201231235959.999999"),
        ("202002", "20200229"),
        ("20200101-20200103", "20200103235959"),
        ("2019-2020", "2020"),
        ("20200101-", "20200101"),
        ("-202001", "20200131235960"),
        ("20200101120000+0100", "20200101110000+0000"),
        ("20200101120000-0500", "20200101170000+0000"),
        ("20200101120000-0500-20200101130000-0500", "20200101173000+0000"),
        ("20200101120000-0500-", "20200101170000+0000"),
        ("-20200101120000-0500", "20200101170000+0000"),
        ("20200101100000-20200101110000", "20200101103000+0900"),  # one has no offset: by the clock
        ("20200101120000-0030", "20200101123000+0000"),
    ],
)
def test_what_matches(key: str, value: str) -> None:
    assert matches(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("2020", "2021"),
        ("20200101120000+0100", "20200101120000+0000"),
        ("20200101-20200103", "20200104"),
        ("20200103-20200101", "20200102"),
        ("2019-2020", "20210101000000"),
        ("2020+0000", "20201231230000-0500"),
        ("-202001", "20200201"),
        ("2020", ""),
        ("2020", "20200230"),
        ("2020", "2020-2021"),
        ("2020", "last year"),
    ],
)
def test_what_does_not_match(key: str, value: str) -> None:
    assert not matches(key, value)


@pytest.mark.parametrize(
    "key", ["", "-", "20", "202013", "20200230", "0000", "2020-x", "*", "2020-2021-2022", "-" * 99999]
)
def test_what_is_no_key(key: str) -> None:
    assert compile_date_time(key) is None


_moments = st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1)).flatmap(
    lambda moment: st.integers(-12 * 4, 14 * 4).map(
        lambda quarters: moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    )
)


@given(_moments, _moments, _moments)
def test_a_range_has_what_lies_between_its_ends(low: datetime, high: datetime, moment: datetime) -> None:
    form = "%Y%m%d%H%M%S.%f%z"
    assert matches(f"{low:{form}}-{high:{form}}", f"{moment:{form}}") == (low <= moment <= high)


@given(_moments, st.sampled_from([4, 6, 8, 10, 12, 14, 16, 18]))
def test_a_moment_lies_within_itself_cut_short(moment: datetime, length: int) -> None:
    text = f"{moment:%Y%m%d%H%M%S.%f}"
    assert matches(text[:length], text)
