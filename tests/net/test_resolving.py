from __future__ import annotations

import socket
import threading

import pytest

from dcmtools.net.resolving import resolve


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_as_the_system_has_it(host: str) -> None:
    assert list(resolve(host, 104)) == socket.getaddrinfo(host, 104, type=socket.SOCK_STREAM)


def test_an_address_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", None)
    assert resolve("127.0.0.1", 104)[0][4] == ("127.0.0.1", 104)


@pytest.mark.parametrize(
    ("host", "error"), [("no.such.host.invalid", OSError), ("a" * 64 + ".invalid", UnicodeError)]
)
def test_what_cannot_be_resolved(host: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        resolve(host, 104)
