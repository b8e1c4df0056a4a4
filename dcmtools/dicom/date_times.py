"""Date-times, and ranges of them, as keys (PS3.4 C.2.2.2.1 and C.2.2.2.5, PS3.5 section 6.2).

They are matched as dates and times are (:mod:`dcmtools.dicom.moments`), with regard to their
offsets from UTC: two moments are compared in UTC when both have one, else by the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

_DATE_TIME = re.compile(
    r"([0-9]{4})(?:(0[1-9]|1[0-2])(?:(0[1-9]|[12][0-9]|3[01])(?:([01][0-9]|2[0-3])"
    r"(?:([0-5][0-9])(?:([0-5][0-9]|60)(?:\.([0-9]{1,6}))?)?)?)?)?)?"
    r"(?:([+-])(0[0-9]|1[0-4])([0-5][0-9]))?"
)
_LONGEST_RANGE = 64  # characters; a date-time has 26 at most


class _Span(NamedTuple):
    """A date-time: its first and last moment by the clock, and what the clock is ahead of UTC."""

    first: datetime
    last: datetime
    offset: timedelta | None


def compile_date_time(text: str) -> Callable[[str], bool] | None:
    """Return the test whether the first moment of a value of VR DT lies within `text`.

    `text` is a single value or a range; None when it is neither. A hyphen and four digits at the
    end of a date-time are its offset where they can be one, up to ``-1459``.
    """
    ends = _ends(text)
    if ends is None:
        return None
    low, high = ends

    def is_within(value: str) -> bool:
        moment = _span(value)
        return (
            moment is not None
            and (low is None or not _is_before(moment, low.first, low.offset))
            and (high is None or not _is_after(moment, high.last, high.offset))
        )

    return is_within


def _ends(text: str) -> tuple[_Span | None, _Span | None] | None:
    """Return the first and the last date-time of a key, None for the open end of a range."""
    if single := _span(text):
        return single, single
    if len(text) > _LONGEST_RANGE:
        return None
    for hyphen in re.finditer("-", text):
        low, high = text[: hyphen.start()].strip(), text[hyphen.end() :].strip()
        first, last = _span(low), _span(high)
        if (first or not low) and (last or not high) and (first or last):
            return first, last
    return None


def _span(text: str) -> _Span | None:
    """Return what a date-time denotes, None when it is none."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    offset = None
    if sign:
        offset = timedelta(hours=int(sign + hours), minutes=int(sign + minutes))
    try:
        last_month = int(month or 12)
        last_day = int(day or monthrange(int(year), last_month)[1])
        first = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0))
        last = datetime(int(year), last_month, last_day, int(hour or 23), int(minute or 59))
    except ValueError:  # no such day, or the year 0
        return None
    fraction = fraction or ""
    # a leap second counts as the one before it
    first += timedelta(seconds=min(int(second or 0), 59), microseconds=int(f"{fraction:0<6}"))
    last += timedelta(seconds=min(int(second or 59), 59), microseconds=int(f"{fraction:9<6}"))
    return _Span(first, last, offset)


def _is_before(moment: _Span, limit: datetime, offset: timedelta | None) -> bool:
    return moment.first - limit < _ahead(moment.offset, offset)


def _is_after(moment: _Span, limit: datetime, offset: timedelta | None) -> bool:
    return moment.first - limit > _ahead(moment.offset, offset)


def _ahead(clock: timedelta | None, other: timedelta | None) -> timedelta:
    """Return what a clock is ahead of another, taken as none where the offset of one is not known."""
    return timedelta() if clock is None or other is None else clock - other
