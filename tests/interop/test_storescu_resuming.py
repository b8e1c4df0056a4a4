"""storescu that tries again and can be resumed: each object is stored once, whoever was killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..command import ENVIRONMENT, dcmtools, storescp
from ..ports import free_port
from ..samples import Sample, read_sample, write_instance
from .peers import dcmtk
from .peers.processes import running, wait_until
from .peers.scripted import Fault, abort_at, close_at, silence_at, status_at, store_peer

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Ten instances, in the order in which storescu sends them."""
    folder = tmp_path_factory.mktemp("files")
    return [write_instance(folder / f"{number:02}.dcm") for number in range(10)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Enough instances to kill somebody while they are sent."""
    folder = tmp_path_factory.mktemp("many")
    return [write_instance(folder / f"{number:03}.dcm") for number in range(300)]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def paths(files: list[Sample]) -> list[Path]:
    return [item.path for item in files]


def entries(journal: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in journal.read_text().splitlines()[1:]]


@pytest.mark.parametrize(
    "fault",
    [abort_at(4), close_at(4), silence_at(4), status_at([4], 0xA700), status_at([4], 0xA701)],
    ids=["abort", "close", "silence", "A700", "A701"],
)
def test_a_failure_that_passes_costs_nothing(files: list[Sample], fault: Fault) -> None:
    with store_peer(fault) as peer:
        outcome = dcmtools(
            "storescu", "-td", 1, "--retries=2", "--retry-delay=0", "127.0.0.1", peer.port, *paths(files)
        )
    assert outcome.code == 0, outcome.stderr
    assert "(retry 1 of 2)" in outcome.stderr
    assert "Store failed" not in outcome.stderr
    assert set(peer.stored) == {item.sop_instance for item in files}
    assert Counter(peer.requests) == Counter(
        [*(item.sop_instance for item in files), files[3].sop_instance]
    ), "what was acknowledged was sent again"
    assert peer.associations == 2


def test_what_fails_has_one_line_each(files: list[Sample]) -> None:
    with store_peer(status_at([2, 5], 0xC000)) as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, *paths(files))
    assert outcome.code == 3
    first, second, summary = outcome.errors()
    for line, lost in ((first, files[1]), (second, files[4])):
        assert line.startswith(f"E: Store failed: {lost.path}: 0xC000 (Failure: Cannot understand) (")
    assert summary.startswith("E: Stored 8 of 10 files (")
    assert summary.endswith("), 2 failed")


def test_what_fails_is_listed_once_more_below_a_long_log(files: list[Sample]) -> None:
    with store_peer(status_at([2, 5], 0xC000)) as peer:
        outcome = dcmtools("storescu", "-v", "127.0.0.1", peer.port, *paths(files))
    *_, first, second, _summary = outcome.errors()
    for line, lost in ((first, files[1]), (second, files[4])):
        assert line == f"E: Not stored: {lost.path}: 0xC000 (Failure: Cannot understand)"


def test_fail_fast(files: list[Sample]) -> None:
    with store_peer(status_at([4], 0xC000)) as peer:
        outcome = dcmtools("storescu", "--fail-fast", "127.0.0.1", peer.port, *paths(files))
    assert outcome.code == 3
    assert peer.requests == [item.sop_instance for item in files[:4]]
    assert outcome.errors()[-1].endswith("1 failed, and stopped there")


def test_fail_fast_with_a_file_that_cannot_be_sent(files: list[Sample], tmp_path: Path) -> None:
    """What comes before it is sent, what comes behind it is not."""
    (bad := files[3].path.with_suffix(".txt")).write_text("This is a letter.")
    with store_peer() as peer:
        outcome = dcmtools("storescu", "--fail-fast", "127.0.0.1", peer.port, bad, *paths(files))
        assert peer.requests == [item.sop_instance for item in files[:4]]
        alone = dcmtools("storescu", "--fail-fast", "127.0.0.1", peer.port, tmp_path / "none", *paths(files))
        assert len(peer.requests) == 4
    assert outcome.code == 3
    outcome.error_about(bad, "not a DICOM file")
    assert alone.code == 1
    alone.error_about(tmp_path / "none", "cannot access")


def test_a_second_run_sends_only_what_is_not_yet_stored(files: list[Sample], journal: Path) -> None:
    failing = {2: 0xC000, 5: 0xA700, 7: 0xB000}
    with store_peer(lambda event, number, peer: failing.get(number, 0x0000)) as peer:

        def send():
            return dcmtools("storescu", "--journal", journal, "127.0.0.1", peer.port, *paths(files))

        assert send().code == 3
        assert [entry["outcome"] for entry in entries(journal)].count("failed") == 2
        assert len(peer.requests) == 10
        second = send()
        assert (second.code, second.stderr) == (0, "")
        assert peer.requests[10:] == [files[1].sop_instance, files[4].sop_instance]
        third = send()
        assert (third.code, third.stderr) == (0, "")
        assert len(peer.requests) == 12
        assert peer.associations == 2


def test_the_summary_counts_what_was_stored_before(
    files: list[Sample], journal: Path, tmp_path: Path
) -> None:
    copies = [write_instance(tmp_path / f"{number}.dcm").path for number in range(3)]
    with store_peer() as peer:
        dcmtools("storescu", "--journal", journal, "127.0.0.1", peer.port, *copies)
        os.utime(copies[1], ns=(0, 0))
        outcome = dcmtools("storescu", "-v", "--journal", journal, "127.0.0.1", peer.port, *copies)
    assert outcome.code == 0
    assert f"I: Already stored: {copies[0]}" in outcome.stderr.splitlines()
    assert f"W: Changed since it was stored, sending it again: {copies[1]}" in outcome.stderr.splitlines()
    assert "2 stored before, 1 changed since they were stored" in outcome.stderr
    assert len(peer.requests) == 4


def test_a_journal_of_another_peer_is_refused(files: list[Sample], journal: Path) -> None:
    with store_peer() as peer:
        dcmtools("storescu", "--journal", journal, "127.0.0.1", peer.port, *paths(files))
        outcome = dcmtools(
            "storescu", "-aec", "OTHER", "--journal", journal, "127.0.0.1", peer.port, *paths(files)
        )
    assert outcome.code == 1
    assert len(peer.requests) == 10
    outcome.error_about(journal, "another peer", "ANY-SCP", "OTHER")


def test_a_file_that_is_no_journal_is_not_touched(files: list[Sample], no_dicom: Path) -> None:
    before = no_dicom.read_bytes()
    outcome = dcmtools("storescu", "--journal", no_dicom, "127.0.0.1", free_port(), files[0].path)
    assert outcome.code == 1
    outcome.error_about(no_dicom, "is not a journal")
    assert no_dicom.read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [["--retries", "-1"], ["--retry-delay", "nan"], ["--retry-delay", "inf"], ["--retries", "x"]]
)
def test_wrong_usage(files: list[Sample], arguments: list[str]) -> None:
    assert dcmtools("storescu", *arguments, "127.0.0.1", 104, files[0].path).code == 2


@contextlib.contextmanager
def sending(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run storescu in the background; in the end it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dcmtools", "storescu", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def killed_storescp(folder: Path, port: int) -> Iterator[None]:
    """Run a receiver which is killed at the end of the block; it writes to where `storescp` does."""

    def command(number: int) -> list[str | Path]:
        return [sys.executable, "-m", "dcmtools", "storescp", "-od", folder / "received", str(number)]

    with running("killed", command, folder, port=port, env=ENVIRONMENT, stop_with=signal.SIGKILL):
        yield


def lines(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def test_the_receiver_is_killed_again_and_again(many: list[Sample], journal: Path, tmp_path: Path) -> None:
    port = free_port()
    options = ["--retries=20", "--retry-delay=0.1", "--journal", journal]
    with sending(*options, "127.0.0.1", port, many[0].path.parent) as process:
        for share in range(1, 6):
            with killed_storescp(tmp_path, port):
                wait_until(
                    lambda enough=50 * share: lines(journal) > enough or process.poll() is not None,
                    "progress",
                )
        with storescp(tmp_path, port=port) as storage:
            _, log = process.communicate(timeout=60)
            kept = {item.sop_instance for item in map(read_sample, storage.files())}
    assert process.returncode == 0, log
    assert "(retry 1 of 20)" in log
    assert kept == {item.sop_instance for item in many}
    assert len(storage.files()) == len(many)
    stored = [entry["sop_instance_uid"] for entry in entries(journal) if entry["outcome"] == "stored"]
    assert Counter(stored) == Counter(item.sop_instance for item in many)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_the_sender_is_stopped_and_resumed(many: list[Sample], journal: Path, stop: signal.Signals) -> None:
    with store_peer() as peer:
        arguments = ["--journal", journal, "127.0.0.1", peer.port, many[0].path.parent]
        with sending(*arguments) as process:
            wait_until(lambda: lines(journal) > 100, "progress")
            process.send_signal(stop)
            process.wait()
        known = {entry["sop_instance_uid"] for entry in entries(journal)}
        before = len(peer.requests)
        assert dcmtools("storescu", *arguments).code == 0
    assert set(peer.stored) == {item.sop_instance for item in many}
    assert not set(peer.requests[before:]) & known, "what the journal says is stored was sent again"


def test_a_peer_that_comes_back_late(files: list[Sample], tmp_path: Path) -> None:
    """DCMTK's storescp is started while storescu waits for it."""
    port = free_port()
    with sending("--retries=30", "--retry-delay=0.2", "127.0.0.1", port, *paths(files)) as process:
        assert process.stderr is not None
        while "(retry 2 of 30)" not in process.stderr.readline():
            assert process.poll() is None
        with dcmtk.storescp(tmp_path, port=port) as storage:
            process.communicate(timeout=60)
            assert process.returncode == 0
            assert len(storage.files()) == 10
