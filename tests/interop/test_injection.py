"""Faults on purpose: what DCMTK's clients and ours meet at our storescp and qrscp."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..command import dcmtools, qrscp, storescp
from ..samples import Sample, dataset_bytes, datasets
from .peers import dcmtk

pytestmark = pytest.mark.interop

UNCOMPRESSED = "1.2.840.10008.1.2.1"


@pytest.fixture
def four(unique_samples: tuple[Sample, ...]) -> list[Path]:
    """Four files that every peer can send."""
    return [item.path for item in unique_samples if item.transfer_syntax == UNCOMPRESSED][:4]


def test_dcmtk_is_refused_as_asked_for(four: list[Path], tmp_path: Path) -> None:
    with storescp(tmp_path, "--inject", "store:2:status=0xA700") as storage:
        sent = [dcmtk.dcmtk("storescu", "-v", "127.0.0.1", storage.port, path) for path in four]
        texts = [each.stdout + each.stderr for each in sent]
        assert ["OutOfResources" in text for text in texts] == [False, True, False, False], texts
        assert len(storage.files()) == 3
        assert "W: Injected into store 2 of STORESCU: status=0xA700" in storage.server.output()


def test_dcmtk_is_aborted_and_rejected(tmp_path: Path) -> None:
    faults = ("--inject", "echo:1:abort", "--inject", "associate:2:reject=called")
    with storescp(tmp_path, *faults) as storage:
        outcomes = [dcmtk.dcmtk("echoscu", "-v", "127.0.0.1", storage.port) for _ in range(3)]
    texts = [each.stdout + each.stderr for each in outcomes]
    assert ["(Success)" in text for text in texts] == [False, False, True], texts
    assert "abort" in texts[0].lower()
    assert "Called AE Title Not Recognized" in texts[1]


def test_our_storescu_overcomes_what_passes(four: list[Path], tmp_path: Path) -> None:
    """A rejection, a lost response, a reset and a refusal for want of resources: with retries all arrive."""
    faults = [
        "associate:1:reject=limit",
        "store:2:drop@response",
        "store:4:reset@dataset",
        "store:6:status=0xA701",
    ]
    options = [option for fault in faults for option in ("--inject", fault)]
    with storescp(tmp_path, *options) as storage:
        retries = ("--retries", 5, "--retry-delay", 0.05)
        assert dcmtools("storescu", "127.0.0.1", storage.port, *four, *retries).code == 0
        assert datasets(storage.files()) == {dataset_bytes(path) for path in four}
        assert len(storage.files()) == 4


def test_queries_and_retrievals_of_an_archive(four: list[Path], tmp_path: Path) -> None:
    faults = ["find:2:status=0xA700", "get:1:status=0xA702", "move:1:abort", "find:3:hang"]
    options = [option for fault in faults for option in ("--inject", fault)]
    key = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID")
    with qrscp(tmp_path, *options) as archive:
        there = ("127.0.0.1", archive.port)
        assert dcmtools("storescu", *there, *four).code == 0
        found = [dcmtools("findscu", *there, *key, "-td", 1) for _ in range(4)]
        assert [each.code for each in found] == [0, 1, 1, 0]
        assert "0xA700" in found[1].stderr
        get = ("getscu", *there, *key[:-1], "StudyInstanceUID=1.2.3", "-od", tmp_path / "got")
        assert "0xA702" in dcmtools(*get).stderr
        move = dcmtools("movescu", *there, *key[:-1], "StudyInstanceUID=1.2.3")
        assert move.code == 1
        assert "abort" in move.stderr.lower()


def test_a_seed_makes_the_same_faults_again(tmp_path: Path) -> None:
    seen = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        faults = ("--inject", "echo:40%:status=0x0110", "--inject-seed", 3)
        with storescp(tmp_path / run, *faults) as storage:
            assert dcmtools("echoscu", "127.0.0.1", storage.port, "--repeat", 30).code != 0
            lines = storage.server.output().splitlines()
            seen.append([line for line in lines if "Injected" in line])
            assert "I: Injecting faults (--inject-seed 3): echo:40%:status=0x0110" in lines
    assert seen[0] == seen[1]
    assert 3 < len(seen[0]) < 25
