from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom import storing
from dcmtools.dicom.file_names import file_name
from dcmtools.dicom.part10 import encode_file_meta, read_instance
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.room import Room
from dcmtools.dicom.storing import InstanceStore, OnExisting, Outcome, Stored, Sync
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from dcmtools.errors import StorageError

from .encoded import element
from .test_file_names import HOSTILE_UIDS

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
UID = "1.2.3"
NAME = f"CT.{UID}"


@pytest.fixture(params=["unnamed", "part files"], autouse=True)
def kind_of_files(request, monkeypatch):
    """All has to hold on file systems that know no unnamed files, too."""
    if request.param == "part files":
        monkeypatch.setattr(storing, "supports_unnamed_files", lambda folder: False)


def meta_for(
    transfer_syntax: str = EXPLICIT_VR_LITTLE_ENDIAN, uid: str = UID, version: str = "TEST"
) -> bytes:
    return encode_file_meta(
        CT_IMAGE_STORAGE,
        uid,
        transfer_syntax,
        implementation_class_uid="1.2.3.4",
        implementation_version_name=version,
    )


def dataset(fill: bytes = b"\1\2", size: int = 100) -> bytes:
    uids = element(0x00080016, b"UI", CT_IMAGE_STORAGE.encode() + b"\0") + element(
        0x00080018, b"UI", b"1.2.3\0"
    )
    return uids + element(0x7FE00010, b"OW", (fill * size)[:size])


def store(
    into: InstanceStore,
    data: bytes,
    uid: str = UID,
    transfer_syntax: str = EXPLICIT_VR_LITTLE_ENDIAN,
    version: str = "TEST",
) -> Stored:
    meta = meta_for(transfer_syntax, uid, version)
    with into.receive(CT_IMAGE_STORAGE, uid, transfer_syntax, meta) as sink:
        sink.write(data)
        return sink.commit()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def datasets(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes()[read_instance(path).offset :] for path in folder.iterdir()}


@pytest.mark.parametrize("uid", HOSTILE_UIDS, ids=ascii)
def test_a_hostile_uid_is_stored_inside_the_folder(tmp_path, uid):
    folder = tmp_path / "received"
    storage = InstanceStore(folder)
    storage.prepare()
    stored = store(storage, dataset(), uid)
    assert [path.name for path in tmp_path.iterdir()] == ["received"]
    assert [path.name for path in folder.iterdir()] == [Path(stored.path).name]
    assert Path(stored.path).parent == folder


def test_an_object_is_stored_as_it_came(tmp_path):
    data = dataset()
    stored = store(InstanceStore(tmp_path), data)
    assert stored == Stored(str(tmp_path / NAME), Outcome.STORED, len(data))
    assert contents(tmp_path) == {NAME: meta_for() + data}


@given(st.lists(st.integers(0, 200_000), max_size=6), st.sampled_from(Sync))
def test_the_pieces_make_the_whole(tmp_path_factory, sizes, sync):
    folder = tmp_path_factory.getbasetemp() / "pieces"
    storage = InstanceStore(folder, on_existing=OnExisting.REPLACE, sync=sync)
    storage.prepare()
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    buffer = bytearray(200_000)
    with storage.receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, b"meta") as sink:
        for piece in pieces:
            buffer[: len(piece)] = piece
            sink.write(memoryview(buffer)[: len(piece)])
        assert sink.commit().size == sum(sizes)
    assert contents(folder) == {NAME: b"meta" + b"".join(pieces)}


def test_nothing_is_seen_before_the_commit_or_left_without_it(tmp_path):
    storage = InstanceStore(tmp_path)
    for size in (10, 1_000_000):
        with storage.receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, meta_for()) as sink:
            sink.write(bytes(size))
            assert not (tmp_path / NAME).exists()
        assert contents(tmp_path) == {}
    with pytest.raises(KeyError), storage.receive(CT_IMAGE_STORAGE, UID, "1.2", b"") as sink:
        sink.write(bytes(1_000_000))
        raise KeyError
    assert contents(tmp_path) == {}


def test_a_sink_is_used_once(tmp_path):
    sink = InstanceStore(tmp_path).receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, meta_for())
    sink.commit()
    sink.discard()
    for use in (sink.commit, lambda: sink.write(b"more")):
        with pytest.raises(ValueError, match="committed or discarded"):
            use()
    assert set(contents(tmp_path)) == {NAME}


def test_a_large_object_takes_little_memory(tmp_path):
    piece = memoryview(bytes(131_000))
    tracemalloc.start()
    try:
        with InstanceStore(tmp_path).receive(CT_IMAGE_STORAGE, UID, "1.2", meta_for()) as sink:
            for _ in range(400):
                sink.write(piece)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20  # of 50 MiB
    finally:
        tracemalloc.stop()


class TestExisting:
    @pytest.mark.parametrize("on_existing", [None, OnExisting.KEEP])
    @pytest.mark.parametrize("size", [100, 1_000_000])
    def test_of_identical_objects_one_is_kept(self, tmp_path, on_existing, size):
        storage = InstanceStore(tmp_path, on_existing=on_existing)
        store(storage, dataset(size=size), version="ONE")
        before = contents(tmp_path)
        assert store(storage, dataset(size=size), version="OTHER VERSION") == (
            str(tmp_path / NAME),
            Outcome.IDENTICAL,
            len(dataset(size=size)),
        )
        assert contents(tmp_path) == before

    def test_different_objects_are_both_kept(self, tmp_path):
        storage = InstanceStore(tmp_path)
        data = [dataset(b"a"), dataset(b"b"), dataset(b"c", 1_000_000), dataset(b"c", 999_998) + b"\0\0"]
        names = [NAME, f"{NAME}-1", f"{NAME}-2", f"{NAME}-3"]
        for name, content in zip(names, data, strict=True):
            outcome = Outcome.STORED if name == NAME else Outcome.RENAMED
            assert store(storage, content)[:2] == (str(tmp_path / name), outcome)
        for name, content in zip(names, data, strict=True):
            assert store(storage, content)[:2] == (str(tmp_path / name), Outcome.IDENTICAL)
        assert datasets(tmp_path) == dict(zip(names, data, strict=True))

    def test_the_same_bytes_in_another_transfer_syntax_are_different(self, tmp_path):
        storage = InstanceStore(tmp_path)
        store(storage, dataset())
        assert store(storage, dataset(), transfer_syntax=IMPLICIT_VR_LITTLE_ENDIAN).outcome is Outcome.RENAMED

    def test_a_number_makes_no_name_of_another_uid(self, tmp_path):
        storage = InstanceStore(tmp_path)
        store(storage, dataset(b"a"))
        store(storage, dataset(b"b"))
        taken = {path.name for path in tmp_path.iterdir()}
        assert taken.isdisjoint(file_name(CT_IMAGE_STORAGE, f"{UID}{end}") for end in (".1", "-1", "1", "_1"))

    def test_the_new_one_may_replace_the_old(self, tmp_path):
        storage = InstanceStore(tmp_path, on_existing=OnExisting.REPLACE)
        assert store(storage, dataset(b"a")).outcome is Outcome.STORED
        assert store(storage, dataset(b"b")).outcome is Outcome.REPLACED
        assert datasets(tmp_path) == {NAME: dataset(b"b")}

    def test_the_old_one_may_be_kept(self, tmp_path):
        storage = InstanceStore(tmp_path, on_existing=OnExisting.KEEP)
        store(storage, dataset(b"a"))
        with pytest.raises(StorageError, match=NAME) as caught:
            store(storage, dataset(b"b"))
        assert caught.value.status == 0x0111
        assert datasets(tmp_path) == {NAME: dataset(b"a")}

    def test_all_may_be_kept(self, tmp_path):
        storage = InstanceStore(tmp_path, on_existing=OnExisting.RENAME)
        stored = [store(storage, dataset()) for _ in range(3)]
        assert [Path(one.path).name for one in stored] == [NAME, f"{NAME}-1", f"{NAME}-2"]
        assert [one.outcome for one in stored] == [Outcome.STORED, Outcome.RENAMED, Outcome.RENAMED]
        assert len(contents(tmp_path)) == 3

    @pytest.mark.parametrize("content", [b"", b"no DICOM", bytes(128) + b"DICM\x02\0\0\0UL", meta_for()])
    def test_a_file_that_is_no_such_object_is_another(self, tmp_path, content):
        (tmp_path / NAME).write_bytes(content)
        assert store(InstanceStore(tmp_path), dataset())[:2] == (str(tmp_path / f"{NAME}-1"), Outcome.RENAMED)
        assert (tmp_path / NAME).read_bytes() == content

    @pytest.mark.parametrize("on_existing", [None, *OnExisting])
    @pytest.mark.parametrize("target", ["identical", "missing"])
    def test_a_link_at_the_name_leads_nowhere(self, tmp_path, on_existing, target):
        outside = tmp_path / "outside"
        if target == "identical":
            outside.write_bytes(meta_for() + dataset())
        folder = tmp_path / "received"
        folder.mkdir()
        (folder / NAME).symlink_to(outside)
        storage = InstanceStore(folder, on_existing=on_existing)
        if on_existing is OnExisting.KEEP:
            with pytest.raises(StorageError):
                store(storage, dataset())
        else:
            stored = store(storage, dataset())
            assert not Path(stored.path).is_symlink()
            assert (Path(stored.path) == folder / NAME) is (on_existing is OnExisting.REPLACE)
        assert outside.exists() is (target == "identical")

    def test_a_fifo_or_folder_at_the_name_does_not_block(self, tmp_path):
        os.mkfifo(tmp_path / NAME)
        (tmp_path / f"{NAME}-1").mkdir()
        assert Path(store(InstanceStore(tmp_path), dataset()).path) == tmp_path / f"{NAME}-2"


class TestAtOnce:
    @pytest.mark.parametrize("on_existing", [None, OnExisting.RENAME, OnExisting.REPLACE])
    def test_threads_with_one_uid_lose_and_mix_nothing(self, tmp_path, on_existing):
        storage = InstanceStore(tmp_path, on_existing=on_existing)
        workers, rounds = 8, 12
        barrier = threading.Barrier(workers)
        data = [dataset(bytes([65 + number]), 200_000) for number in range(4)]

        def work(number: int) -> list[Stored]:
            barrier.wait()
            return [store(storage, data[(number + turn) % 4]) for turn in range(rounds)]

        with ThreadPoolExecutor(workers) as pool:
            stored = [one for some in pool.map(work, range(workers)) for one in some]
        kept = datasets(tmp_path)
        assert set(kept.values()) <= set(data)
        if on_existing is None:
            assert sorted(kept.values()) == sorted(data)
        elif on_existing is OnExisting.RENAME:
            assert len(kept) == len({Path(one.path) for one in stored}) == workers * rounds
        else:
            assert list(kept) == [NAME]

    def test_processes_with_one_uid_lose_and_mix_nothing(self, tmp_path):
        context = multiprocessing.get_context("spawn")
        with context.Pool(3) as pool:
            pool.starmap(_store_in_process, [(tmp_path, number) for number in range(6)])
        assert sorted(datasets(tmp_path).values()) == sorted(dataset(bytes([65 + n])) for n in range(6))


def _store_in_process(folder: Path, number: int) -> None:
    storage = InstanceStore(folder)
    storage.prepare()
    for _ in range(10):
        store(storage, dataset(bytes([65 + number])))


class TestErrors:
    def test_a_write_error_leaves_nothing(self, tmp_path, monkeypatch):
        storage = InstanceStore(tmp_path)

        def fail(*arguments: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        for size in (10, 1_000_000):
            monkeypatch.setattr(os, "write", fail)
            monkeypatch.setattr(os, "writev", fail, raising=False)
            with pytest.raises(StorageError) as caught:
                store(storage, bytes(size))
            monkeypatch.undo()
            assert (caught.value.status, caught.value.message) == (0xA700, f"No space left on device: {NAME}")
            assert contents(tmp_path) == {}
        assert store(storage, dataset()).outcome is Outcome.STORED

    @pytest.mark.parametrize("size", [20_000, 2_000_000])
    def test_a_full_disk_leaves_nothing(self, tmp_path, size):
        """A limit of the file size in place of a full disk: writes are cut, then fail."""
        script = (
            "import resource, sys\n"
            "from pathlib import Path\n"
            "from tests.dicom.test_storing import contents, dataset, store, InstanceStore\n"
            "from dcmtools.errors import StorageError\n"
            "storage = InstanceStore(Path(sys.argv[1]))\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (10_001, resource.RLIM_INFINITY))\n"
            "try:\n"
            "    store(storage, dataset(size=int(sys.argv[2])))\n"
            "except StorageError as exc:\n"
            "    print(hex(exc.status), exc.message)\n"
            "store(storage, dataset())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, tmp_path, str(size)], capture_output=True, text=True
        )
        assert (done.stdout, done.stderr) == (f"0xa700 File too large: {NAME}\n", "")
        assert datasets(tmp_path) == {NAME: dataset()}

    @pytest.mark.parametrize("failing", ["fsync", "link"])
    def test_an_error_at_the_end_leaves_nothing(self, tmp_path, monkeypatch, failing):
        def fail(*arguments: object, **options: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, failing, fail)
        with pytest.raises(StorageError) as caught:
            store(InstanceStore(tmp_path, sync=Sync.DATA), dataset())
        assert caught.value.status == 0xA700
        assert contents(tmp_path) == {}

    def test_a_folder_that_is_gone_is_out_of_resources(self, tmp_path):
        with pytest.raises(StorageError, match=f"No such file or directory: {NAME}") as caught:
            store(InstanceStore(tmp_path / "gone"), dataset())
        assert caught.value.status == 0xA700

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_written_to_is_out_of_resources(self, tmp_path):
        storage = InstanceStore(tmp_path)
        tmp_path.chmod(0o500)
        try:
            storage.prepare()
            with pytest.raises(StorageError, match="Permission denied"):
                store(storage, dataset())
        finally:
            tmp_path.chmod(0o700)
        assert store(storage, dataset()).outcome is Outcome.STORED


def of_patient(patient_id: bytes, fill: bytes = b"\1\2", size: int = 100) -> bytes:
    """A dataset with a Patient ID."""
    whole = dataset(fill, size)
    pixel_data = whole.index(b"\xe0\x7f\x10\0")
    return whole[:pixel_data] + element(0x00100020, b"LO", patient_id) + whole[pixel_data:]


def paths(folder: Path) -> set[str]:
    """What there is in a folder and those below it, folders with a slash at the end."""
    return {f"{path.relative_to(folder)}{'/' if path.is_dir() else ''}" for path in folder.rglob("*")}


class TestTemplate:
    TEMPLATE = PathTemplate("{PatientID}/{SOPInstanceUID}.dcm")

    @pytest.mark.parametrize("size", [100, 1_000_000])
    def test_objects_are_where_it_says(self, tmp_path, size):
        storage = InstanceStore(tmp_path, template=self.TEMPLATE)
        storage.prepare()
        data = of_patient(b"P1", size=size)
        stored = store(storage, data)
        assert stored == Stored(str(tmp_path / "P1" / f"{UID}.dcm"), Outcome.STORED, len(data))
        assert paths(tmp_path) == {"P1/", f"P1/{UID}.dcm"}
        assert Path(stored.path).read_bytes() == meta_for() + data

    def test_the_place_is_known_before_the_commit(self, tmp_path):
        storage = InstanceStore(tmp_path, template=self.TEMPLATE)
        with storage.receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, meta_for()) as sink:
            sink.write(of_patient(b"P1"))
            assert sink.place() == (("P1",), UID, ".dcm")
            assert paths(tmp_path) == set()

    @pytest.mark.parametrize("patient", [b"../../x ", b"/etc", b"..", b"a\0b ", b"x" * 5000])
    def test_a_hostile_value_stays_in_the_folder(self, tmp_path, patient):
        folder = tmp_path / "received"
        storage = InstanceStore(folder, template=self.TEMPLATE)
        storage.prepare()
        stored = store(storage, of_patient(patient))
        assert paths(tmp_path) == {
            "received/",
            f"received/{Path(stored.path).parent.name}/",
            f"received/{Path(stored.path).parent.name}/{UID}.dcm",
        }

    @pytest.mark.parametrize("on_existing", [None, *OnExisting])
    def test_a_link_out_of_the_folder_is_not_followed(self, tmp_path, on_existing):
        outside, folder = tmp_path / "outside", tmp_path / "received"
        outside.mkdir()
        folder.mkdir()
        (folder / "P1").symlink_to(outside)
        storage = InstanceStore(folder, template=self.TEMPLATE, on_existing=on_existing)
        with pytest.raises(StorageError, match="P1 is a link or file") as caught:
            store(storage, of_patient(b"P1"))
        assert caught.value.status == 0xA700
        assert paths(outside) == set()
        assert paths(folder) == {"P1/"}
        assert store(storage, of_patient(b"P2")).outcome is Outcome.STORED

    def test_different_objects_at_one_place_are_both_kept(self, tmp_path):
        storage = InstanceStore(tmp_path, template=PathTemplate("{PatientID}.dcm"))
        data = [of_patient(b"P1", fill) for fill in (b"a", b"b", b"c")]
        for _ in range(2):
            for content in data:
                store(storage, content)
        assert datasets(tmp_path) == dict(zip(("P1.dcm", "P1-1.dcm", "P1-2.dcm"), data, strict=True))

    def test_the_new_one_may_replace_the_old(self, tmp_path):
        storage = InstanceStore(tmp_path, template=self.TEMPLATE, on_existing=OnExisting.REPLACE)
        outcomes = [store(storage, of_patient(b"P1", fill)).outcome for fill in (b"a", b"b")]
        assert outcomes == [Outcome.STORED, Outcome.REPLACED]
        assert datasets(tmp_path / "P1") == {f"{UID}.dcm": of_patient(b"P1", b"b")}

    def test_all_names_are_on_the_disk_before_the_answer(self, tmp_path, monkeypatch):
        synced = []
        fsync = os.fsync

        def record(descriptor: int) -> None:
            synced.append(os.fstat(descriptor).st_ino)
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", record)
        storage = InstanceStore(tmp_path, template=self.TEMPLATE, sync=Sync.FULL)
        stored = store(storage, of_patient(b"P1"))
        assert synced == [path.stat().st_ino for path in (Path(stored.path), tmp_path, tmp_path / "P1")]

    def test_threads_make_one_folder(self, tmp_path):
        storage = InstanceStore(tmp_path, template=self.TEMPLATE)
        barrier = threading.Barrier(8)

        def work(number: int) -> Stored:
            barrier.wait()
            return store(storage, of_patient(b"P1", bytes([65 + number])))

        with ThreadPoolExecutor(8) as pool:
            stored = list(pool.map(work, range(8)))
        assert len({one.path for one in stored}) == 8
        assert sorted(datasets(tmp_path / "P1").values()) == sorted(
            of_patient(b"P1", bytes([65 + number])) for number in range(8)
        )


class TestRoom:
    SIZE = len(meta_for()) + len(dataset())

    def storage(self, folder: Path, objects: float, **options: object) -> InstanceStore:
        return InstanceStore(folder, room=Room(folder, max_size=int(objects * self.SIZE)), **options)

    def test_what_does_not_fit_is_refused_and_leaves_nothing(self, tmp_path):
        storage = self.storage(tmp_path, 2.5)
        for uid in ("1.2.1", "1.2.2"):
            store(storage, dataset(), uid)
        before = contents(tmp_path)
        for size in (100, 10_000_000):
            with pytest.raises(StorageError, match=r"quota of \d+ bytes is reached: CT\.1\.2\.3") as caught:
                store(storage, dataset(size=size))
            assert caught.value.status == 0xA700
            assert contents(tmp_path) == before

    def test_a_large_object_is_refused_before_it_is_whole(self, tmp_path):
        storage = self.storage(tmp_path, 1000)
        with storage.receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, meta_for()) as sink:
            written = 0
            with pytest.raises(StorageError):
                while written < 100_000_000:
                    sink.write(bytes(100_000))
                    written += 100_000
        assert written < 1000 * self.SIZE
        assert contents(tmp_path) == {}

    def test_what_is_discarded_or_identical_takes_no_room(self, tmp_path):
        storage = self.storage(tmp_path, 2)
        store(storage, dataset())
        for _ in range(5):
            with storage.receive(CT_IMAGE_STORAGE, UID, EXPLICIT_VR_LITTLE_ENDIAN, meta_for()) as sink:
                sink.write(dataset())
                with sink.written():
                    pass
            assert store(storage, dataset()).outcome is Outcome.IDENTICAL
        store(storage, dataset(), "1.2.4")
        assert len(contents(tmp_path)) == 2

    def test_what_has_to_stay_free(self, tmp_path):
        storage = InstanceStore(tmp_path, room=Room(tmp_path, min_free=1 << 60))
        with pytest.raises(StorageError, match=f"{1 << 60} bytes have to stay free") as caught:
            store(storage, dataset())
        assert caught.value.status == 0xA700
        assert contents(tmp_path) == {}


class TestPrepare:
    def test_the_folder_is_created(self, tmp_path):
        storage = InstanceStore(str(tmp_path / "a" / "b"))
        storage.prepare()
        storage.prepare()
        assert Path(store(storage, dataset()).path) == tmp_path / "a" / "b" / NAME

    def test_what_is_in_the_way_is_an_error(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        for folder in (tmp_path / "file", tmp_path / "file" / "folder"):
            with pytest.raises(StorageError, match=f"cannot store in {folder}: "):
                InstanceStore(folder).prepare()

    def test_what_a_killed_receiver_left_is_swept(self, tmp_path, monkeypatch):
        monkeypatch.setattr(storing, "supports_unnamed_files", lambda folder: False)
        script = (
            "import os, signal, sys\n"
            "from tests.dicom.test_storing import *\n"
            "storing.supports_unnamed_files = lambda folder: False\n"
            "storage = InstanceStore(Path(sys.argv[1]))\n"
            "store(storage, dataset())\n"
            "sink = storage.receive(CT_IMAGE_STORAGE, '1.2.4', EXPLICIT_VR_LITTLE_ENDIAN, meta_for())\n"
            "sink.write(bytes(1_000_000))\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        done = subprocess.run([sys.executable, "-c", script, tmp_path])
        assert done.returncode == -signal.SIGKILL
        assert len(contents(tmp_path)) == 2
        storage = InstanceStore(tmp_path)
        with storage.receive(CT_IMAGE_STORAGE, "1.2.5", EXPLICIT_VR_LITTLE_ENDIAN, meta_for()) as sink:
            sink.write(bytes(1_000_000))
            InstanceStore(tmp_path).prepare()
            assert len(contents(tmp_path)) == 2
            sink.commit()
        assert set(contents(tmp_path)) == {NAME, "CT.1.2.5"}


def test_the_file_is_on_the_disk_before_its_name_and_the_name_before_the_answer(tmp_path, monkeypatch):
    calls: list[str] = []

    def recorded(name: str) -> Callable[..., object]:
        call = getattr(os, name)

        def record(*arguments: object, **options: object) -> object:
            calls.append(name)
            return call(*arguments, **options)

        return record

    for name in ("write", "fsync", "link"):
        monkeypatch.setattr(os, name, recorded(name))
    for sync, expected in (
        (Sync.NONE, ["write", "link"]),
        (Sync.DATA, ["write", "fsync", "link"]),
        (Sync.FULL, ["write", "fsync", "link", "fsync"]),
    ):
        storage = InstanceStore(tmp_path, sync=sync)
        storage.prepare()
        calls.clear()
        store(storage, dataset(), f"1.2.{len(expected)}")
        assert calls == expected
