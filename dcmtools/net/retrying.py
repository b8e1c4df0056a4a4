"""When to try again after a failure that may pass: how often, and after what pauses."""

from __future__ import annotations

import random
from dataclasses import dataclass

from dcmtools.errors import (
    AssociationError,
    AssociationRejectedError,
    NoContextError,
    TlsFailedError,
    UnknownHostError,
)

LONGEST_PAUSE = 60.0
"""Seconds that pauses grow up to, unless the first is longer already."""

_JITTER = 0.5  # so much longer a pause is at most
_MOST_DOUBLINGS = 32


@dataclass(frozen=True)
class RetryTerms:
    """How many retries in a row there are, and the seconds before the first of them."""

    retries: int = 0
    delay: float = 1.0

    def pause(self, number: int) -> float:
        """Return the seconds before the retry of this number, from 1 on: twice as many each time.

        By chance it is up to half longer, lest all senders that lost a peer come back at once.
        """
        doubled = self.delay * 2.0 ** min(number - 1, _MOST_DOUBLINGS)
        longest = max(self.delay, LONGEST_PAUSE)
        return min(doubled, longest) * random.uniform(1, 1 + _JITTER)  # noqa: S311 - no secret


NO_RETRIES = RetryTerms()
"""A failure is final."""


class Patience:
    """Counts the retries since anything last succeeded."""

    def __init__(self, terms: RetryTerms) -> None:
        self.terms = terms
        self.retries = 0

    @property
    def lasts(self) -> bool:
        """Whether there is a further retry."""
        return self.retries < self.terms.retries

    def restore(self) -> None:
        """Something succeeded: all retries are there again."""
        self.retries = 0

    def next_pause(self) -> float:
        """Use up a retry, and return the seconds to wait before it."""
        self.retries += 1
        return self.terms.pause(self.retries)


def may_pass(error: AssociationError) -> bool:
    """Whether there may be an association later, although there is none now."""
    if isinstance(error, AssociationRejectedError):
        return error.is_transient
    return not isinstance(error, UnknownHostError | NoContextError | TlsFailedError)
