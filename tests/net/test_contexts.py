"""Planning and choosing of presentation contexts, without a network."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid as uids
from pynetdicom.presentation import AllStoragePresentationContexts, PresentationContext, build_context

from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    UNCOMPRESSED,
)
from dcmtools.net.contexts import (
    MOST_CONTEXTS,
    STORAGE_SOP_CLASSES,
    Proposal,
    choose,
    describe,
    refusal,
    split,
    storage_proposals,
)

CT, MR, PRIVATE = str(uids.CTImageStorage), str(uids.MRImageStorage), "1.2.826.0.1.3680043.10.999.1"
JPEG, J2K, RLE = str(uids.JPEGBaseline8Bit), str(uids.JPEG2000Lossless), str(uids.RLELossless)

sop_classes = st.sampled_from([CT, MR, PRIVATE])
syntaxes = st.sampled_from([*UNCOMPRESSED, JPEG, J2K, RLE, "1.2.840.113619.5.2"])
needs = st.lists(st.tuples(sop_classes, syntaxes), max_size=30)
alternatives_asked = st.sampled_from([UNCOMPRESSED, *((uid,) for uid in UNCOMPRESSED)])


def pairs(proposals: Iterable[Proposal]) -> list[tuple[str, tuple[str, ...]]]:
    return [(proposal.sop_class_uid, proposal.transfer_syntaxes) for proposal in proposals]


@given(needs)
def test_every_file_has_a_context_of_its_own_transfer_syntax(needed: list[tuple[str, str]]) -> None:
    proposals = storage_proposals(needed)
    for sop_class, syntax in needed:
        assert Proposal(sop_class, (syntax,)) in proposals[sop_class]


@given(needs, alternatives_asked, st.booleans())
def test_nothing_is_proposed_that_no_file_needs(
    needed: list[tuple[str, str]], alternatives: tuple[str, ...], exact: bool
) -> None:
    proposals = storage_proposals(needed, alternatives=alternatives, exact=exact)
    assert list(proposals) == list(dict.fromkeys(sop_class for sop_class, _ in needed))
    for sop_class, contexts in proposals.items():
        assert len(pairs(contexts)) == len(set(pairs(contexts)))
        own = {syntax for uid, syntax in needed if uid == sop_class}
        for proposal in contexts:
            assert proposal.sop_class_uid == sop_class
            assert proposal.transfer_syntaxes
            compressed = set(proposal.transfer_syntaxes) - set(UNCOMPRESSED)
            assert compressed <= own
            if compressed:
                assert len(proposal.transfer_syntaxes) == 1


@given(needs, alternatives_asked)
def test_exact_proposals(needed: list[tuple[str, str]], alternatives: tuple[str, ...]) -> None:
    proposals = storage_proposals(needed, alternatives=alternatives, exact=True)
    proposed = [pair for contexts in proposals.values() for pair in pairs(contexts)]
    assert sorted(proposed) == sorted({(sop_class, (syntax,)) for sop_class, syntax in needed})


@given(needs, alternatives_asked)
def test_uncompressed_files_are_offered_in_all_alternatives(
    needed: list[tuple[str, str]], alternatives: tuple[str, ...]
) -> None:
    """And where only some are asked for, in no other."""
    for sop_class, contexts in storage_proposals(needed, alternatives=alternatives).items():
        own = {syntax for uid, syntax in needed if uid == sop_class}
        offered = {syntax for proposal in contexts for syntax in proposal.transfer_syntaxes}
        expected = set(alternatives) if own & set(UNCOMPRESSED) else set()
        assert offered & set(UNCOMPRESSED) == expected


def test_proposals_of_an_uncompressed_file() -> None:
    """Its own transfer syntax is apart: the peer must not choose another one where it takes that."""
    assert storage_proposals([(CT, IMPLICIT_VR_LITTLE_ENDIAN)]) == {
        CT: [
            Proposal(CT, (IMPLICIT_VR_LITTLE_ENDIAN,)),
            Proposal(CT, tuple(uid for uid in UNCOMPRESSED if uid != IMPLICIT_VR_LITTLE_ENDIAN)),
        ]
    }


def test_proposals_of_a_compressed_file() -> None:
    assert storage_proposals([(CT, J2K)]) == {CT: [Proposal(CT, (J2K,))]}


def test_no_files_no_proposals() -> None:
    assert storage_proposals([]) == {}
    assert list(split({})) == []


def test_as_presentation_context() -> None:
    context = Proposal(CT, (J2K, RLE)).context()
    assert (context.abstract_syntax, context.transfer_syntax) == (CT, [J2K, RLE])


classes_of_many = st.lists(st.integers(1, 140), max_size=12)


def plan(counts: list[int]) -> dict[str, list[Proposal]]:
    """So many contexts for each SOP class."""
    return {
        f"1.2.{number}": [Proposal(f"1.2.{number}", (f"1.3.{syntax}",)) for syntax in range(count)]
        for number, count in enumerate(counts)
    }


@given(classes_of_many, st.integers(1, 140))
def test_split(counts: list[int], most: int) -> None:
    planned = plan(counts)
    batches = list(split(planned, most))
    assert all(0 < len(batch) <= most for batch in batches)
    assert [proposal for batch in batches for proposal in batch] == [
        proposal for contexts in planned.values() for proposal in contexts[:most]
    ]
    for batch, following in itertools.pairwise(batches):
        together = {proposal.sop_class_uid for proposal in batch}
        first_of_next = following[0].sop_class_uid
        assert first_of_next not in together
        assert len(batch) + len(planned[first_of_next][:most]) > most


@pytest.mark.parametrize(("classes", "associations"), [(1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_an_association_has_128_contexts_at_most(classes: int, associations: int) -> None:
    assert MOST_CONTEXTS == 128
    assert [len(batch) for batch in split(plan([2] * classes))][:-1] == [128] * (associations - 1)


def accepted(*contexts: tuple[str, str], as_scu: bool = True) -> list[PresentationContext]:
    """Contexts as they are after negotiation."""
    built = []
    for number, (sop_class, syntax) in enumerate(contexts):
        context = build_context(sop_class, syntax)
        context.context_id = 2 * number + 1
        context.result = 0x00
        context._as_scu = as_scu
        built.append(context)
    return built


@given(st.lists(st.tuples(sop_classes, syntaxes), max_size=8), sop_classes, syntaxes)
def test_choose(contexts: list[tuple[str, str]], sop_class: str, syntax: str) -> None:
    chosen = choose(accepted(*contexts), sop_class, syntax)
    offered = {found for uid, found in contexts if uid == sop_class}
    if syntax in offered:
        expected = {syntax}
    elif syntax in UNCOMPRESSED:
        expected = offered & set(UNCOMPRESSED)
    else:
        expected = set()
    if chosen is None:
        assert not expected
    else:
        assert chosen.abstract_syntax == sop_class
        assert str(chosen.transfer_syntax[0]) in expected


def test_the_own_transfer_syntax_is_chosen_first() -> None:
    contexts = accepted((CT, EXPLICIT_VR_LITTLE_ENDIAN), (MR, J2K), (CT, EXPLICIT_VR_BIG_ENDIAN))
    chosen = choose(contexts, CT, EXPLICIT_VR_BIG_ENDIAN)
    assert chosen is contexts[2]
    assert choose(contexts, CT, IMPLICIT_VR_LITTLE_ENDIAN) is contexts[0]
    assert choose(contexts, CT, J2K) is None


def test_a_context_for_the_other_role_is_no_choice() -> None:
    assert choose(accepted((CT, J2K), as_scu=False), CT, J2K) is None


def test_refusal_of_a_sop_class() -> None:
    assert refusal(accepted((MR, J2K)), CT, J2K) == (
        "the peer refused the SOP class CT Image Storage in JPEG 2000 Image Compression (Lossless Only)"
    )


def test_refusal_of_a_transfer_syntax() -> None:
    contexts = accepted((CT, IMPLICIT_VR_LITTLE_ENDIAN), (MR, J2K))
    assert refusal(contexts, CT, RLE) == (
        "the peer accepts CT Image Storage only in Implicit VR Little Endian, not in RLE Lossless"
    )


def test_a_refusal_does_not_name_many_transfer_syntaxes() -> None:
    contexts = accepted(*((CT, uid) for uid in (*UNCOMPRESSED, J2K)))
    assert refusal(contexts, CT, RLE) == (
        "the peer accepts CT Image Storage only in Explicit VR Little Endian, Implicit VR Little Endian, "
        "Deflated Explicit VR Little Endian and 2 others, not in RLE Lossless"
    )


def test_describe() -> None:
    assert describe(CT) == "CT Image Storage"
    assert describe(PRIVATE) == PRIVATE


def test_storage_sop_classes() -> None:
    """Those of the Storage and of the Non-Patient Object Storage service classes, each once."""
    assert len(STORAGE_SOP_CLASSES) == len(set(STORAGE_SOP_CLASSES)) > 170
    known = {str(context.abstract_syntax) for context in AllStoragePresentationContexts}
    assert known < set(STORAGE_SOP_CLASSES)
    assert {CT, MR, "1.2.840.10008.5.1.4.43.1", "1.2.840.10008.5.1.4.1.1.1.1.1"} <= set(STORAGE_SOP_CLASSES)
    assert all(uids.UID(uid).is_valid for uid in STORAGE_SOP_CLASSES)
