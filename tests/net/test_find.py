"""Queries against a peer that answers what it likes."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dcmtools.dicom.encoding import decode_dataset, encode_dataset
from dcmtools.errors import AssociationAbortedError, AssociationTimeoutError
from dcmtools.net.association import Limits
from dcmtools.net.events import Finished, Match, Unreadable
from dcmtools.net.find import find
from dcmtools.net.models import InformationModel
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.stream import LinkTimeoutError
from dcmtools.wire.commands import Command, CommandField
from tests.net.scripted import peer

MODEL = InformationModel.STUDY_ROOT.sop_classes.find
SYNTAX = UID(ExplicitVRLittleEndian)


def _query(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def _respond(channel: Channel, request: Command, status: int, dataset: Dataset | bytes | None = None) -> None:
    data = encode_dataset(dataset, SYNTAX) if isinstance(dataset, Dataset) else dataset
    response = Command(
        field=CommandField.C_FIND_RSP,
        responded_to=request.message_id,
        status=status,
        has_dataset=data is not None,
    )
    channel.send(1, response, None if data is None else [data])


def _request(channel: Channel) -> tuple[Command, Dataset]:
    arrived = channel.command(5)
    data = b"".join(bytes(piece) for piece in channel.pieces(arrived, 5))
    return arrived.command, decode_dataset(data, SYNTAX)


def _find(talk, query: Dataset | None = None, **options: object) -> list[Match | Finished]:
    with peer(talk, sop_classes=[MODEL]) as association:
        return list(find(association, query or _query(PatientName="*"), **options))


def test_matches_and_the_end():
    seen = []

    def answer(channel: Channel) -> None:
        request, identifier = _request(channel)
        seen.append((request.sop_class_uid, request.priority, identifier.PatientName))
        for name in ("A^B", "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce"):
            match = _query(SpecificCharacterSet="ISO_IR 192", PatientName=name)
            _respond(channel, request, 0xFF00, match)
        _respond(channel, request, 0)

    events = _find(answer)
    assert seen == [(MODEL, 2, "*")]
    assert [event.number for event in events[:2]] == [1, 2]
    assert str(events[1].identifier.PatientName) == "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce"
    assert events[2] == Finished(0)


@pytest.mark.parametrize("status", [0xA700, 0xA900, 0xC001, 0x0122, 0xFE00])
def test_any_final_status_is_the_end(status):
    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        _respond(channel, request, status)

    assert _find(answer) == [Finished(status)]


def test_a_cancel_after_so_many_matches():
    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        for _ in range(2):
            _respond(channel, request, 0xFF00, _query(PatientName="A"))
        cancel = channel.command(5).command
        assert (cancel.field, cancel.responded_to) == (CommandField.C_CANCEL_RQ, request.message_id)
        _respond(channel, request, 0xFE00)

    events = _find(answer, cancel_after=2)
    assert len(events) == 3
    assert events[-1] == Finished(0xFE00)


def test_a_match_that_cannot_be_decoded_is_passed_over(caplog):
    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        _respond(channel, request, 0xFF00, b"\xff" * 11)
        _respond(channel, request, 0xFF00, _query(PatientName="B"))
        _respond(channel, request, 0)

    events = _find(answer)
    assert events[0] == Unreadable(1)
    assert [event.number for event in events if isinstance(event, Match)] == [2]
    assert "Failed to decode the received Identifier dataset" in caplog.text


def test_an_odd_value_does_not_lose_the_others():
    """Three bytes are no whole number."""

    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        match = b"\x10\x00\x20\x00LO\x02\x0012\x28\x00\x10\x00US\x03\x00abc"
        _respond(channel, request, 0xFF00, match + b"\x28\x00\x11\x00US\x02\x00\x07\x00")
        _respond(channel, request, 0)

    match = _find(answer)[0].identifier
    assert (match.PatientID, match.Columns) == ("12", 7)
    assert encode_dataset(match, SYNTAX)


@pytest.mark.parametrize(
    "changes",
    [{"responded_to": 77}, {"status": None}, {"field": CommandField.C_FIND_RQ}],
    ids=["other message ID", "no status", "a request"],
)
def test_what_is_no_response_ends_the_association(changes):
    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        response = Command(field=CommandField.C_FIND_RSP, responded_to=request.message_id, status=0)
        channel.send(1, response._replace(**changes))

    with pytest.raises(AssociationAbortedError, match="received a"):
        _find(answer)


def test_silence_ends_with_the_dimse_timeout():
    def silent(channel: Channel) -> None:
        _request(channel)

    limits = Limits(connect=5, acse=5, dimse=0.3, network=5)
    with (
        pytest.raises(AssociationTimeoutError, match="no answer"),
        peer(silent, limits, sop_classes=[MODEL]) as association,
    ):
        list(find(association, _query(PatientName="*")))


def test_identifiers_are_logged_only_when_asked_for(caplog):
    caplog.set_level("INFO")

    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        _respond(channel, request, 0xFF00, _query(PatientName="SECRET^NAME"))
        _respond(channel, request, 0)

    _find(answer)
    assert "SECRET^NAME" not in caplog.text
    _find(answer, log_identifiers=True)
    assert "SECRET^NAME" in caplog.text


def test_the_scripted_peer_waits_in_vain_for_a_cancel():
    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        _respond(channel, request, 0xFF00, _query(PatientName="A"))
        with pytest.raises(LinkTimeoutError):
            channel.command(0.2)
        _respond(channel, request, 0)

    assert len(_find(answer)) == 2


def test_an_endless_match_is_not_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmtools.net.association._LONGEST_IDENTIFIER", 1000)

    def answer(channel: Channel) -> None:
        request, _ = _request(channel)
        _respond(channel, request, 0xFF00, bytes(1002))

    with pytest.raises(AssociationAbortedError, match="too long"):
        _find(answer)
