"""Sections 2.3, 2.5 and 2.10: what echoscp and storescp log while the same client calls them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelFind, Verification

from ..command import ENVIRONMENT
from ..interop.peers.dcmtk import dcmtk
from ..interop.peers.processes import running, wait_until
from ..samples import sample
from .comparing import LISTENING, assert_same_lines, assert_same_log, comparable_dump

pytestmark = pytest.mark.interop

FILES = tuple(sample(name) for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "reportsi.dcm"))
NAMES = (
    "CT.1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322",
    "MR.1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457",
    "RP.1.2.777.777.77.7.7777.7777.20030903150023",
    "UN.1.2.276.0.7230010.3.1.4.1787205428.166.1117461927.10",
)

ABORTED = "Association Aborted"
Client = Callable[[int], None]


def verify(port: int) -> None:
    """Two C-ECHO, then a release."""
    assert dcmtk("echoscu", "--repeat", 2, "127.0.0.1", port).returncode == 0


def store(port: int) -> None:
    """All files in one association."""
    assert dcmtk("storescu", "-R", "127.0.0.1", port, *FILES).returncode == 0


def abort(port: int) -> None:
    """Abort in place of a release."""
    assert dcmtk("echoscu", "--abort", "127.0.0.1", port).returncode == 0


def propose_nothing_known(port: int) -> None:
    """Propose only what neither server knows."""
    assert not _associate(port, PatientRootQueryRetrieveInformationModelFind).is_established


def idle(port: int) -> None:
    """Say nothing until the server has had enough."""
    _associate(port, Verification).join(10)


def _associate(port: int, sop_class: str) -> Association:
    ae = AE("CLIENT")
    ae.add_requested_context(sop_class)
    return ae.associate("127.0.0.1", port)


def serve_both(folder: Path, app: str, *options: str, client: Client) -> tuple[str, str]:
    """Let `client` call pynetdicom's and our server, stop them with Ctrl-C; return what they logged."""
    outputs = []
    for program in ("pynetdicom", "dcmtools"):

        def command(port: int, program: str = program) -> list[str | Path]:
            return [sys.executable, "-m", program, app, *options, str(port)]

        working = folder / program
        working.mkdir()
        with running(
            f"{program} {app}", command, working, env=ENVIRONMENT, stop_with=signal.SIGINT
        ) as server:
            client(server.port)
            if client is abort:  # which does not wait for the server
                wait_until(lambda server=server: ABORTED in server.output(), f"{ABORTED!r} in the log")
        assert server.process.returncode == 0
        outputs.append(server.output())
        server.log.unlink()
    return outputs[0], outputs[1]


@pytest.mark.parametrize("client", [verify, abort, propose_nothing_known])
def test_echoscp(tmp_path: Path, client: Client) -> None:
    theirs, ours = serve_both(tmp_path, "echoscp", "-v", client=client)
    assert_same_log(theirs, ours, more=[LISTENING])


def test_dumps_of_echoscp(tmp_path: Path) -> None:
    theirs, ours = serve_both(tmp_path, "echoscp", "-d", "-xi", client=verify)
    theirs, ours = comparable_dump(theirs, contexts=True), comparable_dump(ours, contexts=True)
    assert_same_lines(theirs, ours, more=[LISTENING])
    assert "I: Received Echo Request (MsgID 2)" in ours.splitlines()


def test_network_timeout(tmp_path: Path) -> None:
    theirs, ours = serve_both(tmp_path, "echoscp", "-v", "-tn", "0.5", client=idle)
    assert_same_log(theirs, ours, more=[LISTENING])
    assert "E: Network timeout reached" in ours.splitlines()


def test_storescp(tmp_path: Path) -> None:
    theirs, ours = serve_both(tmp_path, "storescp", "-v", client=store)
    assert_same_log(theirs, ours, more=[LISTENING])
    assert [line for line in ours.splitlines() if "Storing" in line] == [
        f"I: Storing DICOM file: {name}" for name in NAMES
    ]
    for program in ("pynetdicom", "dcmtools"):
        assert sorted(path.name for path in (tmp_path / program).iterdir()) == sorted(NAMES)


def test_storescp_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """Silent by default."""
    assert serve_both(tmp_path, "storescp", "-od", "a/b", client=store) == ("", "")
    for program in ("pynetdicom", "dcmtools"):
        assert sorted(path.name for path in (tmp_path / program / "a" / "b").iterdir()) == sorted(NAMES)


def test_storescp_that_ignores(tmp_path: Path) -> None:
    theirs, ours = serve_both(tmp_path, "storescp", "-v", "--ignore", client=store)
    assert_same_log(theirs, ours, more=[LISTENING])
    for program in ("pynetdicom", "dcmtools"):
        assert list((tmp_path / program).iterdir()) == []


def test_dumps_of_storescp(tmp_path: Path) -> None:
    """The first message may come before the answer to the association request is logged."""
    theirs, ours = serve_both(tmp_path, "storescp", "-d", "-pdu", "16382", client=store)
    theirs, ours = comparable_dump(theirs), comparable_dump(ours)
    assert_same_lines(theirs, ours, more=[LISTENING])
