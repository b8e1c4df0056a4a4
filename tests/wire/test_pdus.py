"""Release and abort PDUs: the same as pynetdicom's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import pdu

from dcmtools.wire.errors import PduError
from dcmtools.wire.pdus import Abort, PduType, abort_pdu, decode_abort, release_rp, release_rq


def test_release_pdus_are_those_of_pynetdicom() -> None:
    assert release_rq() == pdu.A_RELEASE_RQ().encode()
    assert release_rp() == pdu.A_RELEASE_RP().encode()


@given(st.sampled_from([0, 2]), st.sampled_from([0, 1, 2, 4, 5, 6]))
def test_an_abort_is_that_of_pynetdicom_and_is_read_as_it_was_written(source: int, reason: int) -> None:
    theirs = pdu.A_ABORT_RQ()
    theirs.source, theirs.reason_diagnostic = source, reason
    assert abort_pdu(source, reason) == theirs.encode()
    assert decode_abort(abort_pdu(source, reason)) == Abort(source, reason)


def test_what_follows_an_abort_does_not_matter() -> None:
    assert decode_abort(memoryview(abort_pdu(2, 6) + b"\x04")) == Abort(2, 6)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        abort_pdu(0, 0)[:9],
        release_rq(),
        b"\x07\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00",
        b"\x07\x00\xff\xff\xff\xff\x00\x00\x00\x00",
    ],
)
def test_what_is_no_abort_is_an_error(data: bytes) -> None:
    with pytest.raises(PduError):
        decode_abort(data)


@given(st.binary(max_size=20) | st.binary(max_size=12).map(lambda rest: b"\x07\x00" + rest))
def test_any_bytes_are_an_abort_or_a_pdu_error(data: bytes) -> None:
    try:
        decode_abort(data)
    except PduError as error:
        assert str(error)


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
