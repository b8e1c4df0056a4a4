"""C-ECHO: our echoscu against every kind of SCP, every kind of SCU against our SCPs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ..command import dcmtools, round_trip_lines, serving
from .peers import dcmtk, orthanc, pynetdicom_apps
from .peers.processes import Server
from .peers.scripted import echo_peer, store_peer

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def dcmtk_storescp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    with dcmtk.storescp(tmp_path_factory.mktemp("storescp")) as storage:
        yield storage.port, "STORESCP"


@pytest.fixture(scope="module")
def dcmqrscp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    with dcmtk.dcmqrscp(tmp_path_factory.mktemp("dcmqrscp")) as server:
        yield server.port, dcmtk.AE_TITLE


@pytest.fixture(scope="module")
def orthanc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    with orthanc.orthanc(tmp_path_factory.mktemp("orthanc")) as server:
        yield server.port, orthanc.AE_TITLE


@pytest.fixture(scope="module")
def pynetdicom_echoscp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    with pynetdicom_apps.echoscp(tmp_path_factory.mktemp("echoscp")) as server:
        yield server.port, "ECHOSCP"


@pytest.fixture(params=["dcmtk_storescp", "dcmqrscp", "orthanc_server", "pynetdicom_echoscp"])
def peer(request: pytest.FixtureRequest) -> tuple[int, str]:
    """Port and AE title of each SCP in turn."""
    found: tuple[int, str] = request.getfixturevalue(request.param)
    return found


def test_every_peer_is_verified(peer: tuple[int, str]) -> None:
    port, title = peer
    outcome = dcmtools("echoscu", "-v", "--repeat", 3, "-aec", title, "localhost", port)
    assert outcome.code == 0
    assert outcome.stdout == ""
    lines = outcome.stderr.splitlines()
    assert lines[:2] == ["I: Requesting Association", "I: Association Accepted"]
    assert lines.count("I: Received Echo Response (Status: 0x0000 - Success)") == 3
    assert [line for line in lines if line.startswith("I: Sending Echo Request: MsgID ")] != []
    assert lines.count("I: Releasing Association") == 1
    assert len(round_trip_lines(outcome)) == 1


def test_silent_by_default() -> None:
    with echo_peer(0x0000) as port:
        outcome = dcmtools("echoscu", "127.0.0.1", port)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")


def test_failing_status_is_a_failure() -> None:
    with echo_peer(0x0122) as port:
        outcome = dcmtools("echoscu", "127.0.0.1", port)
    assert outcome.code == 1
    outcome.error_about("0x0122")


def test_repeat_none() -> None:
    with echo_peer(0x0122) as port:
        outcome = dcmtools("echoscu", "-v", "--repeat", 0, "127.0.0.1", port)
    assert outcome.code == 0
    assert "Sending Echo Request" not in outcome.stderr


def test_abort_in_place_of_release() -> None:
    with echo_peer(0x0000) as port:
        outcome = dcmtools("echoscu", "-v", "--abort", "127.0.0.1", port)
    assert outcome.code == 0
    assert "I: Aborting Association" in outcome.stderr.splitlines()
    assert "I: Releasing Association" not in outcome.stderr


@pytest.mark.parametrize(
    ("option", "proposed"),
    [
        (
            None,
            [
                ExplicitVRLittleEndian,
                ImplicitVRLittleEndian,
                DeflatedExplicitVRLittleEndian,
                ExplicitVRBigEndian,
            ],
        ),
        ("-xe", [ExplicitVRLittleEndian]),
        ("-xb", [ExplicitVRBigEndian]),
        ("-xi", [ImplicitVRLittleEndian]),
    ],
)
def test_transfer_syntaxes_proposed(option: str | None, proposed: list[str]) -> None:
    with store_peer() as peer:
        outcome = dcmtools("echoscu", *([option] if option else []), "127.0.0.1", peer.port)
    assert outcome.code == 0
    assert [context.transfer_syntax for context in peer.contexts] == [proposed]


def test_ae_titles() -> None:
    with store_peer() as peer:
        assert dcmtools("echoscu", "127.0.0.1", peer.port).code == 0
        assert peer.titles == ("ECHOSCU", "ANY-SCP")
        assert dcmtools("echoscu", "-aet=ME", "--called-aet", "YOU", "127.0.0.1", peer.port).code == 0
        assert peer.titles == ("ME", "YOU")


@pytest.fixture(scope="module", params=["echoscp", "storescp"])
def our_scp(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our SCPs that answer C-ECHO."""
    with serving(tmp_path_factory.mktemp("ours"), request.param, "-v") as server:
        yield server


def test_dcmtk_verifies_us(our_scp: Server) -> None:
    assert dcmtk.dcmtk("echoscu", "--repeat", 5, "127.0.0.1", our_scp.port).returncode == 0
    output = our_scp.output().splitlines()
    assert "I: Accepting Association" in output
    assert output.count("I: Received Echo Request (MsgID 5)") == 1


def test_dcmtk_stretches_the_negotiation(our_scp: Server) -> None:
    """All transfer syntaxes that DCMTK knows, in as many presentation contexts as there can be."""
    done = dcmtk.dcmtk("echoscu", "-pts", 38, "-ppc", 128, "127.0.0.1", our_scp.port)
    assert done.returncode == 0, done.stderr


def test_dcmtk_aborts(our_scp: Server) -> None:
    assert dcmtk.dcmtk("echoscu", "--abort", "127.0.0.1", our_scp.port).returncode == 0
    assert dcmtk.dcmtk("echoscu", "127.0.0.1", our_scp.port).returncode == 0


@pytest.mark.parametrize("option", ["-xe", "-xb", "-xi"])
def test_pynetdicom_verifies_us(our_scp: Server, option: str) -> None:
    done = pynetdicom_apps.app("echoscu", option, "127.0.0.1", our_scp.port)
    assert done.returncode == 0
    assert "Received Echo Response (Status: 0x0000 - Success)" in done.stderr


def test_we_verify_ourselves(our_scp: Server) -> None:
    assert dcmtools("echoscu", "127.0.0.1", our_scp.port).code == 0


def test_storescp_without_echo(tmp_path: Path) -> None:
    with serving(tmp_path, "storescp", "--no-echo") as server:
        outcome = dcmtools("echoscu", "127.0.0.1", server.port)
    assert outcome.code == 1
    outcome.error_about("presentation context")


@pytest.mark.parametrize(
    ("option", "accepted"),
    [
        (None, ExplicitVRLittleEndian),
        ("-x=", ExplicitVRLittleEndian),
        ("-xe", ExplicitVRLittleEndian),
        ("-xb", ExplicitVRBigEndian),
        ("-xi", ImplicitVRLittleEndian),
    ],
)
def test_preferred_transfer_syntax(tmp_path: Path, option: str | None, accepted: str) -> None:
    with serving(tmp_path, "echoscp", *([option] if option else [])) as server:
        assert _accepted_syntax(server.port) == accepted


def _accepted_syntax(port: int) -> str:
    """The transfer syntax that the SCP chooses of all uncompressed ones, implicit VR first."""
    from pynetdicom import AE
    from pynetdicom.sop_class import Verification

    ae = AE()
    offered = [ImplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian]
    ae.add_requested_context(Verification, offered)
    association = ae.associate("127.0.0.1", port)
    assert association.is_established
    try:
        return str(association.accepted_contexts[0].transfer_syntax[0])
    finally:
        association.release()
