"""Peers by name, of other makes: each command finds them, and all of them answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..command import Outcome, dcmtools
from ..samples import sample
from .peers import dcmtk, orthanc

pytestmark = pytest.mark.interop

SCAN = sample("CT_small.dcm")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration file with two archives and a storage SCP that run."""
    folder = tmp_path_factory.mktemp("named")
    for name in ("dcmqrscp", "orthanc", "storescp"):
        (folder / name).mkdir()
    with (
        dcmtk.dcmqrscp(folder / "dcmqrscp") as first,
        orthanc.orthanc(folder / "orthanc") as second,
        dcmtk.storescp(folder / "storescp") as third,
    ):
        path = folder / "config.toml"
        path.write_text(
            f"""
            [defaults.findscu]
            study = true
            keyword = ["QueryRetrieveLevel=STUDY", "PatientID", "StudyInstanceUID"]
            [defaults.getscu]
            output_directory = "got"
            study = true
            [peers]
            dcmtk = "{dcmtk.AE_TITLE}@127.0.0.1:{first.port}"
            store = "STORESCP@127.0.0.1:{third.port}"
            [peers.orthanc]
            host = "localhost"
            port = {second.port}
            called-aet = "{orthanc.AE_TITLE}"
            """
        )
        yield path


def run(config: Path, command: str, *arguments: object) -> Outcome:
    return dcmtools(command, "--config", config, *arguments)


def test_all_answer(config: Path) -> None:
    outcome = run(config, "peers", "--check")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert [line.split()[0] for line in outcome.stdout.splitlines()] == ["dcmtk", "store", "orthanc"]
    assert outcome.stdout.count("answered in ") == 3


@pytest.mark.parametrize("name", ["dcmtk", "orthanc"])
def test_sent_found_and_retrieved(config: Path, name: str) -> None:
    assert run(config, "storescu", name, SCAN).code == 0
    found = run(config, "findscu", name, "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=1CT1")
    assert found.code == 0
    assert found.stdout.count("# Match") == 1
    assert run(config, "findscu", name).stdout.count("# Match") == 1
    uid = "1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"
    key = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={uid}")
    assert run(config, "getscu", name, *key).code == 0
    got = config.parent / "got"
    assert len(list(got.iterdir())) == 1
    for path in got.iterdir():
        path.unlink()
    moved = run(config, "movescu", name, "-S", "-aem", "NOBODY", *key)
    assert moved.code == 1
    moved.error_about("C-MOVE")


def test_an_address_in_one_word(config: Path) -> None:
    line = next(line for line in config.read_text().splitlines() if "store =" in line)
    assert dcmtools("storescu", line.split('"')[1], SCAN).code == 0
