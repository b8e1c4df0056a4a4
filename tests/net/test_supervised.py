"""Requesting an association under supervision."""

from __future__ import annotations

import socket
import threading

import pytest

from dcmtools.errors import ConnectionFailedError
from dcmtools.net.association import Limits, Peer
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.supervised import associate_supervised
from tests.net.conftest import BRIEF, serving

CONTEXTS = [verification_context(["1.2.840.10008.1.2"])]


class _EnoughError(Exception):
    pass


def _nothing() -> None:
    pass


def test_an_association_is_what_associate_gives():
    with serving() as running:
        there = Peer("127.0.0.1", running.port)
        with associate_supervised(there, "SCU", CONTEXTS, BRIEF, _nothing) as association:
            assert [event.status for event in echo(association, 1)] == [0]


def test_why_there_is_no_association_is_raised():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        there = Peer("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ConnectionFailedError):
            with associate_supervised(there, "SCU", CONTEXTS, BRIEF, _nothing):
                pass


def test_an_error_in_the_block_aborts():
    with serving() as running:
        with pytest.raises(_EnoughError):
            with associate_supervised(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF, _nothing):
                raise _EnoughError
        running.wait_until_idle()


def test_nobody_waits_for_a_peer_that_is_not_wanted_any_more():
    """It accepts the connection, and never the association: the supervisor ends the wait."""
    looks = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 2:
            raise _EnoughError

    limits = Limits(connect=1.5, acse=1.5, dimse=1.5, network=1.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = Peer("127.0.0.1", silent.getsockname()[1])
        with pytest.raises(_EnoughError):
            with associate_supervised(there, "SCU", CONTEXTS, limits, look):
                pass


def test_an_association_that_comes_too_late_is_aborted(monkeypatch):
    accepted, given_up = threading.Event(), threading.Event()

    def look() -> None:
        raise _EnoughError

    with serving() as running:
        requested = running.server.requested

        def slowly(association) -> None:
            accepted.set()
            assert given_up.wait(10)
            requested(association)

        monkeypatch.setattr(running.server, "requested", slowly)
        with pytest.raises(_EnoughError):
            with associate_supervised(Peer("127.0.0.1", running.port), "SCU", CONTEXTS, BRIEF, look):
                pass
        assert accepted.wait(10)
        given_up.set()
        for thread in threading.enumerate():
            if thread.name == "dcmtools-associate":
                thread.join(10)
        running.wait_until_idle()
