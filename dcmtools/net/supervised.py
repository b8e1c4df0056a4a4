"""Requesting an association while something else has to be watched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager

from pynetdicom.presentation import PresentationContext

from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate

_GLANCE = 0.25  # seconds between two looks


@contextmanager
def associate_supervised(
    peer: Peer,
    calling_aet: str,
    contexts: Sequence[PresentationContext],
    limits: Limits,
    look: Callable[[], None],
) -> Iterator[EstablishedAssociation]:
    """Do what `associate` does, and call `look` several times a second until there is an association.

    When `look` raises, nobody waits for the peer any longer: an association that it still accepts
    is aborted.
    """
    manager = associate(peer, calling_aet, contexts, limits)
    attempt: Future[EstablishedAssociation] = Future()

    def request() -> None:
        try:
            attempt.set_result(manager.__enter__())
        except BaseException as exc:  # raised where the result is asked for
            attempt.set_exception(exc)

    threading.Thread(target=request, name="dcmtools-associate", daemon=True).start()
    try:
        while not wait((attempt,), _GLANCE).done:
            look()
    except BaseException:
        attempt.add_done_callback(_discard)
        raise
    association = attempt.result()
    with ExitStack() as stack:
        stack.push(manager.__exit__)
        yield association


def _discard(attempt: Future[EstablishedAssociation]) -> None:
    if attempt.exception() is None:
        attempt.result().abort()
