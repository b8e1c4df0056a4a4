"""Standard output holds the matches of findscu and nothing else; what cannot be written is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import Dataset

from ..command import ENVIRONMENT, dcmtools
from ..interop.peers.scripted import store_peer
from ..samples import sample
from .faulty import finding

pytestmark = pytest.mark.interop


def matches(count: int = 1) -> list[Dataset]:
    match = Dataset()
    match.SpecificCharacterSet = "ISO_IR 192"
    match.PatientName = "Yamada^Tarou=山田^太郎"
    return [match] * count


def findscu(port: int, stdout: int, **environment: str) -> subprocess.CompletedProcess[str]:
    arguments = ["-ll", "error", "127.0.0.1", str(port), "-k", "PatientName"]
    return subprocess.run(
        [sys.executable, "-m", "dcmtools", "findscu", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        timeout=60,
        env=ENVIRONMENT | environment,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_characters_that_stdout_does_not_know(encoding: str) -> None:
    """They are written as escapes; no match is lost."""
    with finding(matches(2)) as port:
        done = findscu(port, subprocess.PIPE, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("[Yamada^Tarou=") == 2
    assert ("山田" in done.stdout) == (encoding == "utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk() -> None:
    with finding(matches()) as port, Path("/dev/full").open("w") as full:
        done = findscu(port, full.fileno())
    assert done.returncode == 1
    assert done.stderr.startswith("E: ")
    assert "Traceback" not in done.stderr


def test_reader_that_has_seen_enough() -> None:
    """As ``| head -1``."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with finding(matches()) as port:
            done = findscu(port, writing)
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("app", ["findscu", "getscu", "movescu"])
def test_query_file_that_cannot_be_read(tmp_path: Path, app: str) -> None:
    for path in (tmp_path / "none.dcm", tmp_path):
        outcome = dcmtools(app, "127.0.0.1", 104, "-f", path)
        assert outcome.code == 1
        assert outcome.stdout == ""
        assert len(outcome.stderr.splitlines()) == 1
        assert outcome.stderr.startswith(f"E: Cannot read input file {path}")


@pytest.mark.parametrize("level", ["-q", "-v", "-d"])
def test_other_commands_write_nothing_to_stdout(level: str) -> None:
    with store_peer() as peer:
        for arguments in (["echoscu"], ["storescu"]):
            ending = [sample("CT_small.dcm")] if arguments == ["storescu"] else []
            outcome = dcmtools(*arguments, level, "127.0.0.1", peer.port, *ending)
            assert (outcome.code, outcome.stdout) == (0, "")
            assert (outcome.stderr == "") == (level == "-q")
