"""Section 2.7: where a C-MOVE sends to, and the receiver of ``--store``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from dcmtools.cli.app import run

from ..interop.peers.queries import move_peer
from ..interop.peers.scripted import store_peer
from ..logging_state import restored_logging
from ..ports import free_port
from ..samples import sample

pytestmark = pytest.mark.interop

CT = sample("CT_small.dcm")


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    with restored_logging():
        yield


@pytest.mark.parametrize(
    ("options", "title"), [([], "STORESCP"), (["-aem", "THERE"], "THERE"), (["--move-aet=THERE"], "THERE")]
)
def test_destination(options: list[str], title: str) -> None:
    """The peer associates with the AE title that it was told."""
    with (
        store_peer() as there,
        move_peer([dcmread(CT)], destination=lambda: there.port) as peer,
    ):
        assert run(["movescu", "-q", *options, "127.0.0.1", str(peer.port), "-k", "PatientID"]) == 0
    assert there.titles[1] == title
    assert len(there.stored) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], 0),
        (["-aem", "ME", "--store-aet", "ME"], 0),
        (["-aem", "OTHER"], 1),
        (["--store-aet", "OTHER"], 1),
    ],
)
def test_receiver(tmp_path: Path, options: list[str], expected: int) -> None:
    """It takes only what is meant for it (which pynetdicom's does not check)."""
    port = free_port()
    folder = tmp_path / "received"
    receiving = ["--store", f"--store-port={port}", "-od", str(folder), *options]
    with move_peer([dcmread(CT)], destination=lambda: port) as peer:
        status = run(["movescu", "-q", *receiving, "127.0.0.1", str(peer.port), "-k", "PatientID"])
    assert status == expected
    assert len([path for path in folder.rglob("*") if path.is_file()]) == (1 if expected == 0 else 0)
