"""Statuses in words: PS3.7 annex C and the tables of PS3.4."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom.status import code_to_category

from dcmtools.net.statuses import category, describe_status, is_out_of_resources, is_stored

SERVICES = ("storage", "find", "retrieve", "verification")
statuses = st.integers(0, 0xFFFF)


def test_categories_are_those_of_pynetdicom() -> None:
    """What it does not know is a failure here: it is no success."""
    for status in range(0x10000):
        theirs = code_to_category(status)
        assert category(status) == ("Failure" if theirs == "Unknown" else theirs)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0000, "Success"),
        (0x0001, "Warning"),
        (0x0107, "Warning"),
        (0x0116, "Warning"),
        (0xB000, "Warning"),
        (0xBFFF, "Warning"),
        (0xFF00, "Pending"),
        (0xFF01, "Pending"),
        (0xFF02, "Failure"),
        (0xFE00, "Cancel"),
        (0xA700, "Failure"),
        (0xC000, "Failure"),
        (0x0110, "Failure"),
        (0x0122, "Failure"),
        (0x0210, "Failure"),
    ],
)
def test_category(status: int, expected: str) -> None:
    assert category(status) == expected


@given(statuses)
def test_stored_with_success_or_warning_only(status: int) -> None:
    assert is_stored(status) == (status in (0x0000, 0x0001, 0x0107, 0x0116) or 0xB000 <= status <= 0xBFFF)


@given(statuses, st.sampled_from(SERVICES))
def test_description(status: int, service: str) -> None:
    pattern = rf"0x{status:04X} \({category(status)}(: [A-Z].*[a-z])?\)"
    assert re.fullmatch(pattern, describe_status(status, service))


@pytest.mark.parametrize(
    ("status", "service", "expected"),
    [
        (0x0000, "verification", "0x0000 (Success)"),
        (0x0122, "verification", "0x0122 (Failure: Refused: SOP class not supported)"),
        (0xA700, "storage", "0xA700 (Failure: Out of resources)"),
        (0xA7FF, "storage", "0xA7FF (Failure: Out of resources)"),
        (0xA900, "storage", "0xA900 (Failure: Data set does not match SOP class)"),
        (0xC000, "storage", "0xC000 (Failure: Cannot understand)"),
        (0xCABC, "storage", "0xCABC (Failure: Cannot understand)"),
        (0xB000, "storage", "0xB000 (Warning: Coercion of data elements)"),
        (0xB006, "storage", "0xB006 (Warning: Elements discarded)"),
        (0xB007, "storage", "0xB007 (Warning: Data set does not match SOP class)"),
        (0x0111, "storage", "0x0111 (Failure: Duplicate SOP Instance)"),
        (0x0112, "storage", "0x0112 (Failure: No such SOP Instance)"),
        (0x0117, "storage", "0x0117 (Failure: Invalid SOP Instance)"),
        (0x0124, "storage", "0x0124 (Failure: Refused: not authorised)"),
        (0x0210, "storage", "0x0210 (Failure: Duplicate invocation)"),
        (0x0211, "storage", "0x0211 (Failure: Unrecognised operation)"),
        (0x0212, "storage", "0x0212 (Failure: Mistyped argument)"),
        (0xA700, "find", "0xA700 (Failure: Out of resources)"),
        (0xA900, "find", "0xA900 (Failure: Identifier does not match SOP class)"),
        (0xC123, "find", "0xC123 (Failure: Unable to process)"),
        (0xFE00, "find", "0xFE00 (Cancel: Cancelled)"),
        (0xFF01, "find", "0xFF01 (Pending: Matches are continuing, optional keys are not supported)"),
        (0xA701, "retrieve", "0xA701 (Failure: Out of resources: unable to calculate the number of matches)"),
        (0xA702, "retrieve", "0xA702 (Failure: Out of resources: unable to perform sub-operations)"),
        (0xA801, "retrieve", "0xA801 (Failure: Move destination unknown)"),
        (0xB000, "retrieve", "0xB000 (Warning: Sub-operations complete, one or more failures or warnings)"),
        (0x0300, "storage", "0x0300 (Failure)"),
    ],
)
def test_words(status: int, service: str, expected: str) -> None:
    assert describe_status(status, service) == expected


@given(statuses)
def test_out_of_resources(status: int) -> None:
    assert is_out_of_resources(status) == (0xA700 <= status <= 0xA7FF or status == 0x0213)


def test_without_a_status_nothing_is_known_of_resources() -> None:
    assert not is_out_of_resources(None)
