"""Several archives at once: on one PostgreSQL and one shared folder, and on one SQLite database."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from ..command import Outcome, RunningArchive, archive_configuration, dcmtools, qrscp
from ..index import databases
from ..samples import Sample, datasets, write_instance

pytestmark = pytest.mark.interop

CLIENTS, STUDIES, OF_EACH = 8, 4, 40


@pytest.fixture(params=["postgresql", "sqlite"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database for both archives."""
    if request.param == "sqlite":
        yield str(tmp_path / "shared.sqlite")
        return
    reason = databases.missing()
    if reason and not os.environ.get("CI"):
        pytest.skip(reason)
    assert reason is None, reason
    with databases.postgresql() as server, server.database() as url:
        yield url


def query(archive: RunningArchive, level: str, *keys: str) -> Outcome:
    options = [option for key in (f"QueryRetrieveLevel={level}", *keys) for option in ("-k", key)]
    outcome = dcmtools("findscu", "-S", "127.0.0.1", archive.port, *options)
    assert outcome.code == 0, outcome.stderr
    return outcome


def test_eight_clients_at_two_archives(location: str, tmp_path: Path) -> None:
    """All store into the same studies and query meanwhile: nothing is lost, and nothing is there twice."""
    shared = tmp_path / "shared"
    studies = [generate_uid() for _ in range(STUDIES)]
    series = {study: generate_uid() for study in studies}
    items = [
        write_instance(
            tmp_path / f"{study_number}-{number:03}.dcm",
            StudyInstanceUID=study,
            SeriesInstanceUID=series[study],
            PatientID=f"P{study_number}",
        )
        for study_number, study in enumerate(studies)
        for number in range(OF_EACH)
    ]
    options = ("--database-location", location, "--instance-location", shared)
    with ExitStack() as stack:
        archives = [stack.enter_context(qrscp(tmp_path / name, *options)) for name in ("first", "second")]

        def work(client: int) -> tuple[Outcome, Outcome]:
            part: list[Sample] = items[client::CLIENTS]
            archive = archives[client % 2]
            stored = dcmtools("storescu", "127.0.0.1", archive.port, *(item.path for item in part))
            return stored, query(archive, "STUDY", "StudyInstanceUID", "PatientID=P*")

        with ThreadPoolExecutor(CLIENTS) as pool:
            for stored, found in pool.map(work, range(CLIENTS)):
                assert stored.code == 0, stored.stderr
                assert found.stderr.count("(Pending)") <= STUDIES
        assert datasets(path for path in shared.iterdir() if path.name[0] != ".") == {
            item.dataset for item in items
        }
        for archive in archives:
            found = query(
                archive,
                "STUDY",
                "StudyInstanceUID",
                "NumberOfStudyRelatedSeries",
                "NumberOfStudyRelatedInstances",
            )
            assert found.stderr.count("(Pending)") == STUDIES
            counts = re.findall(r"IS \[(\d+)\] .* (NumberOfStudyRelated\w+)", found.stdout)
            assert (
                counts
                == [("1", "NumberOfStudyRelatedSeries"), (str(OF_EACH), "NumberOfStudyRelatedInstances")] * 4
            )
            keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=" + "\\".join(studies))
            out = tmp_path / f"out-{archive.port}"
            assert dcmtools("getscu", "-S", "127.0.0.1", archive.port, "-od", out, *keys).code == 0
            assert datasets(out.iterdir()) == {item.dataset for item in items}
    verified = dcmtools("qrscp", "-c", archive_configuration(tmp_path), *options, "--verify", "--no-repair")
    assert verified.code == 0, verified.stderr
