"""Sections 2.4 and 2.10: what storescu logs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..interop.peers.scripted import status_at, store_peer
from ..samples import sample
from .comparing import (
    NOT_STORED,
    SUMMARY,
    assert_same_log,
    comparable_dump,
    headings,
    run_both,
)
from .faulty import stalling

pytestmark = pytest.mark.interop

CT = sample("CT_small.dcm")
MR = sample("MR_small.dcm")
PLAN = sample("rtplan.dcm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files in it and below it, one of them hidden, and a link to a folder."""
    folder = tmp_path / "files"
    for name in ("b.dcm", ".hidden", "below/a.dcm", "below/deep/c.dcm"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CT, folder / name)
    (folder / "link").symlink_to(folder / "below", target_is_directory=True)
    return folder


def test_files(tmp_path: Path) -> None:
    """In the order of their paths, each once; CT and MR are named in the request."""
    ending = [PLAN, MR, CT, MR]
    runs = run_both(tmp_path, "storescu", "-v", peer=store_peer, ending=ending)
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[SUMMARY])
    assert "I: Sending Store Request: MsgID 1, (CT)" in runs.ours.stderr
    assert "I: Sending Store Request: MsgID 2, (MR)" in runs.ours.stderr
    assert "I: Sending Store Request: MsgID 3\n" in runs.ours.stderr
    assert (runs.theirs.code, runs.ours.code) == (0, 0)


def test_folders(tmp_path: Path, folder: Path) -> None:
    """Files of the folder itself, hidden ones too."""
    runs = run_both(tmp_path, "storescu", "-v", peer=store_peer, ending=[folder])
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[SUMMARY])
    assert runs.ours.stderr.count("I: Sending file: ") == 2


def test_folders_below(tmp_path: Path, folder: Path) -> None:
    """Links to folders are not followed."""
    runs = run_both(tmp_path, "storescu", "-ll", "info", "-r", peer=store_peer, ending=[folder])
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[SUMMARY])
    assert runs.ours.stderr.count("I: Sending file: ") == 4


def test_silent_if_all_is_stored(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "storescu", peer=store_peer, ending=[CT])
    assert (runs.theirs.stderr, runs.ours.stderr) == ("", "")


def test_required_contexts(tmp_path: Path) -> None:
    """Compressed files can be sent by either program; paths become absolute."""
    (tmp_path / "file.dcm").symlink_to(CT)
    ending = ["../file.dcm", sample("JPEG2000.dcm")]
    runs = run_both(tmp_path, "storescu", "-v", "-cx", peer=store_peer, ending=ending)
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[SUMMARY])


def test_dumps(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "storescu", "-d", peer=store_peer, ending=[MR])
    theirs, ours = comparable_dump(runs.theirs.stderr), comparable_dump(runs.ours.stderr)
    assert_same_log(theirs, ours, more=[SUMMARY])
    assert headings(ours) == headings(theirs)
    assert "OUTGOING DIMSE MESSAGE" in headings(ours)


def test_paths_that_are_no_dicom_files(tmp_path: Path, no_dicom: Path) -> None:
    """They are found out before anything is sent, and the reason is given."""
    ending = [tmp_path / "none", no_dicom, CT]
    runs = run_both(tmp_path, "storescu", "-v", peer=store_peer, ending=ending)
    assert_same_log(
        runs.theirs.stderr,
        runs.ours.stderr,
        more=[SUMMARY, NOT_STORED, rf"E: Bad DICOM file: {no_dicom}: .+"],
        fewer=[f"I: Sending file: {no_dicom}", f"E: Bad DICOM file: {no_dicom}"],
    )
    assert f"E: Cannot access path: {tmp_path / 'none'}" in runs.ours.stderr.splitlines()
    assert f"E: Bad DICOM file: {no_dicom}" in runs.ours.stderr
    assert runs.ours.code == 3


def test_unknown_sop_class_or_transfer_syntax(tmp_path: Path) -> None:
    """Only with -cx pynetdicom's app has an own line for it."""
    file = sample("meta_missing_tsyntax.dcm")
    runs = run_both(tmp_path, "storescu", "-cx", peer=store_peer, ending=[file, CT])
    line = f"E: Unknown SOP Class or Transfer Syntax UID: {file}"
    assert line in runs.theirs.stderr.splitlines()
    assert line in runs.ours.stderr


def test_nothing_to_send(tmp_path: Path) -> None:
    """For us an error, which shows at the default level."""
    (tmp_path / "empty").mkdir()
    runs = run_both(tmp_path, "storescu", "-v", peer=store_peer, ending=[tmp_path / "empty"])
    assert runs.theirs.stderr == "W: No suitable DICOM files found\n"
    assert runs.ours.stderr == "E: No suitable DICOM files found\n"
    assert runs.ours.code == 1


@pytest.mark.parametrize(
    ("status", "line", "code"),
    [
        (0xA700, "I: Received Store Response (Status: 0xA700 - Failure)", 3),
        (0xB000, "I: Received Store Response (Status: 0xB000 - Warning)", 0),
    ],
)
def test_status_that_is_no_success(tmp_path: Path, status: int, line: str, code: int) -> None:
    runs = run_both(
        tmp_path,
        "storescu",
        "-v",
        peer=lambda: store_peer(status_at([1], status)),
        ending=[CT, MR],
    )
    warning = rf"W: {CT}: 0x{status:04X} \(Warning: .+\)"
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[SUMMARY, NOT_STORED, warning])
    assert line in runs.ours.stderr.splitlines()
    assert runs.ours.code == code


def test_no_answer(tmp_path: Path) -> None:
    runs = run_both(tmp_path, "storescu", "-v", "-td", 0.5, peer=stalling, ending=[CT])
    assert_same_log(runs.theirs.stderr, runs.ours.stderr, more=[NOT_STORED, SUMMARY])
    assert "E: DIMSE timeout reached while waiting for message response" in runs.ours.stderr
