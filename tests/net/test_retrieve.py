"""C-GET and C-MOVE against a peer that answers what it likes."""

from __future__ import annotations

import time

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dcmtools.dicom.encoding import encode_dataset
from dcmtools.errors import AssociationAbortedError, AssociationTimeoutError
from dcmtools.net.association import Limits
from dcmtools.net.events import Finished, SubOperations
from dcmtools.net.models import InformationModel
from dcmtools.net.negotiation import receiving_roles
from dcmtools.net.reception import Arrivals, StorageProvider
from dcmtools.net.retrieve import get, move
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.takeover import shared_socket
from dcmtools.wire.commands import Command, CommandField
from tests.net.scripted import CT, peer

GET = InformationModel.STUDY_ROOT.sop_classes.get
MOVE = InformationModel.STUDY_ROOT.sop_classes.move
QUERY = Dataset()
QUERY.QueryRetrieveLevel = "STUDY"
QUERY.StudyInstanceUID = "1.2.3"


def _request(channel: Channel) -> Command:
    arrived = channel.command(5)
    for _ in channel.pieces(arrived, 5):
        pass
    return arrived.command


def _respond(channel: Channel, request: Command, status: int, counts=(0, 0, 0, 0), failed=()) -> None:
    data = None
    if failed:
        identifier = Dataset()
        identifier.FailedSOPInstanceUIDList = list(failed)
        data = encode_dataset(identifier, UID(ExplicitVRLittleEndian))
    names = ("remaining", "completed", "failed", "warning")
    response = Command(
        field=request.field | 0x8000,
        responded_to=request.message_id,
        status=status,
        has_dataset=data is not None,
        **dict(zip(names, counts, strict=True)),
    )
    channel.send(1, response, None if data is None else [data])


def _get(talk) -> tuple[list[object], Arrivals]:
    arrivals = Arrivals()
    receiver = StorageProvider(None, arrivals.note)
    with peer(talk, sop_classes=[GET, CT], negotiation=receiving_roles([CT])) as association:
        return list(get(association, GET, QUERY, receiver)), arrivals


def test_objects_come_between_the_responses():
    def answer(channel: Channel) -> None:
        request = _request(channel)
        for number in range(3):
            store = Command(
                field=CommandField.C_STORE_RQ,
                message_id=number,
                priority=0,
                has_dataset=True,
                sop_class_uid=CT,
                sop_instance_uid=f"1.2.{number}",
            )
            channel.send(3, store, [b"data"])
            stored = channel.command(5).command
            assert (stored.status, stored.responded_to) == (0, number)
            _respond(channel, request, 0xFF00, (2 - number, number + 1, 0, 0))
        _respond(channel, request, 0, (0, 3, 0, 0))

    events, arrivals = _get(answer)
    assert arrivals.received == {"1.2.0", "1.2.1", "1.2.2"}
    assert [event.completed for event in events if isinstance(event, SubOperations)] == [1, 2, 3]
    assert events[-1] == Finished(0, None, (), SubOperations(0, 3, 0, 0))


@pytest.mark.parametrize("failed", [["1.2.5"], ["1.2.5", "1.2.6"]])
def test_the_failed_instances_are_named(failed):
    def answer(channel: Channel) -> None:
        _respond(channel, _request(channel), 0xB000, (0, 1, len(failed), 0), failed)

    events, _ = _get(answer)
    assert events[-1].failed_instances == tuple(failed)
    assert events[-1].status == 0xB000


def test_an_abort_in_the_middle():
    def answer(channel: Channel) -> None:
        _request(channel)
        raise ConnectionError

    with pytest.raises(AssociationAbortedError, match="aborted"), peer_ignoring_errors(answer) as association:
        list(get(association, GET, QUERY, StorageProvider(None, lambda event: None)))


def peer_ignoring_errors(talk):
    def quiet(channel: Channel) -> None:
        try:
            talk(channel)
        except ConnectionError:
            shared_socket(channel.association).socket.sendall(b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00")

    return peer(quiet, sop_classes=[GET, CT], negotiation=receiving_roles([CT]))


def test_a_move_waits_longer_than_the_dimse_timeout_while_the_peer_is_alive():
    def slow(channel: Channel) -> None:
        request = _request(channel)
        assert request.move_destination == "DEST"
        time.sleep(1)
        _respond(channel, request, 0, (0, 4, 0, 0))

    questions = []

    def alive() -> bool:
        questions.append(time.monotonic())
        return True

    limits = Limits(connect=5, acse=5, dimse=0.2, network=5)
    with peer(slow, limits, sop_classes=[MOVE]) as association:
        events = list(move(association, MOVE, QUERY, "DEST", is_alive=alive))
    assert events == [Finished(0, None, (), SubOperations(0, 4, 0, 0))]
    assert 2 <= len(questions) <= 5


def test_a_move_ends_when_the_peer_is_dead():
    def dead(channel: Channel) -> None:
        _request(channel)

    limits = Limits(connect=5, acse=5, dimse=0.2, network=5)
    with pytest.raises(AssociationTimeoutError), peer(dead, limits, sop_classes=[MOVE]) as association:
        list(move(association, MOVE, QUERY, "DEST", is_alive=lambda: False))
