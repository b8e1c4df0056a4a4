"""Attribute matching of PS3.4 C.2.2.2: does the value of an entity match a key?

Values are text, decoded; several values of one attribute are joined by a backslash, and match
when one of them does. An attribute without a value matches universal keys and ``*`` only.
Text is compared with regard to case, as the standard has it, but person names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from dcmtools.dicom.date_times import compile_date_time
from dcmtools.dicom.fuzzy_names import compile_fuzzy_name
from dcmtools.dicom.moments import (
    Bounds,
    combine_bounds,
    date_bounds,
    first_date,
    first_time,
    time_bounds,
    within,
)
from dcmtools.dicom.person_names import compile_name
from dcmtools.dicom.query import Key
from dcmtools.dicom.wildcards import compile_pattern, has_wildcards

Matcher = Callable[[str], bool]
"""Tells whether the text of one attribute, or a single value of it, matches."""

WILDCARD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""VRs of whose keys ``*`` and ``?`` are wildcards (PS3.4 C.2.2.2.4)."""

NUMBER_VRS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
"""VRs that are compared as numbers."""

SINGLE_VALUED_VRS = frozenset({"LT", "ST", "UR", "UT"})
"""VRs of one value, in which a backslash is a character (PS3.5 section 6.2)."""

DATE_TIME_PAIRS = {
    0x00080020: 0x00080030,  # Study
    0x00080021: 0x00080031,  # Series
    0x00080022: 0x00080032,  # Acquisition
    0x00080023: 0x00080033,  # Content
    0x00080012: 0x00080013,  # Instance Creation
    0x00100030: 0x00100032,  # Patient's Birth
    0x0038001A: 0x0038001B,  # Scheduled Admission
    0x0038001C: 0x0038001D,  # Scheduled Discharge
    0x00380020: 0x00380021,  # Admitting
    0x00400002: 0x00400003,  # Scheduled Procedure Step Start
    0x00400004: 0x00400005,  # Scheduled Procedure Step End
    0x00400244: 0x00400245,  # Performed Procedure Step Start
    0x00400250: 0x00400251,  # Performed Procedure Step End
    0x00402004: 0x00402005,  # Issue of Imaging Service Request
}
"""The attributes that are the date and the time of the same event, by the tag of the date."""

_LEADING_SPACES_COUNT = frozenset({"LT", "ST", "UC", "UR", "UT"})

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def compile_matcher(key: Key, *, fuzzy: bool = False) -> Matcher:
    """Return the test whether the text of an attribute matches `key`, which is no sequence.

    Several values of a key are alternatives, as those of a list of UID are. `fuzzy` is fuzzy
    semantic matching of person names, to be used where it was negotiated.
    """
    matches = _any_of([value for value in key.values if value], key.vr, fuzzy=fuzzy)
    if matches is None:
        return _matches_all
    clean = _clean_tail if key.vr in _LEADING_SPACES_COUNT else _clean
    if key.vr in SINGLE_VALUED_VRS:
        return lambda text: matches(clean(text))

    def matches_one(text: str) -> bool:
        if "\\" in text:
            return any(map(matches, map(clean, text.split("\\"))))
        return matches(clean(text))

    return matches_one


def combine(date: Key, time: Key) -> Callable[[str, str], bool] | None:
    """Return the test whether a date and a time lie in two ranges read as one of date-times.

    So are they to be read where combined date-time matching was negotiated (PS3.4 C.2.2.2.5.4).
    None when `date` (VR DA) and `time` (VR TM) are not a range each: they match by themselves.
    """
    if len(date.values) != 1 or len(time.values) != 1:
        return None
    bounds = combine_bounds(date.values[0], time.values[0])
    if bounds is None:
        return None
    is_within = within(bounds)

    def matches(date_text: str, time_text: str) -> bool:
        day, moment = first_date(_clean(date_text)), first_time(_clean(time_text))
        return day is not None and moment is not None and is_within(day + moment)

    return matches


def number_of(text: str) -> Decimal | None:
    """Return the number that a value of one of the NUMBER_VRS denotes, None when it is none."""
    try:
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:  # an exponent out of all bounds
        return None


def _clean(value: str) -> str:
    return value.strip(" \0")


def _clean_tail(value: str) -> str:
    return value.rstrip(" \0")


def _matches_all(_: str) -> bool:
    return True


def _any_of(values: list[str], vr: str, *, fuzzy: bool) -> Matcher | None:
    """Return the test whether a single value, clean, matches one of `values`; None without any."""
    if vr == "UI" and len(values) > 1:
        return frozenset(values).__contains__
    tests = [_compile_value(value, vr, fuzzy=fuzzy) for value in values]
    if len(tests) > 1:
        return lambda value: any(test(value) for test in tests)
    return tests[0] if tests else None


def _compile_value(value: str, vr: str, *, fuzzy: bool) -> Matcher:
    match vr:
        case "PN":
            return _compile_name(value, fuzzy=fuzzy)
        case "DA" if bounds := date_bounds(value):
            return _compile_moment(bounds, first_date)
        case "TM" if bounds := time_bounds(value):
            return _compile_moment(bounds, first_time)
        case "DT" if is_within := compile_date_time(value):
            return is_within
        case _ if vr in NUMBER_VRS and (number := number_of(value)) is not None:
            return lambda stored: number_of(stored) == number
        case _ if vr in WILDCARD_VRS and has_wildcards(value):
            return compile_pattern(value)
    return value.__eq__


def _compile_name(key: str, *, fuzzy: bool) -> Matcher:
    matches = compile_name(key)
    if not fuzzy:
        return matches
    is_like = compile_fuzzy_name(key)
    return lambda name: matches(name) or is_like(name)


def _compile_moment(bounds: Bounds, first_moment: Callable[[str], str | None]) -> Matcher:
    is_within = within(bounds)
    return lambda value: (moment := first_moment(value)) is not None and is_within(moment)
