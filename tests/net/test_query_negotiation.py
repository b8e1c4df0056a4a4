"""What an archive agrees to in extended negotiation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.models import ARCHIVE_SOP_CLASSES, InformationModel
from dcmtools.net.query_negotiation import Negotiated, accepted_flags, negotiated

PATIENT, WORKLIST = InformationModel.PATIENT_ROOT.sop_classes, InformationModel.WORKLIST.sop_classes


@pytest.mark.parametrize(
    ("sop_class", "proposed", "accepted"),
    [
        (PATIENT.find, b"\1", b"\1"),
        (PATIENT.find, b"\1\0\1", b"\1\0\1"),
        (PATIENT.find, b"\1\1\1\1\1\1\1", b"\1\1\1\0\0\0\0"),
        (PATIENT.find, b"\2\xff", b"\0\0"),
        (PATIENT.move, b"\1\1", b"\1\0"),
        (PATIENT.get, b"\1", b"\1"),
        (WORKLIST.find, b"\1\1\1\1", b"\1\1\1\0"),
    ],
)
def test_what_is_supported_is_accepted(sop_class, proposed, accepted):
    assert accepted_flags({sop_class: proposed}) == {sop_class: accepted}


def test_an_unknown_sop_class_has_no_answer():
    assert accepted_flags({"1.2.840.10008.5.1.4.1.1.2": b"\1"}) == {}


def test_nothing_is_agreed_where_nothing_was_proposed():
    assert negotiated(PATIENT.find, {}) == Negotiated()
    assert negotiated(PATIENT.find, {PATIENT.move: b"\1"}) == Negotiated()


@given(st.sampled_from(ARCHIVE_SOP_CLASSES), st.binary(max_size=20))
def test_no_more_is_answered_than_was_asked(sop_class, proposed):
    answer = accepted_flags({sop_class: proposed})[sop_class]
    assert len(answer) == len(proposed)
    assert all(accepted in (0, asked) for asked, accepted in zip(proposed, answer, strict=True))
    agreed = negotiated(sop_class, {sop_class: proposed})
    assert list(agreed) == [bool(flag) for flag in answer[:3].ljust(3, b"\0")]
