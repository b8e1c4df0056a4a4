"""Section 2.8: what qrscp logs while the same clients call it."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..command import ENVIRONMENT, storescp
from ..interop.peers.dcmtk import dcmtk
from ..interop.peers.processes import running
from ..ports import free_port
from ..samples import sample
from .comparing import LISTENING, assert_same_lines

pytestmark = pytest.mark.interop

CONFIGURATION = """\
[DEFAULT]
    ae_title: QRSCP
    port: {port}
    max_pdu: 16382
    acse_timeout: 30
    dimse_timeout: 30
    network_timeout: 30
    bind_address: 127.0.0.1
    instance_location: {folder}/instances
    database_location: {folder}/instances.sqlite
    log_identifier: True

[STORESCP]
    address: 127.0.0.1
    port: {move_port}
"""
STORING = r"I: Storing DICOM file: .+"
"""qrscp names each file that it stores, as storescp does."""
RESPONSES = (
    r"I: (Find|Get|Move) SCP Response \d+: 0x\w{4} \(\w+\)",
    r"I: (Get|Move) SCP: Received Store SCP response 0x\w{4} \(\w+\)",
    r"I: (Sending Store Request: MsgID \d+|Received Store Response).*",
    r"I: (Requesting Association|Association Accepted|Releasing Association|Association Released)",
)
"""Ours logs the responses and sub-operations as pynetdicom does in other programs; its qrscp does not."""

STUDY = (
    "-k",
    "QueryRetrieveLevel=STUDY",
    "-k",
    "StudyInstanceUID=1.3.6.1.4.1.5962.1.2.1.20040119072730.12322",
)

Client = Callable[[int, int, Path], object]


def verify(port: int, _move_port: int, _folder: Path) -> None:
    assert dcmtk("echoscu", "127.0.0.1", port).returncode == 0


def store(port: int, _move_port: int, _folder: Path) -> None:
    assert dcmtk("storescu", "127.0.0.1", port, sample("CT_small.dcm")).returncode == 0


def find(port: int, _move_port: int, _folder: Path) -> None:
    assert dcmtk("findscu", "-S", *STUDY, "-k", "PatientName", "127.0.0.1", port).returncode == 0


def find_what_is_wrong(port: int, _move_port: int, _folder: Path) -> None:
    dcmtk("findscu", "-S", "-k", "PatientName", "127.0.0.1", port)


def store_and_move(port: int, move_port: int, folder: Path) -> None:
    store(port, move_port, folder)
    (folder / "moved").mkdir()
    with storescp(folder / "moved", port=move_port):
        dcmtk("movescu", "-S", "-aem", "STORESCP", *STUDY, "127.0.0.1", port)


def move_to_nobody(port: int, _move_port: int, _folder: Path) -> None:
    dcmtk("movescu", "-S", "-aem", "NOBODY", *STUDY, "127.0.0.1", port)


def serve_both(folder: Path, client: Client) -> tuple[str, str]:
    """Let `client` call pynetdicom's and our qrscp; return what they logged, with its times made the same."""
    outputs = []
    for program in ("pynetdicom", "dcmtools"):
        working = folder / program
        working.mkdir()
        move_port = free_port()

        def command(
            port: int, program: str = program, working: Path = working, move_port: int = move_port
        ) -> list[str | Path]:
            path = working / "qrscp.ini"
            path.write_text(CONFIGURATION.format(port=port, folder=working, move_port=move_port))
            return [sys.executable, "-m", program, "qrscp", "-v", "-c", path]

        with running(
            f"{program} qrscp", command, working, env=ENVIRONMENT, stop_with=signal.SIGINT
        ) as server:
            client(server.port, move_port, working)
        outputs.append(_comparable(server.output()))
        server.log.unlink()
    return outputs[0], outputs[1]


def _comparable(output: str) -> str:
    return re.sub(r" from \S+:\d+ at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", " from THERE at THEN", output)


@pytest.mark.parametrize("client", [verify, store, find])
def test_requests(tmp_path: Path, client: Client) -> None:
    theirs, ours = serve_both(tmp_path, client)
    assert_same_lines(theirs, ours, more=[LISTENING, STORING, *RESPONSES])
    assert re.search(r"^I: Received C-(ECHO|STORE|FIND) request from THERE at THEN$", ours, re.MULTILINE)


def test_storing(tmp_path: Path) -> None:
    _, ours = serve_both(tmp_path, store)
    uid = "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
    lines = ours.splitlines()
    for line in (
        f"SOP Instance UID '{uid}'",
        "Instance written to storage directory",
        "Instance added to database",
    ):
        assert f"I: {line}" in lines


def test_moving(tmp_path: Path) -> None:
    theirs, ours = serve_both(tmp_path, store_and_move)
    line = "I: Received C-MOVE request from THERE at THEN with move destination STORESCP"
    assert line in theirs.splitlines()
    assert line in ours.splitlines()


def test_moving_to_nobody(tmp_path: Path) -> None:
    _, ours = serve_both(tmp_path, move_to_nobody)
    assert "I: No matching move destination in the configuration" in ours.splitlines()


def test_an_identifier_that_is_wrong(tmp_path: Path) -> None:
    _, ours = serve_both(tmp_path, find_what_is_wrong)
    assert "E: Invalid C-FIND Identifier received" in ours.splitlines()
