"""echoscu --probe against all kinds of SCPs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..command import dcmtools, serving
from ..ports import free_port
from .peers import dcmtk, orthanc, pynetdicom_apps
from .peers.processes import running
from .peers.scripted import echo_peer

pytestmark = pytest.mark.interop

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
J2K = "1.2.840.10008.1.2.4.90"


def accepted(port: int, *options: object) -> dict[str, set[str]]:
    outcome = dcmtools("echoscu", "--probe", "--json", *options, "127.0.0.1", port)
    assert (outcome.code, outcome.stderr) == (0, "")
    objects = [json.loads(line) for line in outcome.stdout.splitlines()]
    return {
        item["sop_class_uid"]: set(item["transfer_syntaxes"])
        for item in objects
        if item["event"] == "acceptance"
    }


def test_dcmtk_with_few_transfer_syntaxes(tmp_path: Path) -> None:
    """DCMTK's storescp takes the uncompressed ones, unless it is told to take more."""
    scp = dcmtk.program("storescp")
    with running("storescp", lambda port: [scp, "-od", tmp_path, str(port)], tmp_path) as server:
        found = accepted(server.port)
    assert found[CT] == {IMPLICIT, EXPLICIT, BIG}
    assert found["1.2.840.10008.1.1"] == {IMPLICIT, EXPLICIT, BIG}
    assert found["1.2.840.10008.5.1.4.1.2.2.1"] == set()


def test_dcmtk_with_all_transfer_syntaxes(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path) as storage:
        found = accepted(storage.port, "--sop-class", "CTImageStorage")
    assert set(found) == {CT}
    assert {IMPLICIT, EXPLICIT, BIG, J2K} <= found[CT]


def test_orthanc(tmp_path: Path) -> None:
    with orthanc.orthanc(tmp_path) as server:
        found = accepted(server.port, "-aec", orthanc.AE_TITLE, "--sop-class", CT)
    assert {IMPLICIT, EXPLICIT, J2K} <= found[CT]


def test_pynetdicom(tmp_path: Path) -> None:
    with pynetdicom_apps.echoscp(tmp_path) as server:
        found = accepted(server.port, "--sop-class", "Verification", "--sop-class", CT)
    assert found[CT] == set()
    assert {IMPLICIT, EXPLICIT, BIG} <= found["1.2.840.10008.1.1"]


def test_ours_as_a_table(tmp_path: Path) -> None:
    with serving(tmp_path, "echoscp", "-xi") as server:
        outcome = dcmtools("echoscu", "--probe", "127.0.0.1", server.port)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines() == [
        f"A  {IMPLICIT}  Implicit VR Little Endian",
        "",
        "1.2.840.10008.1.1  A  Verification SOP Class",
    ]


def test_only_the_transfer_syntax_that_is_asked_for() -> None:
    with echo_peer(0x0000) as port:
        assert accepted(port, "-xb", "--sop-class", "1.2.840.10008.1.1") == {"1.2.840.10008.1.1": {BIG}}


def test_nothing_accepted() -> None:
    with echo_peer(0x0000) as port:
        outcome = dcmtools("echoscu", "--probe", "--sop-class", CT, "127.0.0.1", port)
    assert outcome.code == 1
    assert outcome.stdout == f"{CT}    CT Image Storage (refused)\n"
    assert outcome.stderr == f"E: 127.0.0.1:{port} accepts 0 of 1 SOP classes\n"


def test_nobody_there() -> None:
    outcome = dcmtools("echoscu", "--probe", "127.0.0.1", free_port())
    assert (outcome.code, outcome.stdout) == (1, "")
    outcome.error_about("connection refused")


def test_usage() -> None:
    outcome = dcmtools("echoscu", "--sop-class", CT, "127.0.0.1", 104)
    assert outcome.code == 2
    assert "--sop-class needs --probe" in outcome.stderr
