"""The reasons of an A-ASSOCIATE-RJ: PS3.8 table 9-21."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.rejection import rejection_reason


@pytest.mark.parametrize(
    ("result", "source", "diagnostic", "reason"),
    [
        (1, 1, 1, "no reason given (rejected permanently by the service user)"),
        (1, 1, 2, "application context name not supported (rejected permanently by the service user)"),
        (1, 1, 3, "calling AE title not recognised (rejected permanently by the service user)"),
        (1, 1, 7, "called AE title not recognised (rejected permanently by the service user)"),
        (1, 2, 1, "no reason given (rejected permanently by the service provider (ACSE))"),
        (1, 2, 2, "protocol version not supported (rejected permanently by the service provider (ACSE))"),
        (2, 3, 1, "temporary congestion (rejected for now by the service provider (presentation))"),
        (2, 3, 2, "local limit exceeded (rejected for now by the service provider (presentation))"),
    ],
)
def test_reason(result: int, source: int, diagnostic: int, reason: str) -> None:
    assert rejection_reason(result, source, diagnostic)[0] == reason


@pytest.mark.parametrize(
    ("source", "diagnostic", "word"),
    [(1, 1, "-aec"), (1, 3, "-aet"), (1, 7, "-aec"), (3, 1, "later"), (3, 2, "later")],
)
def test_hint(source: int, diagnostic: int, word: str) -> None:
    _, hint = rejection_reason(1, source, diagnostic)
    assert hint is not None
    assert word in hint


def test_hints_name_the_titles_of_the_request() -> None:
    assert rejection_reason(1, 1, 7, calling="ME", called="PACS")[1] == (
        "the peer knows itself by another AE title than PACS: -aec sets it"
    )
    assert "as ME:" in (rejection_reason(1, 1, 3, calling="ME", called="PACS")[1] or "")


bytes_or_nothing = st.none() | st.integers(0, 255)


@given(bytes_or_nothing, bytes_or_nothing, bytes_or_nothing)
def test_whatever_a_peer_says(result: int | None, source: int | None, diagnostic: int | None) -> None:
    """Reserved values are shown as numbers."""
    reason, _ = rejection_reason(result, source, diagnostic)
    assert "rejected" in reason


def test_reserved_values() -> None:
    assert rejection_reason(9, 1, 42) == ("reason 1/42 (rejected result 9 by the service user)", None)
    assert rejection_reason(1, 8, 1) == ("reason 8/1 (rejected permanently by the peer)", None)
