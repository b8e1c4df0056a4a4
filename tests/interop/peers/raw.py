"""Peers below DICOM: sockets that accept a connection and then do not behave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket, threading.Event], None]
"""What is done with an accepted connection, which is closed afterwards; the event is set at the end."""


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Read the request and never answer."""
    ended.wait()


def garbage(connection: socket.socket, ended: threading.Event) -> None:
    """Answer like a web server."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    ended.wait()


def close(connection: socket.socket, ended: threading.Event) -> None:
    """Close at once, with the request unread."""


@contextmanager
def raw_peer(talk: Talk) -> Iterator[int]:
    """Listen on a free loopback port, which the block is given, and `talk` to whoever connects."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection: socket.socket) -> None:
            with connection:
                talk(connection, ended)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if ended.is_set():
                    connection.close()
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield port
        finally:
            ended.set()
            socket.create_connection(("127.0.0.1", port)).close()  # wakes the accepting thread
            thread.join()


@contextmanager
def unanswered_port() -> Iterator[int]:
    """A port on which no connection is ever made: the queue of its listener is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield address[1]
