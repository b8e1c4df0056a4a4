"""C-FIND, C-GET and C-MOVE as an SCP, asked by DCMTK's clients; the catalog is a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.net.association import Peer
from dcmtools.net.contexts import STORAGE_SOP_CLASSES
from dcmtools.net.models import ARCHIVE_SOP_CLASSES

from ..net.archive import Found, ListedCatalog, archive, numbered
from ..samples import Sample, datasets
from .peers import dcmtk

pytestmark = pytest.mark.interop

ALL = {"sop_classes": [*STORAGE_SOP_CLASSES, *ARCHIVE_SOP_CLASSES]}
STUDY = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")


def _files(samples: tuple[Sample, ...], transfer_syntax: UID) -> list[InstanceFile]:
    """One sample of each SOP class in a transfer syntax."""
    chosen = {item.sop_class: item for item in samples if item.transfer_syntax == transfer_syntax}
    return [read_instance(item.path) for item in chosen.values()]


def _sent(files: list[InstanceFile]) -> set[bytes]:
    return datasets(Path(file.path) for file in files)


def test_findscu_gets_every_match() -> None:
    catalog = ListedCatalog(found=numbered(300))
    with archive(catalog) as running:
        outcome = dcmtk.dcmtk("findscu", "-v", *STUDY, "-k", "PatientName", "127.0.0.1", running.port)
    assert outcome.returncode == 0, outcome.stderr
    lines = outcome.stderr + outcome.stdout
    assert lines.count("(Pending)") == 300
    assert lines.count("[ARCHIVE") == 300


def test_findscu_reads_the_text() -> None:
    catalog = ListedCatalog(found=lambda query: [Found(("Müller^Jörg", "1.2"), "ISO_IR 100")])
    with archive(catalog) as running:
        options = (
            "-v",
            "-S",
            "-k",
            "QueryRetrieveLevel=STUDY",
            "-k",
            "PatientName",
            "-k",
            "StudyInstanceUID",
        )
        outcome = dcmtk.dcmtk("findscu", *options, "127.0.0.1", running.port)
    assert "[ISO_IR 100]" in outcome.stderr + outcome.stdout


def test_findscu_cancels() -> None:
    catalog = ListedCatalog(found=numbered(1_000_000))
    with archive(catalog) as running:
        outcome = dcmtk.dcmtk("findscu", "-v", "--cancel", 2, *STUDY, "127.0.0.1", running.port)
    assert outcome.returncode == 0, outcome.stderr
    assert catalog.searches[0].taken < 1_000_000


def test_getscu_receives_byte_for_byte(dcmtk_encoded: tuple[Sample, ...], tmp_path: Path) -> None:
    files = _files(dcmtk_encoded, ExplicitVRLittleEndian)
    with archive(ListedCatalog(files), server=ALL) as running:
        outcome = dcmtk.dcmtk("getscu", "-v", "+B", "-od", tmp_path, *STUDY, "127.0.0.1", running.port)
    assert outcome.returncode == 0, outcome.stderr
    # getscu knows fewer SOP classes than there are: what it did not offer is counted as failed
    received = datasets(tmp_path.iterdir())
    assert len(received) > 5
    assert received <= _sent(files)
    assert f"Number of Completed Suboperations : {len(received)}" in outcome.stderr + outcome.stdout


def test_getscu_chooses_jpeg_2000(dcmtk_encoded: tuple[Sample, ...], tmp_path: Path) -> None:
    """It proposes JPEG 2000 and, in the same context, what is not compressed."""
    files = _files(dcmtk_encoded, JPEG2000Lossless)
    with archive(ListedCatalog(files), server=ALL) as running:
        outcome = dcmtk.dcmtk("getscu", "+xv", "+B", "-od", tmp_path, *STUDY, "127.0.0.1", running.port)
    assert outcome.returncode == 0, outcome.stderr
    assert datasets(tmp_path.iterdir()) == _sent(files)


@pytest.mark.parametrize("transfer_syntax", [ExplicitVRLittleEndian, JPEG2000Lossless])
def test_movescu_sends_byte_for_byte(
    dcmtk_encoded: tuple[Sample, ...], tmp_path: Path, transfer_syntax: UID
) -> None:
    files = _files(dcmtk_encoded, transfer_syntax)
    with dcmtk.storescp(tmp_path) as storage:
        known = {"DEST": Peer("127.0.0.1", storage.port, "DEST")}
        with archive(ListedCatalog(files), destinations=known) as running:
            outcome = dcmtk.dcmtk("movescu", "-v", "-aem", "DEST", *STUDY, "127.0.0.1", running.port)
        received = storage.files()
    assert outcome.returncode == 0, outcome.stderr
    assert datasets(received) == _sent(files)


def test_movescu_hears_of_an_unknown_destination() -> None:
    with archive(ListedCatalog()) as running:
        outcome = dcmtk.dcmtk("movescu", "-v", "-aem", "NOBODY", *STUDY, "127.0.0.1", running.port)
    assert outcome.returncode != 0
    assert "MoveDestinationUnknown" in (outcome.stderr + outcome.stdout).replace(" ", "")
