"""Ctrl-C ends a client within two seconds with status 130; servers that are told to stop end with 0."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import Verification

from ..command import ENVIRONMENT
from ..interop.peers.processes import running
from ..interop.peers.raw import raw_peer, silent, unanswered_port
from ..ports import free_port
from ..samples import sample
from .comparing import Peer
from .faulty import stalling, stalling_query

pytestmark = pytest.mark.interop

INTERRUPTED = 130
PROMPT = 2.0  # seconds

KEY = ["-k", "QueryRetrieveLevel=PATIENT"]
STALLED: dict[str, tuple[Peer, list[str], str]] = {
    "echoscu": (stalling, [], "Sending Echo Request"),
    "storescu": (stalling, [str(sample("CT_small.dcm"))], "Sending Store Request"),
    "findscu": (stalling_query, KEY, "Sending Find Request"),
    "getscu": (stalling_query, KEY, "Sending Get Request"),
    "movescu": (stalling_query, [*KEY, "--store", "--store-port=0"], "Sending Move Request"),
}


@contextmanager
def client(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dcmtools", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupt(process: subprocess.Popen[str], shown: str) -> None:
    """Press Ctrl-C as soon as the client has `shown` that; it has to end at once."""
    assert process.stderr is not None
    lines: list[str] = []
    while shown not in "".join(lines[-1:]):
        lines.append(process.stderr.readline())
        assert lines[-1], f"ended before it said {shown}: {lines}"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert time.monotonic() - began < PROMPT
    assert process.returncode == INTERRUPTED
    assert "Traceback" not in rest
    assert "E: " not in rest


@pytest.mark.parametrize("app", STALLED)
def test_client_that_waits_for_an_answer(app: str) -> None:
    peer, ending, shown = STALLED[app]
    with peer() as port, client(app, "-v", "127.0.0.1", port, *ending) as process:
        interrupt(process, shown)


@pytest.mark.parametrize("peer", [lambda: raw_peer(silent), unanswered_port], ids=["silent", "unanswered"])
def test_client_that_waits_for_an_association(peer: Peer) -> None:
    with peer() as port, client("echoscu", "-v", "127.0.0.1", port) as process:
        interrupt(process, "Requesting Association")


def test_sender_that_waits_for_a_retry() -> None:
    options = ("--retries=5", "--retry-delay=60")
    with client("storescu", *options, "127.0.0.1", free_port(), sample("CT_small.dcm")) as process:
        interrupt(process, "(retry 1 of 5)")


@pytest.mark.parametrize("app", ["echoscp", "storescp"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_server_with_an_idle_association(tmp_path: Path, app: str, number: signal.Signals) -> None:
    def command(port: int) -> list[str | Path]:
        return [sys.executable, "-m", "dcmtools", app, "-v", str(port)]

    with running(app, command, tmp_path, env=ENVIRONMENT, stop_with=number) as server:
        ae = AE("IDLE")
        ae.add_requested_context(Verification)
        association = ae.associate("127.0.0.1", server.port)
        assert association.is_established
        began = time.monotonic()
        assert server.end_with(number) == 0
        assert time.monotonic() - began < 8
        association.join(5)
        assert not association.is_established
    assert "Traceback" not in server.output()
