"""Asking a peer what it accepts."""

from __future__ import annotations

import logging

import pytest

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationRejectedError
from dcmtools.net.access import Access
from dcmtools.net.association import Peer
from dcmtools.net.contexts import STORAGE_SOP_CLASSES
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.events import Acceptance
from dcmtools.net.probing import SOP_CLASSES, TRANSFER_SYNTAXES, probe
from tests.net.conftest import BRIEF, serving

CT = "1.2.840.10008.5.1.4.1.1.2"
J2K = "1.2.840.10008.1.2.4.90"
EXPLICIT, IMPLICIT = UNCOMPRESSED[:2]


def ask(port: int, *arguments: object, ae_title: str = "SCP") -> list[Acceptance]:
    return list(probe(Peer("127.0.0.1", port, ae_title), "SCU", BRIEF, *arguments))


def test_each_transfer_syntax_of_each_sop_class() -> None:
    with serving(sop_classes=[VERIFICATION, CT], transfer_syntaxes=[IMPLICIT, J2K, EXPLICIT]) as running:
        answers = ask(running.port, [VERIFICATION, CT, "1.2.3.4"], [EXPLICIT, IMPLICIT, J2K, UNCOMPRESSED[3]])
    assert answers == [
        Acceptance(
            VERIFICATION,
            "Verification SOP Class",
            {
                EXPLICIT: "Explicit VR Little Endian",
                IMPLICIT: "Implicit VR Little Endian",
                J2K: "JPEG 2000 Image Compression (Lossless Only)",
            },
        ),
        answers[0]._replace(sop_class_uid=CT, sop_class="CT Image Storage"),
        Acceptance("1.2.3.4", "1.2.3.4", {}),
    ]
    assert list(answers[0].transfer_syntaxes) == [EXPLICIT, IMPLICIT, J2K]


def test_as_many_associations_as_it_takes() -> None:
    """More SOP classes, and more pairs, than the 128 contexts of one association."""
    accepted = [VERIFICATION, *STORAGE_SOP_CLASSES[:70]]
    with serving(sop_classes=accepted, transfer_syntaxes=[IMPLICIT, EXPLICIT, J2K]) as running:
        answers = ask(running.port, SOP_CLASSES, [EXPLICIT, IMPLICIT, J2K])
    assert {answer.sop_class_uid for answer in answers if answer.transfer_syntaxes} == set(accepted)
    assert {len(answer.transfer_syntaxes) for answer in answers} == {0, 3}
    assert len(answers) == len(SOP_CLASSES) > 300


def test_nothing_is_accepted_and_that_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as running, caplog.at_level(logging.WARNING):
        assert ask(running.port, [CT], [EXPLICIT]) == [Acceptance(CT, "CT Image Storage", {})]
    assert "No accepted presentation contexts" not in caplog.text


def test_a_peer_that_lets_nobody_in() -> None:
    with serving(access=Access(called_aet="SCP")) as running:
        with pytest.raises(AssociationRejectedError):
            ask(running.port, ae_title="OTHER")


def test_what_is_asked_for() -> None:
    assert {VERIFICATION, CT, *STORAGE_SOP_CLASSES} <= set(SOP_CLASSES)
    assert {*UNCOMPRESSED, J2K} <= set(TRANSFER_SYNTAXES)
    assert len(set(SOP_CLASSES)) == len(SOP_CLASSES)
