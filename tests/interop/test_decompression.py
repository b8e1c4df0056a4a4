"""Compressed objects for peers that take none: what storescu and qrscp send them instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread

from ..codecs import require_codecs
from ..command import dcmtools, qrscp
from ..samples import sample
from .peers import dcmtk

require_codecs()
pytestmark = pytest.mark.interop

COMPRESSED = sample("MR_small_RLE.dcm")
UNCOMPRESSED_ONLY = "+x="
NATIVE = sample("MR_small.dcm")
KEYS = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={dcmread(COMPRESSED).StudyInstanceUID}")


def check_received(path: Path) -> None:
    """The one object in a folder has the pixels that were compressed."""
    [path] = path.iterdir()
    dataset = dcmread(path, force=True)
    assert not dataset.file_meta.TransferSyntaxUID.is_compressed
    assert dataset.PixelData == dcmread(NATIVE).PixelData
    assert dataset.SOPInstanceUID == dcmread(COMPRESSED).SOPInstanceUID


def test_storescu_when_asked_to(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path, UNCOMPRESSED_ONLY) as peer:
        assert dcmtools("storescu", "127.0.0.1", peer.server.port, COMPRESSED).code == 1
        outcome = dcmtools("storescu", "--decompress", "127.0.0.1", peer.server.port, COMPRESSED)
        assert outcome.code == 0, outcome.stderr
    check_received(peer.folder)


def test_a_move_and_a_get_from_the_archive(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path / "moved", UNCOMPRESSED_ONLY) as destination:
        with qrscp(tmp_path / "archive", destinations={"STORESCP": destination.server.port}) as archive:
            assert dcmtools("storescu", "127.0.0.1", archive.port, COMPRESSED).code == 0
            outcome = dcmtools("movescu", "-S", "127.0.0.1", archive.port, "-aem", "STORESCP", *KEYS)
            assert outcome.code == 0, outcome.stderr
            got = tmp_path / "got"
            got.mkdir()
            done = dcmtk.dcmtk("getscu", "-S", "-od", got, "127.0.0.1", archive.port, *KEYS)
            assert done.returncode == 0, done.stderr
    check_received(destination.folder)
    check_received(got)
