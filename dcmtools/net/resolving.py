"""Resolving the names of hosts, in a way that Ctrl-C and a time limit can interrupt."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Sequence
from typing import Any

Found = Sequence[tuple[Any, ...]]
"""What `socket.getaddrinfo` returns."""


def resolve(host: str, port: int) -> Found:
    """Return the addresses of a host for TCP; raises OSError, and UnicodeError for what cannot be a name.

    While the system asks a name server no signal is handled in the thread that waits for it: it is
    another one, which is left alone when the wait is interrupted.
    """
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        pass  # it is a name
    answers: queue.SimpleQueue[Found | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as exc:
            answers.put(exc)

    threading.Thread(target=ask, name="resolving", daemon=True).start()
    answer = answers.get()
    if isinstance(answer, Exception):
        raise answer
    return answer
