"""What a peer would accept in place of what it refused, as hints that lead on."""

from __future__ import annotations

import logging

import pytest

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import NoContextError
from dcmtools.net.alternatives import alternatives
from dcmtools.net.association import Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.events import Alternatives
from dcmtools.net.models import InformationModel
from dcmtools.net.refusals import naming_alternatives
from tests.net.conftest import BRIEF, serving

CT = "1.2.840.10008.5.1.4.1.1.2"
J2K = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"
EXPLICIT, IMPLICIT = UNCOMPRESSED[:2]
PATIENT_ROOT = InformationModel.PATIENT_ROOT.sop_classes.find
STUDY_ROOT = InformationModel.STUDY_ROOT.sop_classes.find


def peer(port: int) -> Peer:
    return Peer("127.0.0.1", port, "SCP")


def hint(
    accepted: list[str], refused: list[str], sop_classes: tuple[str, ...] = (CT,), *, decompress: bool = False
) -> Alternatives:
    with serving(sop_classes=[VERIFICATION, *sop_classes], transfer_syntaxes=accepted) as running:
        (found,) = alternatives(peer(running.port), "SCU", BRIEF, {CT: refused}, decompress=decompress)
    assert found.peer == f"127.0.0.1:{running.port}"
    return found


def test_other_transfer_syntaxes() -> None:
    found = hint([EXPLICIT, IMPLICIT], [J2K])
    assert found.accepted == {EXPLICIT: "Explicit VR Little Endian", IMPLICIT: "Implicit VR Little Endian"}
    assert found.what == "CT Image Storage in JPEG 2000 Image Compression (Lossless Only)"
    assert found.hint == (
        "it accepts Explicit VR Little Endian, Implicit VR Little Endian: --decompress sends it so"
    )


@pytest.mark.parametrize(
    ("accepted", "refused", "decompress", "remedy"),
    [
        ([EXPLICIT], [J2K], True, "--decompress needs dcmtools[pixels]"),
        ([RLE], [J2K], False, "convert the files to one of them"),
        ([EXPLICIT], [IMPLICIT], False, "leave out what restricts the proposal (-cx, -xe, -xb, -xi)"),
        (
            [*UNCOMPRESSED, RLE],
            [J2K],
            False,
            "Deflated Explicit VR Little Endian and 2 more: --decompress sends it so",
        ),
    ],
)
def test_what_to_do(accepted: list[str], refused: list[str], decompress: bool, remedy: str) -> None:
    assert hint(accepted, refused, decompress=decompress).hint.endswith(remedy)


def test_a_sop_class_that_is_refused_altogether() -> None:
    found = hint([EXPLICIT], [J2K], sop_classes=())
    assert (found.what, found.accepted) == ("CT Image Storage", {})
    assert "--probe" in found.hint


def test_other_information_models() -> None:
    refused = {PATIENT_ROOT: UNCOMPRESSED, CT: [EXPLICIT]}  # storage is not what the query is about
    with serving(sop_classes=[STUDY_ROOT]) as running:
        (found,) = alternatives(peer(running.port), "SCU", BRIEF, refused)
    assert found.hint == "it accepts Study Root Query/Retrieve Information Model - FIND (-S)"


def test_a_peer_that_is_gone_has_no_alternatives() -> None:
    with serving() as running:
        there = peer(running.port)
    assert list(alternatives(there, "SCU", BRIEF, {CT: [EXPLICIT]})) == []


def test_an_error_that_names_them(caplog: pytest.LogCaptureFixture) -> None:
    """The question itself leaves nothing in the log."""
    context = Proposal(CT, (J2K,)).context()
    with serving(sop_classes=[CT], transfer_syntaxes=[EXPLICIT]) as running, caplog.at_level(logging.INFO):
        there = peer(running.port)
        with pytest.raises(NoContextError) as raised:
            with naming_alternatives(there, "SCU", BRIEF), associate(there, "SCU", [context], BRIEF):
                pass
    assert raised.value.reason == (
        "the peer refused CT Image Storage in JPEG 2000 Image Compression (Lossless Only)"
    )
    assert raised.value.hint == "it accepts Explicit VR Little Endian: --decompress sends it so"
    assert raised.value.refused == {CT: [J2K]}
    ours = [record for record in caplog.records if record.message == "Requesting Association"]
    assert len(ours) == 1
