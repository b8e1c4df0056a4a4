"""The storage contexts of one C-GET after the other."""

from __future__ import annotations

import itertools

import pytest
from pydicom import uid as uids
from pynetdicom import ALL_TRANSFER_SYNTAXES

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.net.contexts import MOST_CONTEXTS, STORAGE_SOP_CLASSES, Proposal
from dcmtools.net.retrieval_contexts import COMMON_PASSES, retrieval_passes

PASSES = list(retrieval_passes(()))
OFFERED = [
    (proposal.sop_class_uid, syntax)
    for proposals in PASSES
    for proposal in proposals
    for syntax in proposal.transfer_syntaxes
]


def offered_in(passes: list[list[Proposal]]) -> set[tuple[str, str]]:
    return {
        (proposal.sop_class_uid, syntax)
        for proposals in passes
        for proposal in proposals
        for syntax in proposal.transfer_syntaxes
    }


def test_each_pass_leaves_room_for_the_query() -> None:
    assert all(0 < len(proposals) < MOST_CONTEXTS for proposals in PASSES)


def test_the_second_pass_has_all_for_the_sop_classes_seen() -> None:
    """Beside the uncompressed ones, which a peer that gives up at the first failure needs."""
    seen: set[str] = set()
    passes = retrieval_passes(seen)
    next(passes)
    seen |= {uids.SegmentationStorage, uids.MRImageStorage}
    second, third = next(passes), next(passes)
    for sop_class in sorted(seen):
        assert Proposal(sop_class, UNCOMPRESSED) in second
        assert Proposal(sop_class, (uids.JPEG2000Lossless,)) in second
        assert Proposal(sop_class, (uids.JPEG2000Lossless,)) in third
    assert all(proposal.transfer_syntaxes != UNCOMPRESSED for proposal in third)


def test_the_first_pass_is_uncompressed() -> None:
    """So that peers which decompress, or hold nothing compressed, are done with it."""
    assert {proposal.transfer_syntaxes for proposal in PASSES[0]} == {UNCOMPRESSED}
    assert len(PASSES[0]) == MOST_CONTEXTS - 1


def test_every_storage_sop_class_is_offered_uncompressed() -> None:
    assert set(itertools.product(STORAGE_SOP_CLASSES, UNCOMPRESSED)) <= set(OFFERED)


def test_a_compressed_context_has_one_transfer_syntax() -> None:
    """The peer could not send an object in another one than it holds."""
    for proposal in itertools.chain(*PASSES):
        assert proposal.transfer_syntaxes == UNCOMPRESSED or len(proposal.transfer_syntaxes) == 1


@pytest.mark.parametrize("sop_class", [uids.CTImageStorage, uids.MRImageStorage, uids.UltrasoundImageStorage])
def test_images_are_offered_in_every_transfer_syntax(sop_class: str) -> None:
    assert {syntax for uid, syntax in OFFERED if uid == sop_class} == set(map(str, ALL_TRANSFER_SYNTAXES))


@pytest.mark.parametrize(
    "syntax", [uids.JPEGLosslessSV1, uids.JPEG2000Lossless, uids.JPEGBaseline8Bit, uids.RLELossless]
)
def test_what_is_seen_most_comes_first(syntax: str) -> None:
    """Within the passes that are tried whatever the ones before have brought."""
    common = offered_in(PASSES[:COMMON_PASSES])
    for sop_class in (uids.CTImageStorage, uids.MRImageStorage, uids.SecondaryCaptureImageStorage):
        assert (sop_class, syntax) in common
