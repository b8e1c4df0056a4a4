"""Sending: each file ends in one event, whatever the peer does."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.errors import AssociationError, ConnectionFailedError
from dcmtools.net import outbox
from dcmtools.net.association import Limits, Peer
from dcmtools.net.events import Lost, NotStored, Sending, Stored
from dcmtools.net.store import StoreRequest, store
from dcmtools.wire.commands import Command
from tests.net.conftest import BRIEF, serving
from tests.net.sent_files import CT, Answer, Archive, success, write_file


def _send(files: list[InstanceFile], answer: Answer, **settings: object):
    archive = Archive(answer)
    values = {"sop_classes": [CT]} | settings
    with serving(lambda report: archive, **values) as running:
        events = list(store(StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF), files))
    return archive, events


def _paths(events, kind) -> list[str]:
    return [Path(event.path).stem for event in events if isinstance(event, kind)]


@pytest.fixture
def ten(tmp_path: Path) -> list[InstanceFile]:
    return [write_file(tmp_path, number) for number in range(1, 11)]


def test_each_file_is_announced_and_stored_once(ten):
    archive, events = _send(ten, lambda number, request: success(request))
    assert _paths(events, Stored) == _paths(events, Sending) == [f"{n:04}" for n in range(1, 11)]
    assert set(archive.taken.values()) == {1}
    assert all(event.status == 0 and event.size > 100 for event in events if isinstance(event, Stored))


def test_files_are_looked_at_while_others_are_sent(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox, "LOOK_AHEAD", 2)
    other = "1.2.840.10008.5.1.4.1.1.4"
    files = [write_file(tmp_path, number, other if number == 5 else CT) for number in range(1, 11)]
    looked_at: list[str] = []
    archive = Archive(lambda number, request: success(request))

    def planned():
        for file in files:
            looked_at.append(file.path)
            yield file

    with serving(lambda report: archive, sop_classes=[CT, other]) as running:
        events = []
        for event in store(StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF), planned()):
            events.append(event)
            assert len(looked_at) <= len(_paths(events, Sending)) + 5
    assert _paths(events, Stored) == [f"{n:04}" for n in (1, 2, 3, 4, 6, 7, 8, 9, 10, 5)]
    assert set(archive.taken.values()) == {1}


def test_a_large_object_goes_out_in_pieces(tmp_path):
    file = write_file(tmp_path, 1, size=5_000_000)
    sizes = []

    class Sizes(Archive):
        def receive(self, context, request, pieces):
            sizes.append(sum(len(piece) for piece in pieces))
            return success(request)

    with serving(lambda report: Sizes(None), sop_classes=[CT]) as running:
        request = StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF)
        assert _paths(store(request, [file]), Stored) == ["0001"]
    assert sizes == [file.length]


@pytest.mark.parametrize("max_pdu", [0, 8, 9, 20, 131072])
def test_a_peer_may_take_pdus_of_any_size(ten, max_pdu):
    archive, events = _send(ten[:2], lambda number, request: success(request), limits=_taking(max_pdu))
    assert _paths(events, Stored) == ["0001", "0002"]
    assert set(archive.taken.values()) == {1}


@pytest.mark.parametrize("max_pdu", [1, 6, 7])
def test_a_peer_that_takes_no_data_at_all_is_named(ten, max_pdu):
    archive, events = _send(ten[:2], lambda number, request: success(request), limits=_taking(max_pdu))
    assert [event.reason for event in events if isinstance(event, NotStored)] == [
        f"the peer's maximum PDU length of {max_pdu} is too small for any data"
    ] * 2
    assert not archive.taken


def _taking(max_pdu: int) -> Limits:
    return replace(BRIEF, max_pdu=max_pdu)


@pytest.mark.parametrize("status", [0xA700, 0xA900, 0xC000, 0x0122, 0x0110])
def test_a_failure_status_costs_one_file(ten, status):
    _, events = _send(ten, lambda number, request: success(request, status if number == 4 else 0))
    [failed] = [event for event in events if isinstance(event, NotStored)]
    assert Path(failed.path).stem == "0004"
    assert failed.status == status
    assert f"0x{status:04X} (Failure" in failed.reason
    assert len(_paths(events, Stored)) == 9


@pytest.mark.parametrize("status", [0xB000, 0xB006, 0xB007])
def test_a_warning_is_stored_with_its_status(ten, status):
    _, events = _send(ten[:1], lambda number, request: success(request, status))
    assert [event.status for event in events if isinstance(event, Stored)] == [status]


def _abort(number: int, request: Command) -> Command:
    if number == 4:
        raise RuntimeError("the peer has a defect")  # which aborts the association
    return success(request)


@pytest.mark.parametrize(
    "answer",
    [
        _abort,
        lambda number, request: success(request._replace(message_id=request.message_id + (number == 4)), 0),
    ],
    ids=["aborts", "answers another message ID"],
)
def test_after_a_lost_association_the_others_go_over_a_new_one(ten, answer):
    archive, events = _send(ten, answer)
    assert _paths(events, NotStored) == ["0004"]
    assert len(_paths(events, Stored)) == 9
    assert sum(isinstance(event, Lost) for event in events) == 1
    assert all(archive.taken[f"1.2.3.{n}"] == 1 for n in range(1, 11) if n != 4)


def test_a_peer_that_always_aborts_is_given_up_and_every_file_is_named(ten):
    def always(number: int, request: Command) -> Command:
        raise RuntimeError("no")

    _, events = _send(ten, always)
    assert sorted(_paths(events, NotStored)) == [f"{n:04}" for n in range(1, 11)]
    assert not _paths(events, Stored)


def test_silence_ends_with_the_dimse_timeout(ten):
    release = threading.Event()

    def silent(number: int, request: Command) -> Command:
        if number == 2:
            release.wait(10)
        return success(request)

    archive = Archive(silent)
    limits = Limits(connect=5, acse=5, dimse=0.5, network=5)
    with serving(lambda report: archive, sop_classes=[CT]) as running:
        request = StoreRequest(Peer("127.0.0.1", running.port), "SCU", limits)
        events = list(store(request, ten[:3]))
        release.set()
    assert _paths(events, Stored) == ["0001", "0003"]
    [failed] = [event for event in events if isinstance(event, NotStored)]
    assert "no answer" in failed.reason


def test_a_refused_sop_class_is_named_and_the_others_are_sent(tmp_path):
    mr = "1.2.840.10008.5.1.4.1.1.4"
    files = [write_file(tmp_path, 1), write_file(tmp_path, 2, sop_class=mr), write_file(tmp_path, 3)]
    _, events = _send(files, lambda number, request: success(request))
    [failed] = [event for event in events if isinstance(event, NotStored)]
    assert "MR Image Storage" in failed.reason
    assert _paths(events, Stored) == ["0001", "0003"]


def test_more_than_128_contexts_take_several_associations(tmp_path):
    classes = [f"1.2.826.0.1.3680043.10.99.{n}" for n in range(150)]
    files = [write_file(tmp_path, n, sop_class=uid) for n, uid in enumerate(classes)]
    archive, events = _send(files, lambda number, request: success(request), any_sop_class=True)
    assert len(_paths(events, Stored)) == 150
    assert set(archive.taken.values()) == {1}


def test_message_ids_wrap(ten, monkeypatch):
    seen = []

    def note(number: int, request: Command) -> Command:
        seen.append(request.message_id)
        return success(request)

    monkeypatch.setattr("dcmtools.net.association._LARGEST_MESSAGE_ID", 4)
    _send(ten, note)
    assert seen == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]


def test_a_truncated_file_is_never_sent(ten):
    path = Path(ten[1].path)
    path.write_bytes(path.read_bytes()[:-20])
    archive, events = _send([ten[0], read_instance(str(path)), ten[2]], lambda n, request: success(request))
    assert _paths(events, NotStored) == ["0002"]
    assert "1.2.3.2" not in archive.taken


def test_a_file_that_disappears_costs_only_itself(ten):
    Path(ten[1].path).unlink()
    _, events = _send(ten[:3], lambda number, request: success(request))
    assert _paths(events, NotStored) == ["0002"]
    assert _paths(events, Stored) == ["0001", "0003"]


def test_a_file_that_shrinks_while_it_is_sent_is_not_taken_for_whole(tmp_path):
    file = write_file(tmp_path, 1, size=3_000_000)
    archive = Archive(lambda number, request: success(request))
    with serving(lambda report: archive, sop_classes=[CT]) as running:
        events = store(StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF), [file])
        assert isinstance(next(events), Sending)
        with Path(file.path).open("r+b") as stream:
            stream.truncate(file.offset + 2_000_000)
        rest = list(events)
    assert _paths(rest, NotStored) == ["0001"]
    assert not archive.taken


def test_no_association_at_all_is_an_error(ten):
    with serving() as running:
        port = running.port
    with pytest.raises(ConnectionFailedError):
        list(store(StoreRequest(Peer("127.0.0.1", port), "SCU", BRIEF), ten))


def test_a_peer_that_takes_no_context_is_an_error(ten):
    with serving() as running, pytest.raises(AssociationError, match="no presentation context"):
        list(store(StoreRequest(Peer("127.0.0.1", running.port), "SCU", BRIEF), ten))


def test_a_first_association_without_contexts_does_not_keep_the_second_from_its_work(tmp_path):
    classes = [f"1.2.826.0.1.3680043.10.99.{n}" for n in range(127)]
    files = [write_file(tmp_path, n, sop_class=uid) for n, uid in enumerate(classes)]
    files += [write_file(tmp_path, 500 + n) for n in range(2)]
    _, events = _send(files, lambda number, request: success(request))
    assert _paths(events, Stored) == ["0500", "0501"]
    assert len(_paths(events, NotStored)) == 127
