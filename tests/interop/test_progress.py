"""What the commands that transfer show of it, in a pseudo-terminal and elsewhere."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pynetdicom import AE
from pynetdicom.events import Event
from pynetdicom.sop_class import CTImageStorage

from ..command import ENVIRONMENT, archive_configuration, dcmtools
from ..ports import free_port
from ..samples import sample
from ..terminal import ERASING, Terminal, terminal
from .peers.queries import get_peer, move_peer
from .peers.scripted import SUCCESS, StorePeer, store_peer

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals"),
]

KEYS = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=1CT1")


class Held:
    """A peer that gives its answer to the n-th request when it is told to."""

    def __init__(self, number: int, status: int = SUCCESS) -> None:
        self._number = number
        self._status = status
        self.go = threading.Event()

    def __call__(self, event: Event, number: int, peer: StorePeer) -> int:
        if number == self._number:
            assert self.go.wait(30)
        return self._status if number == 1 else SUCCESS


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three files of different SOP Instances."""
    folder = tmp_path / "files"
    folder.mkdir()
    paths = []
    for number in range(3):
        dataset = dcmread(sample("CT_small.dcm"))
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number + 1}"
        paths.append(folder / f"{number}.dcm")
        dataset.save_as(paths[-1])
    return paths


def test_sending(files: list[Path]) -> None:
    held = Held(3)
    with store_peer(held) as peer, terminal("storescu", "127.0.0.1", peer.port, files[0].parent) as shown:
        shown.wait_for("2 of 3 files")
        held.go.set()
        assert shown.end() == 0
    assert re.search(r"\[=+ +\] +\d+%  2 of 3 files, 0\.\d of 0\.1 MB, \d+\.\d MB/s", shown.text)
    assert re.search(rf"{re.escape(ERASING)}Stored 3 of 3 files \(.+ MB/s\)\r\n$", shown.text)


def test_a_failure_goes_above_and_is_counted(files: list[Path]) -> None:
    held = Held(3, status=0xA700)
    with store_peer(held) as peer, terminal("storescu", "127.0.0.1", peer.port, *files) as shown:
        shown.wait_for("1 of 3 files")
        shown.wait_for("1 failed")
        held.go.set()
        assert shown.end() == 3
    assert "0xA700 (Failure: Out of resources)" in shown.text


def test_a_narrow_terminal(files: list[Path]) -> None:
    held = Held(3)
    with (
        store_peer(held) as peer,
        terminal("storescu", "127.0.0.1", peer.port, *files, columns=24) as shown,
    ):
        shown.wait_for("2 of 3 files")
        held.go.set()
        assert shown.end() == 0
    drawn = [part.split(ERASING)[-1] for part in shown.text.split("\r") if "2 of 3 files" in part]
    assert drawn
    assert all(len(line) < 24 for line in drawn)


@pytest.mark.parametrize(
    "options",
    [["-q"], ["-v"], ["-d"], ["--json"], ["--progress=none"]],
    ids=lambda options: options[0],
)
def test_none(files: list[Path], options: list[str]) -> None:
    with store_peer(Held(9)) as peer, terminal("storescu", *options, "127.0.0.1", peer.port, *files) as shown:
        assert shown.end() == 0
    assert "\x1b[" not in shown.text.replace("\x1b[31m", "")
    assert " of 3 files," not in shown.text


def test_none_where_there_is_no_terminal(files: list[Path]) -> None:
    with store_peer(Held(9)) as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, *files)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")


def test_a_terminal_that_cannot_erase(files: list[Path]) -> None:
    held = Held(3)
    with (
        store_peer(held) as peer,
        terminal("storescu", "127.0.0.1", peer.port, *files, environment={"TERM": "dumb"}) as shown,
    ):
        shown.wait_for("Progress: 2 of 3 files")
        held.go.set()
        assert shown.end() == 0
    assert "\x1b" not in shown.text


def test_plain_lines_in_a_pipeline(files: list[Path]) -> None:
    held = Held(3)
    with store_peer(held) as peer:
        command = ["storescu", "--progress", "plain", "127.0.0.1", str(peer.port), *map(str, files)]
        with subprocess.Popen(
            [sys.executable, "-m", "dcmtools", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        ) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            held.go.set()
            out, _ = process.communicate(timeout=30)
    assert re.match(r"Progress: \d of 3 files", line)
    assert (process.returncode, out) == (0, "")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_ended_by_a_signal(files: list[Path], number: signal.Signals, status: int) -> None:
    held = Held(3)
    with store_peer(held) as peer, terminal("storescu", "127.0.0.1", peer.port, *files) as shown:
        shown.wait_for("2 of 3 files")
        shown.send(number)
        assert shown.end() == status
        held.go.set()
    assert re.search(r"Stored 2 of 2 files \(.+\), and stopped there\r\n$", shown.text)


def sent_by(title: str, port: int, paths: list[Path], stack: ExitStack) -> None:
    """Send the files over an association that stays open."""
    entity = AE(title)
    entity.add_requested_context(CTImageStorage)
    association = entity.associate("127.0.0.1", port)
    assert association.is_established
    stack.callback(association.release)
    for path in paths:
        assert association.send_c_store(str(path)).Status == SUCCESS


def listening(shown: Terminal, port: int, stack: ExitStack, paths: list[Path]) -> None:
    """Let two application entities send what they have, and look at both."""
    sent_by("CT1", port, paths[:2], stack)
    sent_by("CT2", port, paths[2:], stack)
    shown.wait_for("  CT2@127.0.0.1: 1 file, 0.0 MB")
    assert "  CT1@127.0.0.1: 2 files, 0.1 MB" in shown.text
    assert "3 files, 0.1 MB" in shown.text


def wait_until_listening(port: int) -> None:
    from .peers.processes import accepts_connections, wait_until

    wait_until(lambda: accepts_connections(port), "listening")


def test_receiving(tmp_path: Path, files: list[Path]) -> None:
    port = free_port()
    with terminal("storescp", "-od", tmp_path / "received", port) as shown, ExitStack() as stack:
        wait_until_listening(port)
        listening(shown, port, stack, files)
        stack.close()
        shown.send(signal.SIGTERM)
        assert shown.end() == 0
    assert re.search(r"Received 3 objects \(0\.1 MB\) in \d+\.\d s\r\n$", shown.text)


def test_an_archive_that_receives(tmp_path: Path, files: list[Path]) -> None:
    port = free_port()
    configuration = archive_configuration(tmp_path, port)
    with terminal("qrscp", "-c", configuration) as shown, ExitStack() as stack:
        wait_until_listening(port)
        listening(shown, port, stack, files)
        stack.close()
        shown.send(signal.SIGINT)
        assert shown.end() == 0
    assert "Received 3 objects" in shown.text


class Instances(list[Dataset]):
    """What a peer has, the last of which it sends when it is told to."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__(dcmread(path) for path in paths)
        self.go = threading.Event()

    def __iter__(self) -> Iterator[Dataset]:
        yield from (self[index] for index in range(len(self) - 1))
        assert self.go.wait(30)
        yield self[-1]


def test_retrieving(tmp_path: Path, files: list[Path]) -> None:
    """In place of the log lines that there are elsewhere without being asked for."""
    instances = Instances(files)
    with (
        get_peer(instances) as peer,
        terminal("getscu", "127.0.0.1", peer.port, *KEYS, "-od", tmp_path / "got") as shown,
    ):
        shown.wait_for("2 of 3 files")
        instances.go.set()
        assert shown.end() == 0
    assert "I: " not in shown.text
    assert re.search(r"Received 3 objects \(0\.1 MB\) in \d+\.\d s\r\n$", shown.text)


@pytest.mark.parametrize("store", [True, False], ids=["--store", "elsewhere"])
def test_moving(tmp_path: Path, files: list[Path], store: bool) -> None:
    port = free_port()
    options = ["--store", "--store-port", port, "-od", tmp_path / "got"] if store else []
    instances = Instances(files)
    with ExitStack() as stack:
        destination = port if store else stack.enter_context(store_peer()).port
        peer = stack.enter_context(move_peer(instances, destination=lambda: destination))
        shown = stack.enter_context(terminal("movescu", "127.0.0.1", peer.port, *KEYS, *options))
        shown.wait_for("2 of 3 files")
        instances.go.set()
        assert shown.end() == 0
    assert ("Received 3 objects" if store else "Moved 3 objects to STORESCP") in shown.text


@pytest.mark.parametrize(
    ("environment", "is_red"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
    ids=str,
)
def test_colour(environment: dict[str, str], is_red: bool) -> None:
    """Of the level of errors, where the terminal and the environment allow it; the words stay the same."""
    with terminal("echoscu", "127.0.0.1", free_port(), environment=environment) as shown:
        assert shown.end() == 1
    assert ("\x1b[31mE:\x1b[0m 127.0.0.1:" in shown.text) is is_red
    assert ("E: 127.0.0.1:" in shown.text) is not is_red


@pytest.mark.parametrize(("variable", "is_red"), [("FORCE_COLOR", True), ("TERM", False)])
def test_colour_where_there_is_no_terminal(variable: str, is_red: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dcmtools", "echoscu", "127.0.0.1", str(free_port())],
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, variable: "xterm"},
    )
    assert ("\x1b[31m" in done.stderr) is is_red
