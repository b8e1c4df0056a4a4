"""What is stored and then refused leaves all others as they were, whoever stored what at the same time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dcmtools.dicom import folders, publishing, storing
from dcmtools.dicom.part_files import is_part, sweep_parts
from dcmtools.dicom.storing import InstanceStore, OnExisting, Outcome, Stored, Sync
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN
from dcmtools.errors import StorageError

from .test_storing import CT_IMAGE_STORAGE, NAME, UID, contents, dataset, datasets, meta_for, store

OLD, NEW = dataset(b"\1\1"), dataset(b"\2\2")


@pytest.fixture(params=["unnamed", "part files"], autouse=True)
def kind_of_files(request, monkeypatch):
    """All has to hold on file systems that know no unnamed files, too."""
    if request.param == "part files":
        monkeypatch.setattr(storing, "supports_unnamed_files", lambda folder: False)


def register(into: InstanceStore, data: bytes, known: Callable[[Stored], None]) -> Stored:
    meta = meta_for()
    with into.receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, meta) as sink:
        sink.write(data)
        return sink.commit(known)


def refuse(stored: Stored) -> None:
    assert Path(stored.path).exists()
    raise StorageError("the index is full", 0xA700)


@pytest.mark.parametrize("on_existing", [None, *OnExisting])
def test_what_was_there_stays(tmp_path, on_existing):
    into = InstanceStore(tmp_path, on_existing=on_existing)
    store(into, OLD)
    before = contents(tmp_path)
    for data in (OLD, NEW):
        with pytest.raises(StorageError):
            register(into, data, refuse)
        assert contents(tmp_path) == before


def test_what_was_there_stays_where_there_are_no_links(tmp_path, monkeypatch):
    into = InstanceStore(tmp_path, on_existing=OnExisting.REPLACE)
    store(into, OLD)
    before = contents(tmp_path)

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(storing, "supports_unnamed_files", lambda folder: False)
    into.prepare()
    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(StorageError):
        register(into, NEW, refuse)
    assert contents(tmp_path) == before
    register(into, NEW, lambda stored: None)
    assert datasets(tmp_path) == {NAME: NEW}


def test_a_name_that_the_disk_does_not_take_is_taken_back(tmp_path, monkeypatch):
    def fail(folder: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(folders, "_sync", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        store(InstanceStore(tmp_path, sync=Sync.FULL), NEW)
    assert contents(tmp_path) == {}


@pytest.fixture
def waiting(monkeypatch) -> threading.Event:
    """Set when somebody begins to wait for what another one is about to register."""
    event = threading.Event()
    wait_for = publishing._wait_for

    def noted(descriptor: int) -> None:
        event.set()
        wait_for(descriptor)

    monkeypatch.setattr(publishing, "_wait_for", noted)
    return event


@pytest.mark.parametrize("on_existing", [None, OnExisting.KEEP, OnExisting.REPLACE])
@pytest.mark.parametrize("second", [OLD, NEW], ids=["identical", "different"])
def test_nobody_relies_on_what_is_refused_in_the_end(tmp_path, waiting, on_existing, second):
    """The second sender has its object stored for itself, and that is what it is told."""
    into = InstanceStore(tmp_path, on_existing=on_existing)
    events: list[str] = []

    def refuse_late(stored: Stored) -> None:
        asked.append(pool.submit(register, into, second, lambda stored: events.append("registered")))
        assert waiting.wait(30)
        events.append("refused")
        refuse(stored)

    asked = []
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(StorageError):
            register(into, OLD, refuse_late)
        [stored] = [future.result(30) for future in asked]
    assert stored == (str(tmp_path / NAME), Outcome.STORED, len(second))
    assert events == ["refused", "registered"]
    assert datasets(tmp_path) == {NAME: second}


def test_replacing_registers_in_the_order_of_the_files(tmp_path):
    """What is registered last is what the file has."""
    into = InstanceStore(tmp_path, on_existing=OnExisting.REPLACE)
    registered: list[bytes] = []
    workers = 6
    barrier = threading.Barrier(workers)

    def work(number: int) -> None:
        data = dataset(bytes([65 + number]))
        barrier.wait()
        for _ in range(20):
            register(into, data, lambda stored: registered.append(Path(stored.path).read_bytes()))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    assert contents(tmp_path) == {NAME: registered[-1]}
    assert len(registered) == workers * 20


def test_other_processes_wait_too(tmp_path):
    into = InstanceStore(tmp_path)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from dcmtools.dicom import publishing\n"
        "from tests.dicom.test_publishing import OLD, InstanceStore, register\n"
        "wait_for = publishing._wait_for\n"
        "publishing._wait_for = lambda descriptor: (print('waiting', flush=True), wait_for(descriptor))\n"
        "stored = register(InstanceStore(Path(sys.argv[1])), OLD, lambda stored: None)\n"
        "print(stored.outcome)\n"
    )

    def refuse_late(stored: Stored) -> None:
        started.append(subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=-1, text=True))
        assert started[0].stdout is not None
        assert started[0].stdout.readline() == "waiting\n"
        refuse(stored)

    started: list[subprocess.Popen[str]] = []
    with pytest.raises(StorageError):
        register(into, OLD, refuse_late)
    printed, _ = started[0].communicate(timeout=60)
    assert (started[0].returncode, printed) == (0, "stored\n")
    assert datasets(tmp_path) == {NAME: OLD}


def test_what_is_replaced_is_not_swept_before_it_is_settled(tmp_path):
    """Nor does it stay for ever: if we are killed, the next one sweeps its second name."""
    into = InstanceStore(tmp_path, on_existing=OnExisting.REPLACE)
    store(into, OLD)

    def sweep(stored: Stored) -> None:
        sweep_parts(tmp_path)
        assert [name for name in contents(tmp_path) if is_part(name)] != []
        refuse(stored)

    with pytest.raises(StorageError):
        register(into, NEW, sweep)
    assert datasets(tmp_path) == {NAME: OLD}


def test_a_link_in_place_of_an_object_is_nobodys_object(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"not ours")
    (tmp_path / NAME).symlink_to("elsewhere")
    stored = register(InstanceStore(tmp_path), NEW, lambda stored: None)
    assert (Path(stored.path).name, stored.outcome) == (f"{NAME}-1", Outcome.RENAMED)
    register(InstanceStore(tmp_path, on_existing=OnExisting.REPLACE), NEW, lambda stored: None)
    assert not (tmp_path / NAME).is_symlink()
    assert (tmp_path / "elsewhere").read_bytes() == b"not ours"
