"""Fixtures of the interop tests: sample sets, and archives that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import config, dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, JPEG2000Lossless

from .. import command
from ..ports import free_port
from ..samples import Sample, read_sample
from .peers import dcmtk, orthanc, pynetdicom_apps

DESTINATION = "STORESCP"
"""The AE title that all archives know as a C-MOVE destination."""


@pytest.fixture(scope="session")
def dcmtk_encoded(
    unique_samples: tuple[Sample, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Sample, ...]:
    """The samples as DCMTK encodes them.

    DCMTK and Orthanc decode and encode again what they send or keep; after the first time
    nothing changes any more, so that these datasets must come through byte for byte.
    """
    folder = tmp_path_factory.mktemp("encoded")
    with dcmtk.storescp(folder) as storage:
        options = dcmtk.profile(unique_samples, folder / "profile.cfg")
        paths = [sample.path for sample in unique_samples]
        dcmtk.dcmtk("storescu", "-nh", *options, "127.0.0.1", storage.port, *paths)
    encoded = tuple(read_sample(path) for path in storage.files())
    assert len(encoded) > 150, storage.server.output()
    return encoded


@dataclass(frozen=True)
class Archive:
    """A running archive that holds `samples`; a C-MOVE to `DESTINATION` goes to `move_port`."""

    name: str
    port: int
    ae_title: str
    move_port: int
    samples: tuple[Sample, ...]

    @property
    def address(self) -> tuple[str, int, str, str]:
        """The arguments that every client of ours needs to reach the archive."""
        return ("127.0.0.1", self.port, "-aec", self.ae_title)


def _archivable(samples: tuple[Sample, ...]) -> list[Sample]:
    """The samples that an archive can file: with patient, study and series."""
    levels = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
    with config.disable_value_validation():
        headers = [dcmread(sample.path, specific_tags=list(levels)) for sample in samples]
    return [
        sample
        for sample, header in zip(samples, headers, strict=True)
        if all(header.get(level) for level in levels)
    ]


@pytest.fixture(scope="session")
def dcmqrscp_archive(
    dcmtk_encoded: tuple[Sample, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """dcmqrscp with what it can send on as it is, which is one compressed transfer syntax at most."""
    syntaxes = (ExplicitVRLittleEndian, JPEG2000Lossless)
    held = tuple(sample for sample in _archivable(dcmtk_encoded) if sample.transfer_syntax in syntaxes)
    folder = tmp_path_factory.mktemp("dcmqrscp")
    move_port = free_port()
    with dcmtk.dcmqrscp(folder, {DESTINATION: move_port}, "+xv", "-xv", "+B") as server:
        archive = Archive("dcmqrscp", server.port, dcmtk.AE_TITLE, move_port, held)
        _fill(archive, folder)
        yield archive


@pytest.fixture(scope="session")
def orthanc_archive(
    dcmtk_encoded: tuple[Sample, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """Orthanc with samples of all transfer syntaxes but deflated, which it deflates anew."""
    held = tuple(
        sample
        for sample in _archivable(dcmtk_encoded)
        if sample.transfer_syntax != DeflatedExplicitVRLittleEndian
    )
    move_port = free_port()
    with orthanc.orthanc(tmp_path_factory.mktemp("orthanc")) as server:
        server.add_modality(DESTINATION, move_port)
        for sample in held:
            server.upload(sample.path)
        yield Archive("Orthanc", server.port, orthanc.AE_TITLE, move_port, held)


@pytest.fixture(scope="session")
def qrscp_archive(
    dcmtk_encoded: tuple[Sample, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """pynetdicom's qrscp with samples in the transfer syntax that its clients propose."""
    held = tuple(
        sample for sample in _archivable(dcmtk_encoded) if sample.transfer_syntax == ExplicitVRLittleEndian
    )
    folder = tmp_path_factory.mktemp("qrscp")
    move_port = free_port()
    with pynetdicom_apps.qrscp(folder, {DESTINATION: move_port}) as server:
        archive = Archive("qrscp", server.port, pynetdicom_apps.QRSCP_AE_TITLE, move_port, held)
        _fill(archive, folder)
        yield archive


@pytest.fixture(scope="session")
def our_archive(
    dcmtk_encoded: tuple[Sample, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """Our qrscp with samples of all transfer syntaxes."""
    held = tuple(_archivable(dcmtk_encoded))
    folder = tmp_path_factory.mktemp("our-qrscp")
    move_port = free_port()
    with command.qrscp(folder, destinations={DESTINATION: move_port}) as server:
        archive = Archive("our qrscp", server.port, "QRSCP", move_port, held)
        _fill(archive, folder)
        yield archive


def _fill(archive: Archive, folder: Path) -> None:
    """Send the samples to the archive with DCMTK's storescu."""
    options = dcmtk.profile(archive.samples, folder / "profile.cfg")
    paths = [sample.path for sample in archive.samples]
    sent = dcmtk.dcmtk("storescu", "-aec", archive.ae_title, *options, "127.0.0.1", archive.port, *paths)
    assert sent.returncode == 0, sent.stderr


@pytest.fixture(params=["dcmqrscp", "orthanc", "qrscp", "our"])
def archive(request: pytest.FixtureRequest) -> Archive:
    """Each archive in turn."""
    found: Archive = request.getfixturevalue(f"{request.param}_archive")
    return found


@pytest.fixture(params=["dcmqrscp", "orthanc", "our"])
def exact_archive(request: pytest.FixtureRequest) -> Archive:
    """Each archive that sends what it holds byte for byte."""
    found: Archive = request.getfixturevalue(f"{request.param}_archive")
    return found
