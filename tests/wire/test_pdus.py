"""Release and abort PDUs: the same as pynetdicom's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import pdu

from dcmtools.wire.pdus import PduType, describe_abort


def _abort(source: int, reason: int) -> bytes:
    theirs = pdu.A_ABORT_RQ()
    theirs.source, theirs.reason_diagnostic = source, reason
    return theirs.encode()


@pytest.mark.parametrize(
    ("source", "reason", "words"),
    [
        (0, 0, "the peer's service user"),
        (2, 0, "the peer's service provider"),
        (2, 2, "the peer's service provider: unexpected PDU"),
        (2, 6, "the peer's service provider: invalid PDU parameter value"),
    ],
)
def test_an_abort_of_pynetdicom_in_words(source: int, reason: int, words: str) -> None:
    assert describe_abort(memoryview(_abort(source, reason) + b"\x04")) == words


@given(st.binary(max_size=20) | st.binary(max_size=12).map(lambda rest: b"\x07\x00" + rest))
def test_any_bytes_have_a_description(data: bytes) -> None:
    assert describe_abort(data).startswith("the peer")


def test_types_are_those_of_pynetdicom() -> None:
    theirs = {
        name.replace("_RQ", "") if "ABORT" in name else name: kind.pdu_type
        for name, kind in [
            (cls.__name__, cls())
            for cls in (
                pdu.A_ASSOCIATE_RQ,
                pdu.A_ASSOCIATE_AC,
                pdu.A_ASSOCIATE_RJ,
                pdu.P_DATA_TF,
                pdu.A_RELEASE_RQ,
                pdu.A_RELEASE_RP,
                pdu.A_ABORT_RQ,
            )
        ]
    }
    assert theirs == {kind.name: kind for kind in PduType}
