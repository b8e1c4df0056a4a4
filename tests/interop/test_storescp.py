"""C-STORE as SCP: what other senders send is on disk as it came."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, config
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless
from pynetdicom import AE, build_context, evt
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.events import Event

from ..command import dcmtools, serving, storescp
from ..samples import Sample, dataset_bytes, datasets, read_sample, sample, write_instance
from .peers import dcmtk, pynetdicom_apps
from .peers.dcmtk import Storage

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def from_dcmtk(
    dcmtk_encoded: tuple[Sample, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Storage]:
    """What DCMTK's storescu sent to our storescp: the samples that it encodes like this."""
    folder = tmp_path_factory.mktemp("from-dcmtk")
    with storescp(folder) as storage:
        options = dcmtk.profile(dcmtk_encoded, folder / "profile.cfg")
        paths = [item.path for item in dcmtk_encoded]
        done = dcmtk.dcmtk("storescu", *options, "127.0.0.1", storage.port, *paths)
        assert done.returncode == 0, done.stderr
        yield storage


def test_datasets_of_dcmtk_are_kept_byte_for_byte(
    from_dcmtk: Storage, dcmtk_encoded: tuple[Sample, ...]
) -> None:
    received = {item.sop_instance: item for item in map(read_sample, from_dcmtk.files())}
    assert set(received) == {item.sop_instance for item in dcmtk_encoded}
    assert [
        item.path.name for item in dcmtk_encoded if received[item.sop_instance].dataset != item.dataset
    ] == []


def test_file_meta_information(from_dcmtk: Storage, dcmtk_encoded: tuple[Sample, ...]) -> None:
    received = {item.sop_instance: item for item in map(read_sample, from_dcmtk.files())}
    for item in dcmtk_encoded:
        kept = received[item.sop_instance]
        assert (kept.transfer_syntax, kept.sop_class) == (item.transfer_syntax, item.sop_class)


def test_all_transfer_syntaxes_were_sent(dcmtk_encoded: tuple[Sample, ...]) -> None:
    sent = Counter(item.transfer_syntax for item in dcmtk_encoded)
    assert len(sent) == 12, sent


def test_names_are_those_of_the_contract(from_dcmtk: Storage, dcmtk_encoded: tuple[Sample, ...]) -> None:
    """``PREFIX.SOPInstanceUID``; UIDs that PS3.5 section 9.1 does not allow may be named otherwise."""
    names = {path.name for path in from_dcmtk.files()}
    prefixes = {"CT": CTImageStorage, "MR": "1.2.840.10008.5.1.4.1.1.4", "SC": "1.2.840.10008.5.1.4.1.1.7"}
    for prefix, sop_class in prefixes.items():
        for item in dcmtk_encoded:
            if item.sop_class == sop_class:
                assert f"{prefix}.{item.sop_instance}" in names


def test_log_of_a_reception(from_dcmtk: Storage, dcmtk_encoded: tuple[Sample, ...]) -> None:
    lines = from_dcmtk.server.output().splitlines()
    ct = next(item for item in dcmtk_encoded if item.sop_class == CTImageStorage)
    assert "I: Accepting Association" in lines
    assert "I: Received Store Request" in lines
    assert f"I: Storing DICOM file: CT.{ct.sop_instance}" in lines
    assert "I: Association Released" in lines


def test_dcmsend(dcmtk_encoded: tuple[Sample, ...], tmp_path: Path) -> None:
    """dcmsend offers to decompress; what is compressed stays if the receiver takes the first offer."""
    uncompressed = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.2")
    sent = [item for item in dcmtk_encoded if item.transfer_syntax not in uncompressed]
    with storescp(tmp_path, "--prefer-proposed") as storage:
        done = dcmtk.dcmtk("dcmsend", "-nuc", "127.0.0.1", storage.port, *[item.path for item in sent])
        assert done.returncode == 0, done.stderr
        received = datasets(storage.files())
    assert [(item.path.name, item.transfer_syntax) for item in sent if item.dataset not in received] == []


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("-xs", "SC_rgb_jpeg_gdcm.dcm"),
        ("-xy", "SC_rgb_dcmtk_+eb+cr.dcm"),
        ("-xx", "JPGExtended.dcm"),
        ("-xv", "MR_small_jp2klossless.dcm"),
        ("-xw", "JPEG2000.dcm"),
        ("-xt", "MR_small_jpeg_ls_lossless.dcm"),
        ("-xu", "SC_rgb_jls_lossy_line.dcm"),
        ("-xr", "SC_rgb_rle.dcm"),
        ("-xd", "image_dfl.dcm"),
        ("-xb", "MR_small_bigendian.dcm"),
        ("-xi", "MR_small_implicit.dcm"),
        ("-xe", "MR_small.dcm"),
    ],
)
def test_dcmtk_proposes_like_its_manual(from_dcmtk: Storage, tmp_path: Path, option: str, name: str) -> None:
    """DCMTK's own way: all SOP classes with one more transfer syntax than the uncompressed ones."""
    item = read_sample(sample(name))
    with storescp(tmp_path) as storage:
        done = dcmtk.dcmtk("storescu", "-R", option, "127.0.0.1", storage.port, item.path)
        assert done.returncode == 0, done.stderr
        (kept,) = map(read_sample, storage.files())
    assert kept.sop_instance == item.sop_instance
    if not item.transfer_syntax.is_compressed:
        return
    assert kept.transfer_syntax == item.transfer_syntax


def test_pynetdicom_sends(unique_samples: tuple[Sample, ...], tmp_path: Path) -> None:
    """With ``-cx`` pynetdicom's storescu proposes each file's own transfer syntax."""
    uncompressed = [item for item in unique_samples if item.transfer_syntax == ExplicitVRLittleEndian]
    sent = uncompressed[::8]
    with storescp(tmp_path) as storage:
        done = pynetdicom_apps.app(
            "storescu", "-cx", "127.0.0.1", storage.port, *[item.path for item in sent]
        )
        assert done.returncode == 0, done.stderr
        received = {item.sop_instance for item in map(read_sample, storage.files())}
    assert [item.path.name for item in sent if item.sop_instance not in received] == []


def test_ignore_keeps_nothing(tmp_path: Path) -> None:
    with storescp(tmp_path, "--ignore") as storage:
        assert dcmtk.dcmtk("storescu", "127.0.0.1", storage.port, sample("CT_small.dcm")).returncode == 0
        assert not storage.folder.exists() or storage.files() == []


def test_private_sop_class(tmp_path: Path) -> None:
    """Refused, unless the SCP is promiscuous."""
    private = write_instance(tmp_path / "private.dcm", sop_class="1.2.826.0.1.3680043.10.999.1")
    with storescp(tmp_path) as storage:
        done = pynetdicom_apps.app("storescu", "-cx", "127.0.0.1", storage.port, private.path)
        assert done.returncode == 1
    with storescp(tmp_path, "--promiscuous") as storage:
        done = pynetdicom_apps.app("storescu", "-cx", "127.0.0.1", storage.port, private.path)
        assert done.returncode == 0, done.stderr
        assert len(storage.files()) == 1


def test_two_contents_of_one_uid(tmp_path: Path) -> None:
    """By default neither is lost; the same content again is one file."""
    first = write_instance(tmp_path / "1.dcm")
    second = write_instance(tmp_path / "2.dcm", SOPInstanceUID=first.sop_instance, PatientName="Other")
    with storescp(tmp_path) as storage:
        for path in (first.path, second.path, first.path, second.path):
            assert dcmtk.dcmtk("storescu", "127.0.0.1", storage.port, path).returncode == 0
        assert datasets(storage.files()) == {first.dataset, second.dataset}
        assert len(storage.files()) == 2


@pytest.mark.parametrize(("choice", "kept"), [("replace", "2.dcm"), ("keep", "1.dcm")])
def test_choice_on_existing(tmp_path: Path, choice: str, kept: str) -> None:
    first = write_instance(tmp_path / "1.dcm")
    second = write_instance(tmp_path / "2.dcm", SOPInstanceUID=first.sop_instance, PatientName="Other")
    with storescp(tmp_path, "--on-existing", choice) as storage:
        for path in (first.path, second.path):
            dcmtk.dcmtk("storescu", "127.0.0.1", storage.port, path)
        assert datasets(storage.files()) == {dataset_bytes(tmp_path / kept)}


def store(port: int, dataset: bytes, uid: str) -> int:
    """Send `dataset`, whatever it is, under the SOP Instance UID `uid` and return the status."""

    def replace_dataset(event: Event) -> None:
        if isinstance(event.message, C_STORE_RQ):
            event.message.data_set = BytesIO(dataset)

    instance = Dataset()
    instance.file_meta = FileMetaDataset()
    instance.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    with config.disable_value_validation():
        instance.SOPClassUID = CTImageStorage
        instance.SOPInstanceUID = uid
        ae = AE()
        ae.dimse_timeout = 5
        association = ae.associate(
            "127.0.0.1",
            port,
            contexts=[build_context(CTImageStorage, ExplicitVRLittleEndian)],
            evt_handlers=[(evt.EVT_DIMSE_SENT, replace_dataset)],
        )
        assert association.is_established
        response = association.send_c_store(instance)
        association.release()
    assert "Status" in response, "no answer"
    return int(response.Status)


def test_dataset_of_another_instance(tmp_path: Path) -> None:
    """0xA900: the dataset does not match the request (PS3.4 section B.2.3); nothing is kept."""
    item = write_instance(tmp_path / "1.dcm")
    with storescp(tmp_path) as storage:
        assert store(storage.port, item.dataset, "1.2.3.4") == 0xA900
        assert storage.files() == []


def test_dataset_that_is_cut(tmp_path: Path) -> None:
    """0xCxxx: cannot understand; nothing is kept."""
    item = write_instance(tmp_path / "1.dcm")
    with storescp(tmp_path) as storage:
        assert store(storage.port, item.dataset[:-3], item.sop_instance) & 0xF000 == 0xC000
        assert storage.files() == []
        assert store(storage.port, item.dataset, item.sop_instance) == 0


@pytest.mark.parametrize("uid", ["../escaped", "../../../../tmp/escaped", "1.2.3/../../../escaped"])
def test_uid_that_is_a_path(tmp_path: Path, uid: str) -> None:
    item = write_instance(tmp_path / "1.dcm", SOPInstanceUID="1.2.3")
    hostile = item.dataset.replace(
        b"\x08\x00\x18\x00UI\x06\x001.2.3\x00",
        b"\x08\x00\x18\x00UI"
        + (len(uid) + len(uid) % 2).to_bytes(2, "little")
        + uid.encode()
        + b"\0" * (len(uid) % 2),
    )
    assert uid.encode() in hostile
    with storescp(tmp_path) as storage:
        before = {path for path in tmp_path.rglob("*") if path.suffix != ".log"}
        status = store(storage.port, hostile, uid)
        after = {path for path in tmp_path.rglob("*") if path.suffix != ".log"}
    assert not Path("/tmp/escaped").exists()
    new = after - before
    assert all(path.parent == storage.folder for path in new if path.is_file()), new
    assert len(new) == (1 if status == 0 else 0)


def test_many_senders_at_once(tmp_path: Path) -> None:
    """More associations at the same time than the ten of pynetdicom's storescp."""
    context = [build_context(CTImageStorage, [ExplicitVRLittleEndian, JPEG2000Lossless])]
    with storescp(tmp_path) as storage:
        associations = [AE().associate("127.0.0.1", storage.port, contexts=context) for _ in range(30)]
        assert all(association.is_established for association in associations)
        for association in associations:
            association.release()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_bind_address(tmp_path: Path, address: str) -> None:
    if address == "::1" and not _has_ipv6_loopback():
        pytest.skip("this machine has no IPv6")
    with serving(tmp_path, "echoscp", "-ba", address) as server:
        assert dcmtools("echoscu", address, server.port).code == 0


def _has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_workers_share_a_port_and_a_folder(unique_samples: tuple[Sample, ...], tmp_path: Path) -> None:
    """Eight associations at once; the end of all processes on SIGTERM is checked when it is stopped."""
    paths = [item.path for item in unique_samples]
    with storescp(tmp_path, "--workers", 3) as storage:
        senders = [
            subprocess.Popen(
                [sys.executable, "-m", "dcmtools", "storescu", "127.0.0.1", str(storage.port), *share]
            )
            for share in (list(map(str, paths[start::8])) for start in range(8))
        ]
        assert [sender.wait(60) for sender in senders] == [0] * 8
        assert datasets(storage.files()) == {item.on_the_wire for item in unique_samples}


def test_workers_need_a_free_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = dcmtools(
            "storescp", taken.getsockname()[1], "-ba", "127.0.0.1", "--workers", 2, cwd=tmp_path
        )
    assert outcome.code == 1
    assert "cannot listen on port" in outcome.stderr
