"""TCP ports for the servers that tests and benchmarks start as processes."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """A TCP port that nobody listens on, outside the range that the system hands out to clients.

    A port of that range could be taken by a connection between this call and its use.
    """
    while True:
        port = random.randint(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
