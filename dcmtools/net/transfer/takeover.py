"""Taking an association's socket from pynetdicom and giving it back.

What is used of pynetdicom's internals, and why:

- `Association._reactor_checkpoint` and `_is_paused` halt the association's own loop, which
  would otherwise answer messages and watch its idle timer meanwhile;
- `AssociationSocket.close` tells the state machine that there is no connection any more (Evt17);
- `DULServiceProvider._idle_timer` starts anew when the socket is given back;
- the state machine stays in Sta6 (association established): P-DATA does not change it; in Sta13 an
  acceptor has nothing more to say.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from pynetdicom.association import Association

from dcmtools.net.transfer.sockets import SharedSocket, readable

_GLANCE = 0.25  # seconds between two calls of what may end a wait
_NO_LINGERING = struct.pack("ii", 1, 0)  # to close is to reset
_LAST_WORDS = 0.5  # seconds for the abort to go out
_END_OF_ASSOCIATION = 5.0  # seconds for pynetdicom to notice an abort, a release or a closed connection


def shared_socket(association: Association) -> SharedSocket:
    """Return the socket under `association`."""
    return cast(SharedSocket, association.dul.socket)


def take_over(association: Association) -> None:
    """Halt pynetdicom's reading of `association`: its socket belongs to the caller from now on."""
    link = shared_socket(association)
    link.driven = True
    link.deaf = False
    if threading.current_thread() is association:
        return
    association._reactor_checkpoint.clear()
    while association.is_alive() and not association._is_paused:
        time.sleep(0.0005)


def give_back(association: Association, unread: bytes | bytearray | memoryview = b"") -> None:
    """Let pynetdicom read again, beginning with `unread`: it releases or ends the association."""
    link = shared_socket(association)
    link.unread(unread)
    link.set_timeout(association.network_timeout)
    association.dul._idle_timer.restart()
    link.driven = False


def wait_for_end(association: Association) -> None:
    """After `give_back`: let pynetdicom's own loop see why the association ends, and end it."""
    association._reactor_checkpoint.set()
    association.join(_END_OF_ASSOCIATION)
    if association.is_alive():
        end_now(association)


def close_refused(association: Association) -> None:
    """Close what is left of an association that was requested in vain.

    pynetdicom leaves the connection open where the peer's answer could not be read.
    """
    association.dul.join(_LAST_WORDS)
    shared_socket(association).discard()


def end_now(association: Association) -> None:
    """Abort `association` even if the peer reads nothing any more."""
    link = shared_socket(association)
    link.set_timeout(_LAST_WORDS)
    link.deaf = True  # pynetdicom must send the abort before it could read anything else
    link.driven = False
    association.abort()


def cut(association: Association, *, reset: bool = False) -> None:
    """Close the connection under `association` without an A-ABORT, by a TCP reset if that is wanted."""
    link = shared_socket(association)
    if reset and link.socket is not None:
        with suppress(OSError):
            link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            link.socket.close()
    link.close()
    link.driven = False


def wait_for_word(association: Association, check: Callable[[], None]) -> None:
    """Wait until the requestor, which awaits its answer, says something or goes; or until `check` raises."""
    sock = shared_socket(association).socket
    while sock is not None and not readable(sock, _GLANCE):
        check()
