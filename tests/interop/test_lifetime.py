"""SCPs for scripts: ready files, free ports, and the conditions on which they end by themselves."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom.uid import CTImageStorage
from pynetdicom import AE

from dcmtools.dicom.part10 import read_instance
from dcmtools.net.association import Limits, Peer
from dcmtools.net.events import Stored
from dcmtools.net.store import StoreRequest, store

from ..command import ENVIRONMENT, dcmtools
from ..samples import Sample
from .peers.processes import wait_until

PATIENCE = 30.0


@dataclass
class Scp:
    """An SCP of ours on a free port, which it has said in its ready file."""

    process: subprocess.Popen[str]
    ready: Path

    @property
    def port(self) -> int:
        return int(self.ready.read_text())

    def ended(self) -> tuple[int, str]:
        """The exit status, and what it logged."""
        _, logged = self.process.communicate(timeout=PATIENCE)
        assert "Traceback" not in logged, logged
        return self.process.returncode, logged


@contextmanager
def ready_scp(folder: Path, command: str, *options: object) -> Iterator[Scp]:
    """Run an SCP, and wait until it is ready."""
    ready = folder / "ready"
    place = ["--port", 0] if command == "qrscp" else [0]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "dcmtools",
            command,
            "-v",
            "--ready-file",
            ready,
            *map(str, [*options, *place]),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=ENVIRONMENT,
    )
    try:
        wait_until(lambda: ready.exists() or process.poll() is not None, "the ready file")
        yield Scp(process, ready)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def send(scp: Scp, *paths: object) -> int:
    return dcmtools("storescu", "127.0.0.1", scp.port, *paths).code


@pytest.mark.parametrize(
    "command",
    [("echoscp",), ("storescp",), ("qrscp",), ("storescp", "--workers", 2), ("qrscp", "--workers", 2)],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ready_on_a_free_port_until_a_signal(
    command: tuple[object, ...], number: signal.Signals, tmp_path: Path
) -> None:
    with ready_scp(tmp_path, *map(str, command)) as scp:
        port = scp.port
        assert dcmtools("echoscu", "127.0.0.1", port).code == 0
        scp.process.send_signal(number)
        code, logged = scp.ended()
        assert code == 0
        assert f"Listening on all interfaces, port {port}" in logged
        assert not scp.ready.exists()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("command", ["storescp", "qrscp"])
def test_exit_after_objects(
    command: str, workers: int, unique_samples: tuple[Sample, ...], tmp_path: Path
) -> None:
    paths = [item.path for item in unique_samples[:4]]
    with ready_scp(tmp_path, command, "--exit-after", 4, "--workers", workers) as scp:
        assert send(scp, *paths[:3]) == 0
        assert scp.process.poll() is None
        assert send(scp, paths[3]) == 0
        code, logged = scp.ended()
    assert code == 0
    assert "I: Ending: 4 objects received" in logged


@pytest.mark.parametrize("workers", [1, 2])
def test_exit_after_associations(workers: int, tmp_path: Path) -> None:
    with ready_scp(tmp_path, "storescp", "--exit-after-associations", 3, "--workers", workers) as scp:
        port = scp.port
        for _ in range(3):
            assert dcmtools("echoscu", "127.0.0.1", port).code == 0
        code, logged = scp.ended()
    assert code == 0
    assert "I: Ending: 3 associations ended" in logged


def test_exit_when_idle(tmp_path: Path) -> None:
    with ready_scp(tmp_path, "echoscp", "--exit-idle", 0.4) as scp:
        code, logged = scp.ended()
    assert code == 0
    assert "I: Ending: no association for 0.4 s" in logged


@pytest.mark.parametrize(
    ("sent", "code", "reason"), [(0, 1, "0 of 2 objects received"), (1, 3, "1 of 2 objects received")]
)
def test_what_has_not_come_in_time_is_an_error(
    sent: int, code: int, reason: str, unique_samples: tuple[Sample, ...], tmp_path: Path
) -> None:
    options = ("--timeout", 10) if sent else ("--exit-idle", 0.3)
    with ready_scp(tmp_path, "storescp", "--exit-after", 2, *options) as scp:
        if sent:
            there = Peer("127.0.0.1", scp.port)
            *_, last = store(StoreRequest(there, "SCU", Limits()), [read_instance(unique_samples[0].path)])
            assert isinstance(last, Stored)
        status, logged = scp.ended()
    assert status == code
    assert f"E: Ending: {'time is up after 10 s' if sent else 'no association for 0.3 s'}, {reason}" in logged


def test_time_is_up_for_all_workers(tmp_path: Path) -> None:
    with ready_scp(tmp_path, "storescp", "--timeout", 0.5, "--workers", 2) as scp:
        code, logged = scp.ended()
    assert code == 0
    assert logged.count("Ending: time is up after 0.5 s") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_ready_file_that_cannot_be_written(workers: int, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "ready"
    outcome = dcmtools("storescp", 0, "--ready-file", path, "--workers", workers, cwd=tmp_path)
    assert outcome.code == 1
    assert outcome.errors() == [f"E: {path}: cannot be written: No such file or directory"]


def test_a_second_signal_leaves_no_time(tmp_path: Path) -> None:
    with ready_scp(tmp_path, "storescp") as scp:
        busy = AE()
        busy.add_requested_context(CTImageStorage)
        association = busy.associate("127.0.0.1", scp.port)
        raw = association.dul.socket.socket
        raw.sendall(b"\x04\x00\x00\x00\x10\x00")  # the header of a P-DATA-TF, and nothing behind it
        scp.process.send_signal(signal.SIGINT)
        wait_until(lambda: not scp.ready.exists(), "the end")
        scp.process.send_signal(signal.SIGINT)
        code, _ = scp.ended()
        association.abort()
    assert code == 0


def test_a_file_of_one_that_was_killed_goes_before_the_next_one_listens(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_text("1\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ("-ba", "127.0.0.1", "--ready-file", ready)
        assert dcmtools("echoscp", taken.getsockname()[1], *options).code == 1
    assert not ready.exists()


def test_a_worker_that_is_killed_ends_all(tmp_path: Path) -> None:
    with ready_scp(tmp_path, "storescp", "--workers", 2) as scp:
        children = Path(f"/proc/{scp.process.pid}/task/{scp.process.pid}/children")
        if not children.exists():
            pytest.skip("this system does not tell the children of a process")
        subprocess.run(["kill", "-9", children.read_text().split()[0]], check=True)
        code, _ = scp.ended()
        assert code == 1
        assert not scp.ready.exists()
