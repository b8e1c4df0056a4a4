"""Dates, times and ranges of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.moments import (
    Bounds,
    combine_bounds,
    date_bounds,
    first_date,
    first_time,
    time_bounds,
    within,
)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("20200229", Bounds("20200229", "20200229")),
        ("1999.12.31", Bounds("19991231", "19991231")),
        ("20200101-20200131", Bounds("20200101", "20200131")),
        ("20200101 - 20200131", Bounds("20200101", "20200131")),
        ("-20200131", Bounds(None, "20200131")),
        ("20200101-", Bounds("20200101", None)),
    ],
)
def test_dates(text: str, bounds: Bounds) -> None:
    assert date_bounds(text) == bounds


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("07", Bounds("070000.000000", "075960.999999")),
        ("0727", Bounds("072700.000000", "072760.999999")),
        ("07:27:30", Bounds("072730.000000", "072730.999999")),
        ("072730.5", Bounds("072730.500000", "072730.599999")),
        ("0700-0727", Bounds("070000.000000", "072760.999999")),
        ("-07", Bounds(None, "075960.999999")),
        ("235960-", Bounds("235960.000000", None)),
    ],
)
def test_times(text: str, bounds: Bounds) -> None:
    assert time_bounds(text) == bounds


@pytest.mark.parametrize(
    "text", ["", "-", "--", "2020", "20201301", "20200132", "*", "20200101-x", "2020010\u0661"]
)
def test_what_is_no_date(text: str) -> None:
    assert date_bounds(text) is None


@pytest.mark.parametrize("text", ["", "-", "7", "24", "0760", "072730.", "07-08-09", "072730.1234567"])
def test_what_is_no_time(text: str) -> None:
    assert time_bounds(text) is None


_dates = st.dates().map(lambda date: f"{date:%Y%m%d}".zfill(8))
_times = st.times().map(lambda time: f"{time:%H%M%S.%f}")


@given(_dates, _dates, _dates)
def test_a_range_of_dates_has_what_lies_between_its_ends(low: str, high: str, date: str) -> None:
    bounds = date_bounds(f"{low}-{high}")
    assert bounds is not None
    assert within(bounds)(first_date(date) or "") == (low <= date <= high)


@given(_times, st.integers(2, 13))
def test_a_time_lies_within_itself_cut_short(time: str, length: int) -> None:
    cut = time[: length - length % 2 if length < 8 else length]
    bounds = time_bounds(cut)
    assert bounds is not None
    assert within(bounds)(first_time(time) or "")


def test_a_range_that_ends_before_it_begins_has_nothing() -> None:
    bounds = date_bounds("20200131-20200101")
    assert bounds is not None
    assert not any(map(within(bounds), ("20200101", "20200115", "20200131")))


@pytest.mark.parametrize(
    ("dates", "times", "bounds"),
    [
        ("20200101-20200103", "1000-1100", Bounds("20200101100000.000000", "20200103110060.999999")),
        ("20200101-", "1000-1100", Bounds("20200101100000.000000", None)),
        ("-20200103", "1000-", Bounds(None, "20200103235960.999999")),
        ("20200101-20200103", "-1100", Bounds("20200101000000.000000", "20200103110060.999999")),
        ("20200101", "1000-1100", None),
        ("20200101-20200103", "1000", None),
        ("x-y", "1000-1100", None),
    ],
)
def test_dates_and_times_combined(dates: str, times: str, bounds: Bounds | None) -> None:
    assert combine_bounds(dates, times) == bounds
