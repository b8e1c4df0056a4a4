"""The socket that pynetdicom's thread and the data plane share."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pynetdicom import AE
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.association import Association

from dcmtools.net.transfer import sockets
from dcmtools.net.transfer.sockets import SharedSocket


@pytest.fixture
def link() -> Iterator[tuple[SharedSocket, socket.socket]]:
    """A shared socket and its peer."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        shared = SharedSocket(Association(AE(), MODE_ACCEPTOR), ours)
        shared._is_connected = True
        yield shared, theirs


def test_pynetdicom_reads_what_comes(link: tuple[SharedSocket, socket.socket]) -> None:
    shared, peer = link
    assert not shared.ready
    peer.sendall(b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00")
    assert shared.ready
    assert shared.recv(6) == b"\x05\x00\x00\x00\x00\x04"


@pytest.mark.parametrize("taken", ["driven", "deaf"])
def test_what_comes_when_the_socket_is_taken_is_not_for_pynetdicom(
    link: tuple[SharedSocket, socket.socket], monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Its thread may have been about to look, and asleep while a request went out and was answered."""
    shared, peer = link

    def readable_later(sock: socket.socket, seconds: float | None) -> bool:
        setattr(shared, taken, True)
        peer.sendall(b"the answer")
        return readable(sock, seconds)

    readable = sockets.readable
    monkeypatch.setattr(sockets, "readable", readable_later)
    assert not shared.ready
    assert shared.socket.recv(100) == b"the answer"
