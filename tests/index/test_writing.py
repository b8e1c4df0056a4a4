"""Several threads, and several processes, at one index."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.query import STUDY_ROOT, Level
from dcmtools.dicom.storing import Sync
from dcmtools.errors import StorageError
from dcmtools.index.catalog import Catalog
from dcmtools.index.rows import Rows

from .databases import PostgreSQL
from .instances import answers, question, write_instance

_STUDIES, _INSTANCES = 4, 15

_PROGRAM = """
import json, sys
from pathlib import Path
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.storing import Sync
from dcmtools.index.catalog import Catalog
location, folder, *files = json.load(sys.stdin)
with Catalog.open(location, Path(folder), sync=Sync.NONE) as catalog:
    for file in files:
        catalog.add(InstanceFile(*file))
        print(file[2], flush=True)
"""


@pytest.fixture
def files(folder: Path) -> list[InstanceFile]:
    """Instances of some studies of one patient, in turn."""
    return [
        write_instance(
            folder / f"{study}.{number}",
            SOPInstanceUID=f"1.{study}.1.{number}",
            SeriesInstanceUID=f"1.{study}.1",
            StudyInstanceUID=f"1.{study}",
            InstanceNumber=str(number),
        )
        for number in range(_INSTANCES)
        for study in range(_STUDIES)
    ]


def _check_all_there(catalog: Catalog) -> None:
    asked = question(
        Level.STUDY, StudyInstanceUID="", NumberOfStudyRelatedSeries="", NumberOfStudyRelatedInstances=""
    )
    assert answers(catalog, asked) == [(f"1.{study}", "1", str(_INSTANCES)) for study in range(_STUDIES)]
    assert answers(catalog, question(Level.PATIENT, NumberOfPatientRelatedStudies="")) == [(str(_STUDIES),)]


def test_threads_add_the_same_entities_at_once(catalog: Catalog, files: list[InstanceFile]) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(catalog.add, [*files, *reversed(files)]))
    _check_all_there(catalog)


def test_processes_add_the_same_entities_at_once(
    location: str, folder: Path, files: list[InstanceFile]
) -> None:
    def run(own: list[InstanceFile]) -> str:
        given = json.dumps([location, str(folder), *own])
        done = subprocess.run([sys.executable, "-c", _PROGRAM], input=given, capture_output=True, text=True)
        return done.stderr

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(run, [files, files[::-1], files[::2], files[1::2]])) == [""] * 4
    with Catalog.open(location, folder) as catalog:
        _check_all_there(catalog)


def test_what_another_process_took_away_is_added_again(
    location: str, folder: Path, files: list[InstanceFile]
) -> None:
    with Catalog.open(location, folder) as first, Catalog.open(location, folder) as second:
        first.add(files[0])
        second.remove(files[0].sop_instance_uid)
        first.add(files[_STUDIES])
        assert answers(second, question(Level.IMAGE, InstanceNumber="")) == [("1",)]


def test_entities_are_pruned_while_others_come(catalog: Catalog, files: list[InstanceFile]) -> None:
    def add_and_remove(file: InstanceFile) -> None:
        for _ in range(5):
            catalog.add(file)
            catalog.remove(file.sop_instance_uid)
        catalog.add(file)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_and_remove, files))
    _check_all_there(catalog)


def test_searches_go_on_while_instances_come(catalog: Catalog, files: list[InstanceFile]) -> None:
    done = threading.Event()
    counts: list[int] = []

    def search() -> None:
        while not done.is_set():
            counts.append(len(answers(catalog, question(Level.IMAGE, STUDY_ROOT, SOPInstanceUID=""))))

    thread = threading.Thread(target=search)
    thread.start()
    for file in files:
        catalog.add(file)
    done.set()
    thread.join()
    assert counts == sorted(counts)
    _check_all_there(catalog)


def test_what_cannot_be_written_does_not_keep_others_out(
    location: str, folder: Path, files: list[InstanceFile]
) -> None:
    with Catalog.open(location, folder, sync=Sync.NONE) as catalog:
        url = location if "://" in location else f"sqlite:///{location}"
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:  # a database that refuses one of the instances
            connection.execute(sqlalchemy.text("CREATE UNIQUE INDEX one ON instance (dataset_length)"))
        engine.dispose()
        refused = 0
        with ThreadPoolExecutor(8) as threads:
            longer = [file._replace(length=file.length + number // 2) for number, file in enumerate(files)]
            for future in [threads.submit(catalog.add, file) for file in longer]:
                refused += isinstance(future.exception(), StorageError)
        assert refused == len(files) // 2
        assert len(answers(catalog, question(Level.IMAGE))) == len(files) // 2


def test_no_thread_takes_a_failure_of_another_for_success(
    catalog: Catalog, files: list[InstanceFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Rows, "add", fail)
    with ThreadPoolExecutor(8) as threads:
        for future in [threads.submit(catalog.add, file) for file in files]:
            assert isinstance(future.exception(), ZeroDivisionError | StorageError)


def test_a_lost_connection_is_made_anew(
    postgresql: PostgreSQL, folder: Path, files: list[InstanceFile]
) -> None:
    with postgresql.database() as location, Catalog.open(location, folder, sync=Sync.NONE) as catalog:
        for number, file in enumerate(files[:6]):
            catalog.add(file)
            assert len(answers(catalog, question(Level.IMAGE))) == number + 1
            engine = sqlalchemy.create_engine(location)
            with engine.connect() as connection:
                others = (
                    "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
                connection.execute(sqlalchemy.text(f"SELECT pg_terminate_backend(pid) {others}"))
            engine.dispose()


def test_nothing_acknowledged_is_lost_when_a_process_is_killed(
    location: str, folder: Path, files: list[InstanceFile]
) -> None:
    given = json.dumps([location, str(folder), *files])
    acknowledged: set[str] = set()
    for stop_after in range(0, len(files), 7):
        with subprocess.Popen(
            [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin and process.stdout
            process.stdin.write(given)
            process.stdin.close()
            for _ in range(stop_after):
                acknowledged.add(process.stdout.readline().strip())
            process.kill()
    with Catalog.open(location, folder) as catalog:
        found = {uid for (uid,) in answers(catalog, question(Level.IMAGE, SOPInstanceUID=""))}
        assert acknowledged <= found
        list(catalog.verify(repair=True))
        assert list(catalog.verify()) == []
        _check_all_there(catalog)
