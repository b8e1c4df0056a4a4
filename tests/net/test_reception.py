"""What is stored is registered before it is acknowledged, and nothing stays that cannot be."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.room import Room
from dcmtools.dicom.storing import InstanceStore, OnExisting
from dcmtools.errors import StorageError
from dcmtools.net.access import Access, Rights
from dcmtools.net.association import Peer
from dcmtools.net.events import NotReceived, NotStored, Received, Receiving, Stored
from dcmtools.net.reception import StorageProvider
from dcmtools.net.store import StoreRequest, store
from tests.net.archive import ListedCatalog, archive
from tests.net.conftest import BRIEF, Running, serving
from tests.samples import dataset_bytes, sample, write_instance

CT = str(CTImageStorage)


class Register:
    """Notes what it is told of, and refuses it after `most`."""

    def __init__(self, most: int = 100) -> None:
        self.files: list[InstanceFile] = []
        self._most = most

    def __call__(self, file: InstanceFile) -> None:
        assert Path(file.path).read_bytes()[file.offset :] == Path(file.path).read_bytes()[-file.length :]
        if len(self.files) == self._most:
            raise StorageError("the index is full", 0xA700)
        self.files.append(file)


def send(
    kept: Path | InstanceStore,
    files: list[InstanceFile],
    register: Register | None = None,
    on_existing: OnExisting | None = None,
):
    """Store `files`, in one association; return what the sender and what the receiver say of them."""
    if isinstance(kept, Path):
        kept = InstanceStore(kept, on_existing=on_existing)
    kept.prepare()
    with serving(lambda report: StorageProvider(kept, report, register), sop_classes=[CT]) as running:
        request = StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF)
        sent = [event for event in store(request, files) if isinstance(event, Stored | NotStored)]
        received = []
        while len(received) < len(files):
            event = running.event()
            if isinstance(event, Received | NotReceived):
                received.append(event)
    return sent, received


def _next(running: Running, kind: type):
    """The next event of a server that is of this kind."""
    return next(event for event in iter(running.event, None) if isinstance(event, kind))


def _object(folder: Path, **values: object) -> InstanceFile:
    folder.mkdir(exist_ok=True)
    return read_instance(write_instance(folder / f"{len(list(folder.iterdir()))}.dcm", **values).path)


def test_the_register_is_told_where_the_dataset_is(tmp_path):
    file, register = read_instance(sample("CT_small.dcm")), Register()
    sent, _ = send(tmp_path, [file], register)
    assert isinstance(sent[0], Stored)
    [told] = register.files
    assert told == read_instance(tmp_path / f"CT.{file.sop_instance_uid}")
    assert told.transfer_syntax_uid == ExplicitVRLittleEndian


def test_what_cannot_be_registered_is_refused_and_removed(tmp_path):
    files = [_object(tmp_path / "in", PatientID=name) for name in "AB"]
    sent, received = send(tmp_path / "out", files, Register(most=1))
    assert [type(event) for event in received] == [Received, NotReceived]
    assert isinstance(sent[1], NotStored)
    assert sent[1].status == 0xA700
    assert "the index is full" in sent[1].reason
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"CT.{files[0].sop_instance_uid}"]


@pytest.mark.parametrize("on_existing", [None, OnExisting.REPLACE, OnExisting.RENAME])
@pytest.mark.parametrize("second", ["A", "B"], ids=["identical", "different"])
def test_an_object_that_was_registered_before_stays(tmp_path, on_existing, second):
    """The second is refused; the file of the first is as it was."""
    files = [_object(tmp_path / "in", SOPInstanceUID="1.2.3", PatientID=name) for name in ("A", second)]
    _, received = send(tmp_path / "out", files, Register(most=1), on_existing)
    assert [type(event) for event in received] == [Received, NotReceived]
    [path] = (tmp_path / "out").iterdir()
    assert path.name == "CT.1.2.3"
    assert dataset_bytes(path) == dataset_bytes(Path(files[0].path))


def test_an_identical_object_is_registered_as_the_file_is_that_was_there(tmp_path):
    """Its File Meta Information is of another length."""
    file, register = read_instance(sample("CT_small.dcm")), Register()
    there = tmp_path / f"CT.{file.sop_instance_uid}"
    there.write_bytes(Path(file.path).read_bytes())
    _, [received] = send(tmp_path, [file], register)
    assert received.outcome == "identical"
    assert register.files == [read_instance(there)]


def test_log_lines(tmp_path, caplog):
    file = _object(tmp_path / "in")
    with caplog.at_level(logging.INFO, "dcmtools"):
        send(tmp_path / "out", [file, file], Register())
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count(f"SOP Instance UID '{file.sop_instance_uid}'") == 2
    assert lines.count("Instance written to storage directory") == 2
    assert lines.count("Instance added to database") == 1
    assert lines.count("Database entry for instance updated") == 1


def test_who_may_not_write_stores_nothing(tmp_path):
    kept = InstanceStore(tmp_path / "out")
    kept.prepare()
    file = _object(tmp_path / "in")
    access = Access(other_rights=Rights(write=False))
    storage = lambda report: StorageProvider(kept, report)  # noqa: E731
    with archive(ListedCatalog(), storage=storage, server={"access": access}) as running:
        request = StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF)
        [_, event] = store(request, [file])
    assert isinstance(event, NotStored)
    assert event.status == 0x0124
    assert "not authorised to store" in event.reason
    assert list((tmp_path / "out").iterdir()) == []


def test_what_does_not_fit_is_refused_and_the_association_goes_on(tmp_path):
    """The sender gets the reason; what fits is stored behind what does not."""
    files = [
        _object(tmp_path / "in", PatientID="A"),
        _object(tmp_path / "in", PatientID="B", PatientComments="x" * 10_000),
        _object(tmp_path / "in", PatientID="C"),
    ]
    out = tmp_path / "out"
    sent, received = send(InstanceStore(out, room=Room(out, max_size=6_000)), files)
    assert [type(event) for event in received] == [Received, NotReceived, Received]
    assert [type(event) for event in sent] == [Stored, NotStored, Stored]
    assert sent[1].status == 0xA700
    assert "the quota of 6000 bytes is reached" in sent[1].reason
    assert {path.name for path in out.iterdir()} == {f"CT.{files[n].sop_instance_uid}" for n in (0, 2)}


def test_an_object_is_named_by_its_template_when_it_is_whole(tmp_path):
    file = _object(tmp_path / "in", PatientID="A/B")
    template = PathTemplate("{PatientID}/{SOPInstanceUID}.dcm")
    kept = InstanceStore(tmp_path / "out", template=template)
    kept.prepare()
    with serving(lambda report: StorageProvider(kept, report), sop_classes=[CT]) as running:
        [stored] = [
            event
            for event in store(StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF), [file])
            if isinstance(event, Stored | NotStored)
        ]
        receiving, received = (_next(running, kind) for kind in (Receiving, Received))
    assert isinstance(stored, Stored)
    assert received.path == str(tmp_path / "out" / receiving.name)
    assert receiving.name.startswith("A_B-")
    assert receiving.name.endswith(f"/{file.sop_instance_uid}.dcm")
