from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from dcmtools.net.hooks.programs import Command
from dcmtools.net.hooks.targets import HookFailedError

DOCUMENT = json.dumps({"path": "$(touch escaped); é"}).encode()


def python(script: str, *arguments: str) -> Command:
    return Command((sys.executable, "-c", script, *arguments))


def failure(target: Command, timeout: float = 10) -> str:
    with pytest.raises(HookFailedError) as error:
        target.deliver(DOCUMENT, timeout)
    return str(error.value)


def test_a_command_gets_the_document(tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    file = tmp_path / "a file; with an odd name"
    python(script, str(file)).deliver(DOCUMENT, 10)
    assert file.read_bytes() == DOCUMENT
    assert list(tmp_path.iterdir()) == [file]


def test_a_command_need_not_read_the_document() -> None:
    python("pass").deliver(b"x" * 10_000_000, 10)


def test_commands_that_fail(tmp_path: Path) -> None:
    assert failure(python("import sys; sys.exit('not today\\x1b[2J')")) == (
        "exit status 1: not today\\x1b[2J"
    )
    assert failure(python("raise SystemExit(7)")) == "exit status 7"
    assert failure(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")) == "exit status -9"
    assert failure(Command((str(tmp_path / "none"),))) == "No such file or directory"
    assert failure(Command((str(tmp_path),))) == "Permission denied"


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    assert failure(python(script, str(started)), 2) == "it did not end within 2 s"
    assert time.monotonic() - began < 20
    child = Path("/proc") / started.read_text() / "stat"
    deadline = time.monotonic() + 10
    while child.exists() and ") Z " not in child.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.exists() or ") Z " in child.read_text()
