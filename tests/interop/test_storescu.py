"""C-STORE as SCU: what storescu sends arrives, byte for byte, at every kind of SCP."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import DataElement, config, dcmread
from pydicom.filereader import read_dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLossless,
    JPEGLosslessSV1,
)

from ..command import Outcome, dcmtools, storescp
from ..samples import (
    WITHOUT_META,
    Sample,
    dataset_bytes,
    datasets,
    read_sample,
    relabelled,
    sample,
    samples,
    write_instance,
)
from .peers import dcmtk, orthanc, pynetdicom_apps
from .peers.dcmtk import Storage
from .peers.scripted import store_peer

pytestmark = pytest.mark.interop

COLOR_PALETTE_STORAGE = "1.2.840.10008.5.1.4.39.1"


@dataclass(frozen=True)
class Sending:
    """A run of storescu and what came out at the other side."""

    outcome: Outcome
    sent: list[Sample]
    received: Storage


@pytest.fixture(scope="module")
def to_dcmtk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sending]:
    """All samples, but for the palettes, which DCMTK's storescp takes for no storage."""
    folder = tmp_path_factory.mktemp("to-dcmtk")
    sent = [item for item in samples() if item.sop_class != COLOR_PALETTE_STORAGE]
    with dcmtk.storescp(folder) as storage:
        outcome = dcmtools("storescu", "-v", "127.0.0.1", storage.port, *[item.path for item in sent])
        yield Sending(outcome, sent, storage)


def test_all_samples_are_stored_by_dcmtk(to_dcmtk: Sending) -> None:
    assert to_dcmtk.outcome.code == 0, to_dcmtk.outcome.stderr
    assert len(to_dcmtk.received.files()) == len(to_dcmtk.sent)


def test_datasets_arrive_byte_for_byte_at_dcmtk(to_dcmtk: Sending) -> None:
    received = datasets(to_dcmtk.received.files())
    assert [item.path.name for item in to_dcmtk.sent if item.on_the_wire not in received] == []


def test_transfer_syntaxes_are_the_files_own(to_dcmtk: Sending) -> None:
    received = {(item.dataset, item.transfer_syntax) for item in map(read_sample, to_dcmtk.received.files())}
    sent = {(item.on_the_wire, item.transfer_syntax) for item in to_dcmtk.sent}
    assert received == sent


def test_log_names_each_file(to_dcmtk: Sending) -> None:
    lines = to_dcmtk.outcome.stderr.splitlines()
    assert [item for item in to_dcmtk.sent if f"I: Sending file: {item.path}" not in lines] == []
    assert lines.count("I: Received Store Response (Status: 0x0000 - Success)") == len(to_dcmtk.sent)
    assert len([line for line in lines if line.startswith("I: Sending Store Request: MsgID ")]) == len(
        to_dcmtk.sent
    )


def test_stdout_is_for_data(to_dcmtk: Sending) -> None:
    assert to_dcmtk.outcome.stdout == ""


def test_transfer_syntax_that_dcmtk_does_not_accept(tmp_path: Path) -> None:
    """JPEG lossless, process 14 with any selection value: none of pydicom's files has it."""
    first_order = next(item for item in samples() if item.transfer_syntax == JPEGLosslessSV1)
    item = relabelled(first_order, JPEGLossless, tmp_path)
    with storescp(tmp_path) as storage:
        outcome = dcmtools("storescu", "127.0.0.1", storage.port, item.path)
        (kept,) = map(read_sample, storage.files())
    assert (outcome.code, outcome.stderr) == (0, "")
    assert (kept.transfer_syntax, kept.dataset) == (JPEGLossless, item.dataset)


def test_datasets_arrive_byte_for_byte_at_ourselves(tmp_path: Path) -> None:
    with storescp(tmp_path) as storage:
        outcome = dcmtools("storescu", "127.0.0.1", storage.port, *[item.path for item in samples()])
        received = datasets(storage.files())
    assert (outcome.code, outcome.stderr) == (0, "")
    assert [item.path.name for item in samples() if item.on_the_wire not in received] == []


def test_datasets_arrive_byte_for_byte_at_orthanc(dcmtk_encoded: tuple[Sample, ...], tmp_path: Path) -> None:
    """Orthanc decodes what it gets, so the samples are those that DCMTK encodes like this."""
    with config.disable_value_validation():
        sent = [item for item in dcmtk_encoded if dcmread(item.path).get("StudyInstanceUID")]
    with orthanc.orthanc(tmp_path) as server:
        outcome = dcmtools("storescu", "127.0.0.1", server.port, *[item.path for item in sent])
        assert (outcome.code, outcome.stderr) == (0, "")
        kept = {uid: server.file(identifier) for uid, identifier in server.instances().items()}
    changed = []
    for item in sent:
        (file := tmp_path / "kept.dcm").write_bytes(kept[item.sop_instance])
        if _inflated(read_sample(file)) != _inflated(item):
            changed.append(item.path.name)
    assert changed == []


def _inflated(item: Sample) -> bytes:
    """The dataset before it was deflated: no two programs deflate alike."""
    if item.transfer_syntax == DeflatedExplicitVRLittleEndian:
        return zlib.decompress(item.dataset, -zlib.MAX_WBITS)
    return item.dataset


@pytest.mark.parametrize("options", [[], ["-cx"]])
def test_all_samples_are_stored_by_pynetdicom(
    unique_samples: tuple[Sample, ...], tmp_path: Path, options: list[str]
) -> None:
    """pynetdicom encodes anew what it keeps, so that the values are compared."""
    sent = [item for item in unique_samples if item.sop_class != COLOR_PALETTE_STORAGE]
    with pynetdicom_apps.storescp(tmp_path) as storage:
        outcome = dcmtools("storescu", *options, "127.0.0.1", storage.port, *[item.path for item in sent])
        received = {item.sop_instance: item for item in map(read_sample, storage.files())}
    assert (outcome.code, outcome.stderr) == (0, "")
    assert [item.path.name for item in sent if item.sop_instance not in received] == []
    with config.disable_value_validation():
        different = [
            item.path.name
            for item in sent
            if _elements(item.path) != _elements(received[item.sop_instance].path)
        ]
    assert different == []


def _elements(path: Path) -> list[DataElement]:
    """The elements of a file but for its group lengths, which pynetdicom drops."""
    return [element for element in dcmread(path) if element.tag.element != 0]


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "reportsi.dcm"])
def test_conversion_to_implicit_vr(name: str) -> None:
    """A peer that takes nothing but Implicit VR Little Endian is sent the same values."""
    with store_peer(syntaxes=[ImplicitVRLittleEndian]) as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, sample(name))
    assert (outcome.code, outcome.stderr) == (0, "")
    (sent,) = peer.stored.values()
    assert set(peer.syntaxes.values()) == {ImplicitVRLittleEndian}
    assert read_dataset(BytesIO(sent), True, True) == dcmread(sample(name))


@pytest.mark.parametrize("name", ["MR_small_bigendian.dcm", "rtdose_expb.dcm", "liver_expb_1frame.dcm"])
def test_conversion_from_big_endian(name: str) -> None:
    """To the bytes that DCMTK's own storescu makes of it, the words of the pixel data swapped."""
    with (
        store_peer(syntaxes=[ImplicitVRLittleEndian]) as ours,
        store_peer(syntaxes=[ImplicitVRLittleEndian]) as theirs,
    ):
        outcome = dcmtools("storescu", "127.0.0.1", ours.port, sample(name))
        done = dcmtk.dcmtk("storescu", "-R", "-xi", "127.0.0.1", theirs.port, sample(name))
    assert (outcome.code, outcome.stderr) == (0, "")
    assert done.returncode == 0, done.stderr
    assert ours.stored == theirs.stored


def test_compressed_file_cannot_become_uncompressed(tmp_path: Path) -> None:
    """Of three files one is in a transfer syntax that the peer refuses: the others are stored."""
    files = [sample("CT_small.dcm"), sample("JPEG2000.dcm"), sample("MR_small.dcm")]
    with store_peer(syntaxes=[ImplicitVRLittleEndian]) as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, *files)
    assert outcome.code == 3
    assert len(peer.stored) == 2
    outcome.error_about(files[1], "JPEG 2000")


def test_more_sop_classes_than_an_association_has_contexts(tmp_path: Path) -> None:
    classes = [f"1.2.826.0.1.3680043.10.999.{number}" for number in range(1, 151)]
    source = tmp_path / "source"
    source.mkdir()
    for number, sop_class in enumerate(classes):
        write_instance(source / f"{number}.dcm", sop_class=sop_class)
    with storescp(tmp_path, "--promiscuous") as storage:
        outcome = dcmtools("storescu", "-v", "127.0.0.1", storage.port, source)
        assert datasets(storage.files()) == datasets(source.iterdir())
    assert outcome.code == 0, outcome.stderr
    lines = outcome.stderr.splitlines()
    assert lines.count("I: Association Accepted") > 1
    assert lines.count("I: Releasing Association") == lines.count("I: Association Accepted")


@pytest.fixture
def folder(tmp_path: Path, no_dicom: Path) -> Path:
    """A folder with two instances, a DICOMDIR, a letter and a folder with one more instance."""
    top = tmp_path / "export"
    (top / "more").mkdir(parents=True)
    shutil.copy(sample("CT_small.dcm"), top / "1.dcm")
    shutil.copy(sample("MR_small.dcm"), top / "2.dcm")
    shutil.copy(sample("CT_small.dcm").parent / "dicomdirtests" / "DICOMDIR", top / "DICOMDIR")
    shutil.copy(no_dicom, top / "letter.txt")
    shutil.copy(sample("JPEG2000.dcm"), top / "more" / "3.dcm")
    return top


def test_directory(folder: Path) -> None:
    with store_peer() as peer:
        outcome = dcmtools("storescu", "-v", "127.0.0.1", peer.port, folder)
    assert outcome.code == 0, outcome.stderr
    assert set(peer.stored.values()) == {dataset_bytes(folder / "1.dcm"), dataset_bytes(folder / "2.dcm")}
    assert any("skipped" in line and "2" in line for line in outcome.stderr.splitlines())
    assert outcome.errors() == []


@pytest.mark.parametrize("option", ["-r", "--recurse"])
def test_directory_with_its_folders(folder: Path, option: str) -> None:
    with store_peer() as peer:
        outcome = dcmtools("storescu", option, "127.0.0.1", peer.port, folder)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert len(peer.stored) == 3


def test_a_file_given_twice_is_sent_once(folder: Path) -> None:
    with store_peer() as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, folder / "1.dcm", folder, folder / "1.dcm")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert len(peer.requests) == 2


def test_files_without_meta_information_are_sent() -> None:
    """With or without preamble, in each uncompressed transfer syntax."""
    files = [sample(name) for name in WITHOUT_META]
    with store_peer() as peer:
        for file in files:
            outcome = dcmtools("storescu", "127.0.0.1", peer.port, file)
            assert (outcome.code, outcome.stderr) == (0, ""), file
            assert file.read_bytes() in peer.stored.values(), file


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MR_truncated.dcm", ()),
        ("rtplan_truncated.dcm", ()),
        ("README.txt", ("dicom",)),
        ("dicomdirtests/DICOMDIR", ("dicomdir",)),
        ("does-not-exist.dcm", ()),
    ],
)
def test_a_file_that_cannot_be_sent(name: str, words: tuple[str, ...]) -> None:
    """It is named with the reason; the others are stored; alone it makes the command fail."""
    good = sample("CT_small.dcm")
    bad = good.parent / name
    with store_peer() as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, good, bad)
        assert outcome.code == 3
        outcome.error_about(bad, *words)
        assert len(peer.requests) == len(peer.stored) == 1
        alone = dcmtools("storescu", "127.0.0.1", peer.port, bad)
        assert alone.code == 1
        alone.error_about(bad, *words)
        assert len(peer.requests) == 1


def test_missing_path_as_the_contract_has_it() -> None:
    with store_peer() as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, "no/such/file.dcm")
    assert outcome.code == 1
    assert "E: Cannot access path: no/such/file.dcm" in outcome.stderr


def test_nothing_suitable(tmp_path: Path, no_dicom: Path) -> None:
    with store_peer() as peer:
        outcome = dcmtools("storescu", "127.0.0.1", peer.port, tmp_path)
    assert outcome.code == 1
    assert outcome.stderr != ""
    assert peer.associations == 0


def test_required_contexts_are_the_files_own() -> None:
    """``-cx``: one context for each pair of SOP class and transfer syntax, nothing else."""
    files = [sample("CT_small.dcm"), sample("JPEG2000.dcm"), sample("MR_small_implicit.dcm")]
    with store_peer() as peer:
        outcome = dcmtools("storescu", "-cx", "127.0.0.1", peer.port, *files)
    assert (outcome.code, outcome.stderr) == (0, "")
    proposed = {
        (str(context.abstract_syntax), *map(str, context.transfer_syntax)) for context in peer.contexts
    }
    assert proposed == {(item.sop_class, item.transfer_syntax) for item in map(read_sample, files)}


@pytest.mark.parametrize(
    ("option", "syntax"),
    [
        ("-xe", "1.2.840.10008.1.2.1"),
        ("-xb", "1.2.840.10008.1.2.2"),
        ("-xi", "1.2.840.10008.1.2"),
    ],
)
def test_forced_transfer_syntax(option: str, syntax: str) -> None:
    with store_peer() as peer:
        outcome = dcmtools(
            "storescu",
            option,
            "127.0.0.1",
            peer.port,
            sample("CT_small.dcm"),
            sample("MR_small_bigendian.dcm"),
        )
    assert (outcome.code, outcome.stderr) == (0, "")
    assert list(peer.syntaxes.values()) == [syntax, syntax]


def test_palettes_are_reported_when_the_peer_takes_none(tmp_path: Path) -> None:
    palettes = [item.path for item in samples() if item.sop_class == COLOR_PALETTE_STORAGE]
    with dcmtk.storescp(tmp_path) as storage:
        outcome = dcmtools("storescu", "127.0.0.1", storage.port, sample("CT_small.dcm"), *palettes)
    assert outcome.code == 3
    assert len(storage.files()) == 1
    for palette in palettes:
        outcome.error_about(palette)
