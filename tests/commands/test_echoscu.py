"""``echoscu --wait``: until the peer answers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from ..command import ENVIRONMENT, dcmtools, serving
from ..contract.faulty import rejecting
from ..interop.peers.raw import close, raw_peer, silent
from ..interop.peers.scripted import echo_peer
from ..ports import free_port


def test_a_peer_that_starts_later(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "dcmtools", "echoscu", "-v", "--wait=60", "127.0.0.1", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as waiting:
        assert waiting.stderr is not None
        for line in waiting.stderr:
            if "asking again in" in line:
                break
        with serving(tmp_path, "echoscp", port=port):
            _, rest = waiting.communicate(timeout=60)
            assert waiting.returncode == 0, rest
    assert "Round-trip time" in rest


def test_a_peer_that_is_there_is_not_waited_for() -> None:
    with echo_peer(0x0000) as port:
        outcome = dcmtools("echoscu", "--wait", 60, "127.0.0.1", port)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")


def test_a_status_is_an_answer() -> None:
    with echo_peer(0x0122) as port:
        outcome = dcmtools("echoscu", "--wait", 60, "127.0.0.1", port, timeout=30)
    assert outcome.code == 1
    outcome.error_about("C-ECHO failed", "0x0122")


def test_nobody_answers() -> None:
    outcome = dcmtools("echoscu", "--wait", 1, "127.0.0.1", free_port())
    assert outcome.code == 1
    [line] = outcome.stderr.splitlines()
    assert "no answer within 1 s: connection refused" in line


def test_silent_and_closing_peers_are_waited_for() -> None:
    for talk in (silent, close):
        with raw_peer(talk) as port:
            began = time.monotonic()
            outcome = dcmtools("echoscu", "--wait", 1, "127.0.0.1", port)
            assert time.monotonic() - began < 20  # and not the 30 s of the other time-outs
        assert outcome.code == 1
        assert len(outcome.stderr.splitlines()) == 1
        outcome.error_about("no answer within 1 s")


def test_a_permanent_rejection_is_an_answer() -> None:
    with rejecting(1, 1, 7) as port:
        outcome = dcmtools("echoscu", "--wait", 60, "127.0.0.1", port, timeout=30)
    assert outcome.code == 1
    [line] = outcome.stderr.splitlines()
    assert "association rejected" in line


def test_a_passing_rejection_is_none() -> None:
    with rejecting(2, 3, 2) as port:
        outcome = dcmtools("echoscu", "--wait", 1, "127.0.0.1", port)
    assert outcome.code == 1
    outcome.error_about("no answer within 1 s: association rejected")


def test_the_limit_of_the_run_holds_for_waiting_too() -> None:
    outcome = dcmtools("echoscu", "--wait", 60, "--timeout", 1, "127.0.0.1", free_port(), timeout=30)
    assert outcome.code == 1
    assert outcome.errors() == ["E: not done within 1 s (--timeout sets the limit)"]
