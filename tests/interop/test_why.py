"""What a new user sees when something is wrong: the output alone is enough to put it right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelFind

from ..command import Outcome, dcmtools, qrscp, serving, storescp
from ..ports import free_port
from ..samples import sample
from .peers import dcmtk
from .peers.processes import running
from .peers.scripted import serving as scripted

pytestmark = pytest.mark.interop

CT = sample("CT_small.dcm")
J2K = sample("JPEG2000.dcm")


def one_error(outcome: Outcome) -> str:
    """The last error line, which is all that a command says by itself."""
    assert outcome.code in (1, 3), outcome.stderr
    return outcome.errors()[-1]


def test_a_wrong_called_ae_title(tmp_path: Path) -> None:
    with qrscp(tmp_path, "--require-called") as archive:
        line = one_error(dcmtools("storescu", "127.0.0.1", archive.port, CT))
        assert "called AE title not recognised" in line
        assert "another AE title than ANY-SCP: -aec sets it" in line
        assert dcmtools("storescu", "-aec", "QRSCP", "127.0.0.1", archive.port, CT).code == 0


def test_a_wrong_calling_ae_title(tmp_path: Path) -> None:
    with qrscp(tmp_path, "--allow-calling", "FRIEND") as archive:
        line = one_error(dcmtools("echoscu", "127.0.0.1", archive.port))
        assert "does not know me as ECHOSCU: -aet sets it" in line
        assert dcmtools("echoscu", "-aet", "FRIEND", "127.0.0.1", archive.port).code == 0


@pytest.fixture
def uncompressed_only(tmp_path: Path) -> object:
    """DCMTK's storescp as it comes: one process, uncompressed transfer syntaxes."""
    scp = dcmtk.program("storescp")
    return running("storescp", lambda port: [scp, "--ignore", str(port)], tmp_path)


def test_a_refused_transfer_syntax(uncompressed_only) -> None:
    with uncompressed_only as server:
        line = one_error(dcmtools("storescu", "127.0.0.1", server.port, J2K))
    assert line.startswith(f"E: 127.0.0.1:{server.port}: the peer refused ")
    assert " in JPEG 2000 Image Compression (it accepts Explicit VR Little Endian" in line
    assert line.endswith(": --decompress sends it so)")


def test_a_refused_transfer_syntax_among_others(uncompressed_only) -> None:
    """It is asked for when the association is over: DCMTK's storescp serves one at a time."""
    with uncompressed_only as server:
        outcome = dcmtools("storescu", "127.0.0.1", server.port, J2K, CT)
        as_json = dcmtools("storescu", "--json", "127.0.0.1", server.port, J2K, CT)
    assert outcome.code == 3
    failed, refused, _summary = outcome.errors()
    assert failed.startswith(f"E: Store failed: {J2K}: the peer refused the SOP class ")
    assert refused.endswith(": --decompress sends it so)")
    events = {item["event"]: item for item in map(json.loads, as_json.stdout.splitlines())}
    assert "1.2.840.10008.1.2.1" in events["alternatives"]["accepted"]
    assert list(events["alternatives"]["refused"]) == ["1.2.840.10008.1.2.4.91"]
    assert events["not_stored"]["refused"][1] == "1.2.840.10008.1.2.4.91"


def test_a_refused_sop_class(tmp_path: Path) -> None:
    with serving(tmp_path, "echoscp") as server:
        line = one_error(dcmtools("storescu", "127.0.0.1", server.port, CT))
        assert "the peer refused CT Image Storage (in all transfer syntaxes" in line
        assert "echoscu --probe" in line
        found = dcmtools("echoscu", "--probe", "127.0.0.1", server.port).stdout
    assert "Verification SOP Class" in found
    assert "CT Image Storage" not in found


def test_a_full_disk(tmp_path: Path) -> None:
    with storescp(tmp_path, "--max-size", "1") as storage:
        outcome = dcmtools("storescu", "127.0.0.1", storage.port, CT)
    failed, summary = outcome.errors()
    assert failed.startswith(f"E: Store failed: {CT}: 0xA700 (Failure: Out of resources): ")
    assert "the peer needs room" in failed
    assert "Stored 0 of 1 files" in summary


def test_another_information_model() -> None:
    ae = AE("PEER")
    ae.add_supported_context(PatientRootQueryRetrieveInformationModelFind)
    with scripted(ae, []) as port:
        line = one_error(dcmtools("findscu", "-S", "-k", "PatientName", "127.0.0.1", port))
    assert "the peer refused Study Root" in line
    assert line.endswith("(it accepts Patient Root Query/Retrieve Information Model - FIND (-P))")


def test_a_refused_query() -> None:
    ae = AE("PEER")
    ae.add_supported_context(PatientRootQueryRetrieveInformationModelFind)

    def refuse(event: evt.Event):
        status = _status(0xA900, "level is missing")
        yield status, None

    with scripted(ae, [(evt.EVT_C_FIND, refuse)]) as port:
        line = one_error(dcmtools("findscu", "-k", "PatientName", "127.0.0.1", port))
    assert "0xA900 (Failure: Identifier does not match SOP class): level is missing, " in line
    assert "offending elements: Query/Retrieve Level (0008,0052) (check QueryRetrieveLevel" in line


def _status(code: int, comment: str) -> Dataset:
    status = Dataset()
    status.Status, status.ErrorComment, status.OffendingElement = code, comment, [0x00080052]
    return status


def test_an_unknown_move_destination(tmp_path: Path) -> None:
    with qrscp(tmp_path) as archive:
        outcome = dcmtools(
            "movescu",
            "-S",
            "-aem",
            "NOBODY",
            "-k",
            "QueryRetrieveLevel=STUDY",
            "-k",
            "StudyInstanceUID=1.2",
            "127.0.0.1",
            archive.port,
        )
    line = one_error(outcome)
    assert "0xA801 (Failure: Move destination unknown): Unknown Move Destination: NOBODY" in line
    assert "-aem names it" in line


@pytest.mark.parametrize("options", [(), ("--tls",)], ids=["clear", "tls"])
def test_nobody_there(options: tuple[str, ...]) -> None:
    port = free_port()
    line = one_error(dcmtools("echoscu", *options, "127.0.0.1", port))
    assert line == f"E: 127.0.0.1:{port}: connection refused (nothing listens there: check host and port)"
