"""Sending with retries: what may pass is tried again, what was acknowledged is never sent twice."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.errors import AssociationRejectedError, ConnectionFailedError, NoContextError, UnknownHostError
from dcmtools.net.access import Access
from dcmtools.net.association import Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.events import Lost, NotStored, Retrying, Sending, Stored
from dcmtools.net.retrying import RetryTerms
from dcmtools.net.store import StoreRequest, store
from dcmtools.wire.commands import Command
from tests.net.conftest import BRIEF, serving
from tests.net.sent_files import CT, Answer, Archive, success, write_file
from tests.ports import free_port

UIDS = [f"1.2.3.{number}" for number in range(1, 11)]


@pytest.fixture
def ten(tmp_path: Path) -> list[InstanceFile]:
    return [write_file(tmp_path, number) for number in range(1, 11)]


def _request(port: int, retries: int = 0, *, ae_title: str = "SCP", fail_fast: bool = False) -> StoreRequest:
    peer = Peer("127.0.0.1", port, ae_title)
    return StoreRequest(peer, "SCU", BRIEF, retry=RetryTerms(retries, 0), fail_fast=fail_fast)


def _send(files: list[InstanceFile], answer: Answer, retries: int = 0, *, fail_fast: bool = False):
    archive = Archive(answer)
    with serving(lambda report: archive, sop_classes=[CT]) as running:
        events = list(store(_request(running.port, retries, fail_fast=fail_fast), files))
    return archive, events


def _paths(events, kind) -> list[str]:
    return [Path(event.path).stem for event in events if isinstance(event, kind)]


def _count(events, kind) -> int:
    return sum(isinstance(event, kind) for event in events)


def _defect(request: Command) -> Command:
    raise RuntimeError("the peer has a defect")  # which aborts the association


def test_after_a_lost_association_the_file_under_way_is_sent_again(ten):
    archive, events = _send(
        ten, lambda number, request: _defect(request) if number == 4 else success(request), retries=1
    )
    assert _paths(events, Stored) == [f"{number:04}" for number in range(1, 11)]
    assert archive.taken == Counter(UIDS)
    assert _count(events, Retrying) == 1
    assert not _count(events, NotStored) + _count(events, Lost)


def test_retries_are_counted_from_the_last_stored_object_on(ten):
    archive, events = _send(
        ten, lambda number, request: success(request) if number % 2 else _defect(request), retries=1
    )
    assert archive.taken == Counter(UIDS)
    assert [(event.number, event.most) for event in events if isinstance(event, Retrying)] == [(1, 1)] * 9


def test_an_object_that_ends_every_association_costs_only_itself(ten):
    archive, events = _send(
        ten,
        lambda number, request: _defect(request) if request.sop_instance_uid == UIDS[3] else success(request),
        retries=2,
    )
    assert _paths(events, NotStored) == ["0004"]
    assert Counter(_paths(events, Sending))["0004"] == 3
    assert archive.taken == Counter(set(UIDS) - {UIDS[3]})


@pytest.mark.parametrize("status", [0xA700, 0xA701, 0x0213])
def test_a_peer_out_of_resources_is_asked_again_over_a_new_association(ten, status):
    archive, events = _send(
        ten, lambda number, request: success(request, status if number in (4, 5) else 0), retries=2
    )
    assert archive.taken == Counter(UIDS)
    assert not _count(events, NotStored)
    retries = [event for event in events if isinstance(event, Retrying)]
    assert [event.number for event in retries] == [1, 2]
    assert all(ten[3].path in event.reason and f"0x{status:04X}" in event.reason for event in retries)


def test_a_peer_that_stays_out_of_resources_is_asked_once_for_each_of_the_others(ten):
    archive, events = _send(ten, lambda number, request: success(request, 0xA700), retries=2)
    assert not archive.taken
    assert _paths(events, NotStored) == [f"{number:04}" for number in range(1, 11)]
    assert Counter(_paths(events, Sending)) == Counter(_paths(events, NotStored)) + Counter({"0001": 2})


@pytest.mark.parametrize("status", [0xA900, 0xC000, 0x0122])
def test_a_failure_that_will_not_pass_is_final(ten, status):
    _, events = _send(ten, lambda number, request: success(request, status if number == 4 else 0), retries=5)
    assert _paths(events, NotStored) == ["0004"]
    assert not _count(events, Retrying)


def test_a_peer_that_is_not_there_yet_is_waited_for(ten):
    archive, port = Archive(lambda number, request: success(request)), free_port()
    events = []
    with ExitStack() as stack:
        for event in store(_request(port, 2), ten):
            events.append(event)
            if _count(events, Retrying) == 2 and isinstance(event, Retrying):
                assert "connection refused" in event.reason
                stack.enter_context(serving(lambda report: archive, sop_classes=[CT], port=port))
    assert archive.taken == Counter(UIDS)
    assert _paths(events, Stored) == _paths(events, Sending)


def test_a_peer_that_is_restarted_gets_each_object_once(ten):
    """It goes down in the middle of the 4th object, is not there for a while, and comes back."""
    archive = Archive(lambda number, request: _defect(request) if number == 4 else success(request))
    port = free_port()
    running = ExitStack()
    running.enter_context(serving(lambda report: archive, sop_classes=[CT], port=port))
    reasons = []
    with running:
        for event in store(_request(port, 3), ten):
            if isinstance(event, Retrying):
                reasons.append(event.reason)
                if len(reasons) == 1:
                    running.close()
                elif len(reasons) == 3:
                    running.enter_context(serving(lambda report: archive, sop_classes=[CT], port=port))
    assert archive.taken == Counter(UIDS)
    assert "aborted" in reasons[0]
    assert all("connection refused" in reason for reason in reasons[1:])


def test_a_peer_that_does_not_come_back_is_given_up_and_every_file_is_named(ten):
    archive = Archive(lambda number, request: _defect(request) if number == 4 else success(request))
    port = free_port()
    running = ExitStack()
    running.enter_context(serving(lambda report: archive, sop_classes=[CT], port=port))
    events = []
    with running:
        for event in store(_request(port, 3), ten):
            events.append(event)
            if isinstance(event, Retrying):
                running.close()
    assert _paths(events, Stored) == ["0001", "0002", "0003"]
    assert _paths(events, NotStored) == [f"{number:04}" for number in range(4, 11)]
    assert _count(events, Retrying) == 3


def test_a_rejection_for_now_is_retried(ten):
    archive = Archive(lambda number, request: success(request))
    with serving(lambda report: archive, sop_classes=[CT, VERIFICATION], max_associations=1) as running:
        other = ExitStack()
        echo = Proposal(VERIFICATION, ("1.2.840.10008.1.2",)).context()
        other.enter_context(associate(Peer("127.0.0.1", running.port), "OTHER", [echo], BRIEF))
        events = []
        for event in store(_request(running.port, 1), ten):
            events.append(event)
            if isinstance(event, Retrying):
                assert "local limit exceeded" in event.reason
                other.close()
                running.wait_until_idle()
    assert archive.taken == Counter(UIDS)
    assert _count(events, Retrying) == 1


def test_what_will_not_pass_is_not_retried(ten):
    with serving(access=Access(called_aet="SCP")) as running:
        events = store(_request(running.port, 5, ae_title="WRONG"), ten)
        with pytest.raises(AssociationRejectedError):
            next(events)
        with pytest.raises(NoContextError):
            next(store(_request(running.port, 5), ten))
    nowhere = StoreRequest(Peer("no-such-host.invalid", 104), "SCU", BRIEF, retry=RetryTerms(5, 0))
    with pytest.raises(UnknownHostError):
        next(store(nowhere, ten))


def test_without_an_association_the_retries_come_to_an_end(ten):
    events = []
    with pytest.raises(ConnectionFailedError):
        events.extend(store(_request(free_port(), 3), ten))
    assert [event.number for event in events] == [1, 2, 3]


@pytest.mark.parametrize("retries", [0, 1])
def test_fail_fast_stops_after_the_first_failure(ten, retries):
    archive, events = _send(
        ten,
        lambda number, request: success(request, 0xA700 if number >= 4 else 0),
        retries,
        fail_fast=True,
    )
    assert _paths(events, NotStored) == ["0004"]
    assert set(_paths(events, Sending)) == {"0001", "0002", "0003", "0004"}
    assert archive.taken == Counter(UIDS[:3])


def test_fail_fast_stops_when_an_association_is_lost(ten):
    _, events = _send(
        ten, lambda number, request: _defect(request) if number == 4 else success(request), fail_fast=True
    )
    assert _paths(events, NotStored) == ["0004"]
    assert not _count(events, Lost)


def test_fail_fast_names_only_one_of_those_that_a_peer_which_went_away_did_not_get(ten, tmp_path):
    """The second association, for a file of another SOP class, cannot be made."""
    classes = [f"1.2.826.0.1.3680043.10.99.{number}" for number in range(128)]
    files = [write_file(tmp_path, number, sop_class=uid) for number, uid in enumerate(classes, 100)]
    archive = Archive(lambda number, request: success(request))
    with ExitStack() as running:
        served = running.enter_context(serving(lambda report: archive, any_sop_class=True))
        events = []
        for event in store(_request(served.port, fail_fast=True), files):
            events.append(event)
            if len(archive.taken) == 64:
                running.close()
    assert _count(events, NotStored) == 1
    assert events[-1] == next(event for event in events if isinstance(event, NotStored))
