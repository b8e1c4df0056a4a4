"""A peer that breaks the upper layer protocol loses its association, and nobody else anything."""

from __future__ import annotations

import contextlib
import logging
import struct
import threading

import pytest

from dcmtools.net.association import Limits
from tests.fuzz.speaking import (
    CT,
    EXPLICIT,
    VERIFICATION,
    Context,
    Talk,
    associate_rq,
    echo_rq,
    item,
    message,
    status_of,
)
from tests.net.conftest import serving


@pytest.fixture(autouse=True)
def unhandled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What ended a thread."""
    found: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: found.append(str(arguments.exc_value)))
    return found


def test_a_message_right_behind_the_request(unhandled: list[str]) -> None:
    """Nobody waits for the answer; each of them is served all the same."""
    contexts = [Context(1, VERIFICATION, "1.2.840.10008.1.2")]
    with serving() as server:
        for _ in range(30):
            with Talk(server.port) as talk:
                talk.send(associate_rq(contexts) + message(1, echo_rq()))
                assert talk.pdu()[:1] == b"\x02"
                assert status_of(talk.pdu()) == 0
                assert talk.release()
    assert unhandled == []


@pytest.mark.parametrize(
    "context",
    [
        bytes((2, 0, 0, 0)) + item(0x30, CT.encode()) + item(0x40, EXPLICIT.encode()),  # an even ID
        bytes((1, 0, 0, 0)) + item(0x40, EXPLICIT.encode()),  # no abstract syntax
        bytes((1, 0, 0, 0)),
    ],
)
def test_a_request_that_cannot_be_negotiated_is_aborted_at_once(context: bytes, unhandled: list[str]) -> None:
    request = associate_rq([])
    body = request[6:74] + item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, context) + item(0x50)
    with serving(limits=Limits(acse=30, dimse=30, network=30)) as server, Talk(server.port, 10) as talk:
        talk.send(struct.pack(">BxI", 1, len(body)) + body)
        assert talk.pdu()[:1] in (b"\x07", b"\x02", b"")
        talk.half_close()
        assert talk.drain()
    assert unhandled == []


def test_what_comes_behind_a_violation_is_neither_read_nor_logged(
    caplog: pytest.LogCaptureFixture, unhandled: list[str]
) -> None:
    with serving() as server, caplog.at_level(logging.ERROR), Talk(server.port) as talk:
        with contextlib.suppress(OSError):
            talk.send(b"GET / HTTP/1.1\r\n" * 10_000)
        talk.drain()
    assert len(caplog.records) < 5
    assert unhandled == []
