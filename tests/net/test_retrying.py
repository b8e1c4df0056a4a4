"""When there is another try, and after what pause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.errors import (
    AssociationAbortedError,
    AssociationError,
    AssociationRejectedError,
    AssociationTimeoutError,
    ConnectionFailedError,
    NoContextError,
    TlsFailedError,
    UnknownHostError,
)
from dcmtools.net.retrying import LONGEST_PAUSE, NO_RETRIES, Patience, RetryTerms, may_pass


@given(st.just(0.0) | st.floats(0.001, 86400), st.integers(1, 10**9))
def test_pauses_double_up_to_the_longest_and_are_up_to_half_longer(delay, number):
    nominal = min(delay * 2 ** min(number - 1, 40), max(delay, LONGEST_PAUSE))
    assert nominal <= RetryTerms(5, delay).pause(number) <= 1.5 * nominal


def test_pauses_are_not_all_the_same():
    assert len({RetryTerms(5, 1).pause(1) for _ in range(20)}) > 1


def test_patience_ends_and_is_restored():
    patience = Patience(RetryTerms(2, 1))
    for _ in range(2):
        assert patience.lasts
        assert 1 <= patience.next_pause() <= 1.5
        assert 2 <= patience.next_pause() <= 3
        assert not patience.lasts
        patience.restore()


def test_there_are_no_retries_unless_asked_for():
    assert not Patience(NO_RETRIES).lasts


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionFailedError("a:1", "connection refused"), True),
        (AssociationAbortedError("a:1", "aborted"), True),
        (AssociationTimeoutError("a:1", "silent"), True),
        (AssociationRejectedError("a:1", "local limit exceeded", is_transient=True), True),
        (AssociationRejectedError("a:1", "called AE title not recognised"), False),
        (UnknownHostError("a:1", "unknown host"), False),
        (TlsFailedError("a:1", "the certificate has expired"), False),
        (NoContextError("a:1", "no context"), False),
    ],
)
def test_what_may_pass(error: AssociationError, expected: bool):
    assert may_pass(error) is expected
