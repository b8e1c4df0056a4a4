"""Asking whether a peer answers, with a C-ECHO on an association of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import (
    AssociationError,
    AssociationRejectedError,
    AssociationTimeoutError,
    IdentityNotConfirmedError,
    NoContextError,
)
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.events import Echoed, NotYet

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0  # seconds
_SHORTEST = 0.1  # seconds that a step is given at least


def verify(peer: Peer, calling_aet: str, limits: Limits) -> Echoed:
    """Return the answer of `peer`, and the seconds that all of it took; raises AssociationError."""
    began = time.perf_counter()
    with associate(peer, calling_aet, [verification_context(list(UNCOMPRESSED))], limits) as association:
        [answer] = echo(association, 1)
        seconds = time.perf_counter() - began
    return answer._replace(seconds=seconds)


def await_peer(peer: Peer, calling_aet: str, limits: Limits, seconds: float) -> Iterator[NotYet]:
    """Ask again and again until `peer` answers, whatever its status; yields each time that it did not.

    Raises AssociationTimeoutError when it has not answered within `seconds`, and at once what waiting
    does not change: AssociationRejectedError if that is permanent, NoContextError and
    IdentityNotConfirmedError.
    """
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        try:
            verify(peer, calling_aet, _within(deadline - time.monotonic(), limits))
        except AssociationError as exc:
            if _is_final(exc):
                raise
            if time.monotonic() + pause >= deadline:
                reason = f"no answer within {seconds:g} s: {exc.reason}"
                raise AssociationTimeoutError(str(peer), reason, hint=exc.hint) from exc
            yield NotYet(str(exc), pause)
        else:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _within(seconds: float, limits: Limits) -> Limits:
    """Return limits of which none is longer than `seconds`."""
    longest = max(seconds, _SHORTEST)
    connect, acse, dimse = (
        min(limit or longest, longest) for limit in (limits.connect, limits.acse, limits.dimse)
    )
    return replace(limits, connect=connect, acse=acse, dimse=dimse)


def _is_final(error: AssociationError) -> bool:
    """Whether the peer has answered, and will not answer otherwise."""
    if isinstance(error, AssociationRejectedError):
        return not error.is_transient
    return isinstance(error, NoContextError | IdentityNotConfirmedError)
