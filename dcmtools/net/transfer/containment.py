"""Keeps what a peer does wrong within its own association.

What is used of pynetdicom's internals, and why:

- `Association.dul`, a thread that an event which its state machine does not expect would end with a
  traceback, and with the connection open;
- the standard handlers of `pynetdicom._handlers`, which fail at values that no PDU should have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from pynetdicom import evt
from pynetdicom._handlers import (
    standard_dimse_recv_handler,
    standard_dimse_sent_handler,
    standard_pdu_recv_handler,
)
from pynetdicom.pdu_primitives import A_P_ABORT

if TYPE_CHECKING:
    from pynetdicom.association import Association

LOGGER = logging.getLogger(__name__)

_SHOWN_AT = {
    (evt.EVT_PDU_RECV, standard_pdu_recv_handler): logging.DEBUG,
    (evt.EVT_DIMSE_RECV, standard_dimse_recv_handler): logging.INFO,
    (evt.EVT_DIMSE_SENT, standard_dimse_sent_handler): logging.INFO,
}
_ABORT = b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x00"  # by the service provider, no reason given
_HANDLERS = logging.getLogger("pynetdicom._handlers")


def contain(association: Association) -> None:
    """Let no bytes of the peer end a thread of `association` with a traceback; to be called once."""
    for (event, handler), level in _SHOWN_AT.items():
        association.unbind(event, handler)
        association.bind(event, _tolerant(handler, level))
    dul = cast(Any, association.dul)
    dul.run = _guarded(association, dul.run)


def _tolerant(handler: Callable[[evt.Event], Any], level: int) -> Callable[[evt.Event], None]:
    """Return a handler that shows what it can, and nothing where nobody would see it."""

    def show(event: evt.Event) -> None:
        if not _HANDLERS.isEnabledFor(level):
            return
        try:
            handler(event)
        except Exception as exc:  # it formats whatever the peer has sent
            LOGGER.debug("A message cannot be shown: %s", exc or type(exc).__name__)

    return show


def _guarded(association: Association, run: Callable[[], None]) -> Callable[[], None]:
    def run_guarded() -> None:
        try:
            run()
        except Exception as exc:  # pynetdicom logs what its state machine does not expect
            LOGGER.debug("The association has no more use: %s", exc)
            dul = cast(Any, association.dul)
            dul.kill_dul()
            with suppress(Exception):  # whatever state the connection is in
                dul.socket.send(_ABORT)
            dul.socket.close()
            # the association's thread may wait for a message; None is the end of that for an acceptor
            waits_for_request = association.is_acceptor and association.requestor.primitive is None
            dul.to_user_queue.put(None if waits_for_request else A_P_ABORT())

    return run_guarded
