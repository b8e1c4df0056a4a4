"""Dates and times, and ranges of them, as keys (PS3.4 C.2.2.2.1 and C.2.2.2.5).

A value that leaves components out, such as the time ``0727``, denotes all moments from its first
to its last. A key matches the values whose first moment lies between its own first and last,
both included: ``0700-0727`` matches ``072730``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_DATE = re.compile(r"([0-9]{4})(\.?)(0[1-9]|1[0-2])\2(0[1-9]|[12][0-9]|3[01])")  # 1999.12.31: ACR-NEMA
_TIME = re.compile(  # 07:27:30: ACR-NEMA
    r"([01][0-9]|2[0-3])(?::?([0-5][0-9])(?::?([0-5][0-9]|60)(?:\.([0-9]{1,6}))?)?)?"
)

_EARLIEST_TIME = "000000.000000"
_LATEST_TIME = "235960.999999"


class Bounds(NamedTuple):
    """The first and the last moment of a key or value, None where a range is open.

    They are texts of one form each, in the order of time: ``YYYYMMDD`` of dates,
    ``HHMMSS.FFFFFF`` of times.
    """

    first: str | None
    last: str | None


def date_bounds(text: str) -> Bounds | None:
    """Return the bounds of a value of VR DA, or a range of them; None when it is neither."""
    return _bounds(text, _date)


def time_bounds(text: str) -> Bounds | None:
    """Return the bounds of a value of VR TM, or a range of them; None when it is neither."""
    return _bounds(text, _time)


def first_date(text: str) -> str | None:
    """Return a value of VR DA as ``YYYYMMDD``, None when it is no date."""
    found = _date(text)
    return found and found.first


def first_time(text: str) -> str | None:
    """Return the first moment of a value of VR TM as ``HHMMSS.FFFFFF``, None when it is no time."""
    found = _time(text)
    return found and found.first


def is_range(text: str) -> bool:
    """Return whether a key of VR DA or TM is a range."""
    return "-" in text


def combine_bounds(dates: str, times: str) -> Bounds | None:
    """Return the bounds, as ``YYYYMMDDHHMMSS.FFFFFF``, of a range of dates and one of times in one.

    So are they to be read where combined date-time matching was negotiated (PS3.4 C.2.2.2.5.4):
    from the first time of the first date to the last time of the last. None when one of them is
    no range.
    """
    date, time = date_bounds(dates), time_bounds(times)
    if not (date and time and is_range(dates) and is_range(times)):
        return None
    return Bounds(
        date.first and date.first + (time.first or _EARLIEST_TIME),
        date.last and date.last + (time.last or _LATEST_TIME),
    )


def within(bounds: Bounds) -> Callable[[str], bool]:
    """Return the test whether a moment, of the form of the bounds, lies between them."""
    first, last = bounds
    if last is None:
        return lambda moment: first is not None and moment >= first
    low = first or ""
    return lambda moment: low <= moment <= last


def _bounds(text: str, read: Callable[[str], Bounds | None]) -> Bounds | None:
    if not is_range(text):
        return read(text)
    low, high = (end.strip() for end in text.split("-", 1))
    first, last = read(low), read(high)
    if (low and not first) or (high and not last) or not (low or high):
        return None
    return Bounds(first and first.first, last and last.last)


def _date(text: str) -> Bounds | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    date = match[1] + match[3] + match[4]
    return Bounds(date, date)


def _time(text: str) -> Bounds | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    fraction = fraction or ""
    return Bounds(
        f"{hours}{minutes or '00'}{seconds or '00'}.{fraction:0<6}",
        f"{hours}{minutes or '59'}{seconds or '60'}.{fraction:9<6}",
    )
