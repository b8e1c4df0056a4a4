"""C-GET and C-MOVE as an SCP over real associations."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.dicom.storing import InstanceStore
from dcmtools.errors import AssociationAbortedError, DcmtoolsError
from dcmtools.net.access import Access, Rights
from dcmtools.net.association import Limits, Peer
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import VERIFICATION, echo
from dcmtools.net.events import Finished, SubOperations
from dcmtools.net.identifiers import send_query
from dcmtools.net.reception import StorageProvider
from dcmtools.net.retrieve import get, move
from dcmtools.wire.commands import Command, CommandField
from tests.net.archive import (
    CT,
    MR,
    PATIENT_ROOT,
    STUDY_ROOT,
    ListedCatalog,
    archive,
    asking,
    identifier,
    instances,
)
from tests.net.conftest import serving
from tests.samples import datasets, sample

EXPLICIT, IMPLICIT, JPEG2000 = map(str, (ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless))
ONE = identifier()
WHOLE_CT = Proposal(CT, (EXPLICIT,))
DESTINATION = "DEST"


class Receiver:
    """Takes objects as a storage provider does, and answers what `answer` says for the nth."""

    def __init__(self, answer=lambda number: 0) -> None:
        self.requests: list[Command] = []
        self.datasets: list[bytes] = []
        self._answer = answer

    def receive(self, context, request, pieces) -> Command:
        self.datasets.append(b"".join(bytes(piece) for piece in pieces))
        self.requests.append(request)
        return Command(
            field=CommandField.C_STORE_RSP,
            responded_to=request.message_id,
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            status=self._answer(len(self.requests)),
        )

    @property
    def uids(self) -> list[str | None]:
        return [request.sop_instance_uid for request in self.requests]


def uids(files: list[InstanceFile]) -> list[str]:
    return [file.sop_instance_uid for file in files]


def contents(files: list[InstanceFile]) -> list[bytes]:
    return [Path(file.path).read_bytes()[file.offset :] for file in files]


def fetch(
    port: int,
    receiver: Receiver,
    receives: list[Proposal] | None = None,
    query: Dataset = ONE,
    **options: object,
) -> tuple[list[SubOperations], Finished]:
    """C-GET once."""
    receives = [WHOLE_CT] if receives is None else receives
    with asking(port, STUDY_ROOT.get, receives=receives, **options) as association:
        *pending, final = get(association, STUDY_ROOT.get, query, receiver)
    return pending, final


def order(
    port: int, query: Dataset = ONE, destination: str = DESTINATION, **options: object
) -> tuple[list[SubOperations], Finished]:
    """C-MOVE once."""
    with asking(port, STUDY_ROOT.move, **options) as association:
        *pending, final = move(association, STUDY_ROOT.move, query, destination, is_alive=lambda: True)
    return pending, final


@contextmanager
def destination(receiver: Receiver, **settings: object) -> Iterator[dict[str, Peer]]:
    """Run a receiver; gives what an archive is to know of it."""
    with serving(
        lambda report: receiver, **({"sop_classes": [CT], "ae_title": DESTINATION} | settings)
    ) as running:
        yield {DESTINATION: Peer("127.0.0.1", running.port, DESTINATION)}


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(params=["get", "move"])
def retrieve(request):
    """Both ways to have objects sent to a receiver."""

    def by_get(catalog, receiver, receives=None, **changes):
        with archive(catalog, **changes) as running:
            return fetch(running.port, receiver, receives)

    def by_move(catalog, receiver, receives=None, **changes):
        accepted = [WHOLE_CT] if receives is None else receives
        settings = {
            "sop_classes": sorted({proposal.sop_class_uid for proposal in accepted}) or [VERIFICATION],
            "transfer_syntaxes": [uid for proposal in accepted for uid in proposal.transfer_syntaxes]
            or [IMPLICIT],
        }
        with (
            destination(receiver, **settings) as known,
            archive(catalog, destinations=known, **changes) as running,
        ):
            return order(running.port)

    return {"get": by_get, "move": by_move}[request.param]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_all_objects_are_sent_as_they_are(tmp_path, retrieve, count):
    files, receiver = instances(tmp_path, count), Receiver()
    pending, final = retrieve(ListedCatalog(files), receiver)
    assert receiver.uids == uids(files)
    assert receiver.datasets == contents(files)
    assert final == Finished(0, None, (), SubOperations(None, count, 0, 0))
    assert all(counts.remaining + counts.completed == count for counts in pending)
    assert [counts.completed for counts in pending[:1]] == [1] * min(count, 1)


def test_a_large_object_is_sent_in_pieces(tmp_path, retrieve):
    files, receiver = instances(tmp_path, 2, BitsAllocated=16, PixelData=bytes(5_000_000)), Receiver()
    _, final = retrieve(ListedCatalog(files), receiver)
    assert final.status == 0
    assert receiver.datasets == contents(files)


@pytest.mark.parametrize(
    ("answers", "status", "counts"),
    [
        ((0, 0xA700, 0), 0xB000, SubOperations(None, 2, 1, 0)),
        ((0, 0xB000, 0), 0xB000, SubOperations(None, 2, 0, 1)),
        ((0xB006, 0xC000, 0xB007), 0xB000, SubOperations(None, 0, 1, 2)),
        ((0xA700, 0xC000, 0x0122), 0xA702, SubOperations(None, 0, 3, 0)),
    ],
)
def test_failures_and_warnings_are_counted_and_failures_listed(tmp_path, retrieve, answers, status, counts):
    files = instances(tmp_path, 3)
    _, final = retrieve(ListedCatalog(files), Receiver(lambda number: answers[number - 1]))
    failed = [uid for uid, answer in zip(uids(files), answers, strict=True) if answer >> 12 != 0xB and answer]
    assert (final.status, final.sub_operations) == (status, counts)
    assert list(final.failed_instances) == failed
    assert bool(final.comment) == (status == 0xA702)


def _gone(file: InstanceFile) -> InstanceFile:
    Path(file.path).unlink()
    return file


def _cut(file: InstanceFile) -> InstanceFile:
    with Path(file.path).open("r+b") as stream:
        stream.truncate(file.offset + file.length - 2)
    return file


@pytest.mark.parametrize("spoil", [_gone, _cut])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_file_that_cannot_be_read_is_one_failed_sub_operation(tmp_path, retrieve, spoil, position):
    files, receiver = instances(tmp_path, 3), Receiver()
    spoil(files[position])
    _, final = retrieve(ListedCatalog(files), receiver)
    assert final.status == 0xB000
    assert final.sub_operations == SubOperations(None, 2, 1, 0)
    assert final.failed_instances == (files[position].sop_instance_uid,)
    assert receiver.uids == [uid for uid in uids(files) if uid not in final.failed_instances]


def test_all_files_are_gone(tmp_path, retrieve):
    files = [_gone(file) for file in instances(tmp_path, 2)]
    _, final = retrieve(ListedCatalog(files), Receiver())
    assert (final.status, final.failed_instances) == (0xA702, tuple(uids(files)))


def test_a_transfer_syntax_that_is_refused_is_converted(tmp_path, retrieve):
    files, receiver = instances(tmp_path, 2), Receiver()
    _, final = retrieve(ListedCatalog(files), receiver, [Proposal(CT, (IMPLICIT,))])
    assert final.status == 0
    assert all(data[4:8] == b"\x1a\0\0\0" for data in receiver.datasets)  # no VR but a length of 26


def test_what_cannot_be_converted_fails_alone(tmp_path, retrieve):
    compressed = read_instance(sample("MR_small_jp2klossless.dcm"))
    files, receiver = [*instances(tmp_path, 2), compressed], Receiver()
    _, final = retrieve(ListedCatalog(files), receiver, [WHOLE_CT, Proposal(MR, (EXPLICIT,))])
    assert final.status == 0xB000
    assert final.failed_instances == (compressed.sop_instance_uid,)


def test_a_compressed_object_goes_out_compressed(retrieve):
    compressed, receiver = read_instance(sample("MR_small_jp2klossless.dcm")), Receiver()
    offered = [Proposal(MR, (JPEG2000, EXPLICIT))]
    _, final = retrieve(ListedCatalog([compressed]), receiver, offered)
    assert final.status == 0
    assert receiver.datasets == contents([compressed])


def test_a_catalog_that_fails_says_so(retrieve):
    _, final = retrieve(ListedCatalog(error=DcmtoolsError("the database is gone")), Receiver())
    assert final == Finished(0xC000, "the database is gone", (), SubOperations(None, None, None, None))


def test_a_failed_list_may_be_longer_than_an_explicit_length_can_say(tmp_path, retrieve):
    [file] = instances(tmp_path, 1)
    files = [
        file._replace(path=f"{tmp_path}/none-{n}", sop_instance_uid=f"1.2.3.{n}".ljust(60, "1"))
        for n in range(1200)
    ]
    _, final = retrieve(ListedCatalog(files), Receiver())
    assert final.status == 0xA702
    assert final.failed_instances == tuple(uids(files))


@pytest.mark.parametrize(
    ("query", "flags", "status"),
    [
        (identifier("STUDY", PatientID="1"), (), 0xA900),
        (identifier("SERIES", SeriesInstanceUID="1.2"), (), 0xA900),
        (identifier("SERIES", SeriesInstanceUID="1.2"), (True,), 0),
        (identifier("PATIENT", PatientID="1"), (), 0xA900),
    ],
)
def test_an_identifier_has_to_fit_the_model(query, flags, status):
    known = {DESTINATION: Peer("127.0.0.1", 1, DESTINATION)}
    with archive(ListedCatalog(), destinations=known) as running:
        _, got = fetch(running.port, Receiver(), query=query, flags=flags)
        _, moved = order(running.port, query, flags=flags)
    assert (got.status, moved.status) == (status, status)


def test_an_unknown_destination_is_refused_before_the_identifier_is_looked_at():
    catalog = ListedCatalog()
    with archive(catalog) as running:
        _, final = order(running.port, identifier("PATIENT"), "NOBODY")
    assert (final.status, final.comment) == (0xA801, "Unknown Move Destination: NOBODY")
    assert catalog.queries == []


def test_who_may_not_read_gets_nothing(tmp_path):
    access = Access(other_rights=Rights(read=False))
    receiver = Receiver()
    with archive(ListedCatalog(instances(tmp_path, 1)), server={"access": access}) as running:
        _, got = fetch(running.port, receiver)
        _, moved = order(running.port)
    assert (got.status, moved.status) == (0xC000, 0xC000)
    assert receiver.requests == []


def test_a_move_names_its_originator_and_its_own_title(tmp_path):
    receiver, files = Receiver(), instances(tmp_path, 2)
    callers: list[str] = []

    class Noting(Receiver):
        def receive(self, context, request, pieces):
            callers.append(threading.current_thread().requestor.ae_title)
            return super().receive(context, request, pieces)

    receiver = Noting()
    with destination(receiver) as known, archive(ListedCatalog(files), destinations=known) as running:
        with asking(running.port, STUDY_ROOT.move, calling_aet="VIEWER") as association:
            for _ in range(2):
                list(move(association, STUDY_ROOT.move, ONE, DESTINATION, is_alive=lambda: True))
    originators = [(r.move_originator_aet, r.move_originator_message_id) for r in receiver.requests]
    assert originators == [("VIEWER", 1), ("VIEWER", 1), ("VIEWER", 2), ("VIEWER", 2)]
    assert set(callers) == {"ARCHIVE"}


def test_a_get_names_no_originator(tmp_path):
    receiver = Receiver()
    with archive(ListedCatalog(instances(tmp_path, 1))) as running:
        fetch(running.port, receiver)
    assert receiver.requests[0].move_originator_aet is None


@pytest.mark.parametrize(("asked", "given"), [(0, 0), (1, 1), (2, 2), (7, 0), (None, 0)])
def test_sub_operations_have_the_priority_of_the_request(tmp_path, asked, given):
    receiver = Receiver()
    with archive(ListedCatalog(instances(tmp_path, 1))) as running:
        with asking(running.port, STUDY_ROOT.get, receives=[WHOLE_CT]) as association:
            original = association.send

            def send(context_id, command, dataset=None):
                if command.field == CommandField.C_GET_RQ:
                    command = command._replace(priority=asked)
                original(context_id, command, dataset)

            association.send = send
            list(get(association, STUDY_ROOT.get, ONE, receiver))
    assert receiver.requests[0].priority == given


def test_without_the_scp_role_there_is_no_context_to_send_on(tmp_path):
    with archive(ListedCatalog(instances(tmp_path, 2))) as running:
        with asking(running.port, STUDY_ROOT.get) as association:
            *_, final = get(association, STUDY_ROOT.get, ONE, Receiver())
    assert (final.status, final.sub_operations) == (0xA702, SubOperations(None, 0, 2, 0))
    assert "refused the SOP class" in (final.comment or "")


def test_more_sop_classes_than_an_association_has_contexts(tmp_path):
    [file] = instances(tmp_path, 1)
    files = [
        file._replace(path=path, sop_class_uid=f"1.2.826.0.1.{n}", sop_instance_uid=f"1.2.3.{n}")
        for n, path in enumerate(_copies(Path(file.path), 140))
    ]
    receiver = Receiver()
    with destination(receiver, any_sop_class=True) as known:
        with archive(ListedCatalog(files), destinations=known) as running:
            _, final = order(running.port)
    assert (final.status, final.sub_operations) == (0, SubOperations(None, 140, 0, 0))
    assert sorted(map(str, receiver.uids)) == sorted(uids(files))


def _copies(path: Path, count: int) -> list[str]:
    copies = []
    for number in range(count):
        copy = path.with_name(f"copy-{number}.dcm")
        copy.write_bytes(path.read_bytes())
        copies.append(str(copy))
    return copies


def test_a_destination_that_does_not_answer(tmp_path, caplog):
    files = instances(tmp_path, 2)
    with closed_port() as port:
        known = {DESTINATION: Peer("127.0.0.1", port, DESTINATION)}
        with archive(ListedCatalog(files), destinations=known) as running:
            _, final = order(running.port)
    assert (final.status, final.sub_operations) == (0xA702, SubOperations(None, 0, 2, 0))
    assert final.failed_instances == tuple(uids(files))
    assert "connection refused" in (final.comment or "")
    assert "Move SCP: Unable to associate with destination AE" in caplog.text


def test_a_destination_that_refuses_all_contexts(tmp_path):
    files = instances(tmp_path, 2)
    with destination(Receiver(), sop_classes=[VERIFICATION]) as known:
        with archive(ListedCatalog(files), destinations=known) as running:
            _, final = order(running.port)
    assert (final.status, final.failed_instances) == (0xA702, tuple(uids(files)))


def test_a_destination_that_aborts_costs_the_object_under_way(tmp_path):
    def answer(number: int) -> int:
        if number == 2:
            raise RuntimeError("the destination has a defect")  # which aborts the association
        return 0

    files, receiver = instances(tmp_path, 4), Receiver(answer)
    with destination(receiver) as known, archive(ListedCatalog(files), destinations=known) as running:
        _, final = order(running.port)
    assert (final.status, final.sub_operations) == (0xB000, SubOperations(None, 3, 1, 0))
    assert final.failed_instances == (files[1].sop_instance_uid,)


def test_a_move_can_be_cancelled(tmp_path):
    entered, going_on = threading.Event(), threading.Event()

    def answer(number: int) -> int:
        if number == 3:
            entered.set()
            assert going_on.wait(10)
        return 0

    files, receiver = instances(tmp_path, 10), Receiver(answer)
    with destination(receiver) as known, archive(ListedCatalog(files), destinations=known) as running:
        with asking(running.port, STUDY_ROOT.move) as association:
            context = association.contexts[0]
            message_id = send_query(
                association, context, CommandField.C_MOVE_RQ, ONE, move_destination=DESTINATION
            )
            assert entered.wait(10)
            association.cancel(context.context_id, message_id)
            going_on.set()
            final = _final(association, message_id)
    assert final.status == 0xFE00
    assert (final.completed or 0) + (final.remaining or 0) == 10
    assert final.completed in (3, 4)
    assert len(receiver.requests) == final.completed


def test_a_get_can_be_cancelled(tmp_path):
    files, receiver = instances(tmp_path, 10), Receiver()
    with archive(ListedCatalog(files)) as running:
        with asking(running.port, STUDY_ROOT.get, receives=[WHOLE_CT]) as association:
            context = association.contexts[0]
            message_id = send_query(association, context, CommandField.C_GET_RQ, ONE)
            while True:
                arrived = association.arrived(5)
                if arrived.command.is_response:
                    if arrived.command.status != 0xFF00:
                        break
                    continue
                response = receiver.receive(context, arrived.command, association.pieces(arrived))
                if len(receiver.requests) == 3:
                    association.cancel(context.context_id, message_id)
                association.send(arrived.context_id, response)
            final = arrived.command
            *_, again = get(association, STUDY_ROOT.get, ONE, receiver)
    assert (final.status, final.completed, final.remaining) == (0xFE00, 3, 7)
    assert again.status == 0


def _final(association, message_id: int) -> Command:
    while True:
        response, _ = association.response(message_id, 5)
        if response.status != 0xFF00:
            return response


def test_a_move_ends_when_its_requestor_is_gone(tmp_path):
    entered, going_on = threading.Event(), threading.Event()

    def answer(number: int) -> int:
        entered.set()
        assert going_on.wait(10)
        return 0

    files, receiver = instances(tmp_path, 50), Receiver(answer)
    with destination(receiver) as known, archive(ListedCatalog(files), destinations=known) as running:
        with asking(running.port, STUDY_ROOT.move) as association:
            send_query(
                association,
                association.contexts[0],
                CommandField.C_MOVE_RQ,
                ONE,
                move_destination=DESTINATION,
            )
            assert entered.wait(10)
            association.abort()
        running.wait_until_idle()
        going_on.set()
    assert len(receiver.requests) == 1


def test_a_requestor_may_leave_while_the_destination_is_called(tmp_path):
    """The destination accepts the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        known = {DESTINATION: Peer("127.0.0.1", silent.getsockname()[1], DESTINATION)}
        limits = Limits(connect=2, acse=2, dimse=2, network=2)
        with archive(ListedCatalog(instances(tmp_path, 2)), destinations=known, limits=limits) as running:
            with asking(running.port, STUDY_ROOT.move) as association:
                send_query(
                    association,
                    association.contexts[0],
                    CommandField.C_MOVE_RQ,
                    ONE,
                    move_destination=DESTINATION,
                )
                connection, _ = silent.accept()
                association.abort()
            running.wait_until_idle()
            connection.close()


def test_a_silent_destination_does_not_silence_the_archive(tmp_path, monkeypatch):
    """While an object is awaited pending responses go on."""
    monkeypatch.setattr("dcmtools.net.sub_operations._SILENCE", 0.1)
    going_on = threading.Event()

    def answer(number: int) -> int:
        assert going_on.wait(10)
        return 0

    files, receiver = instances(tmp_path, 1), Receiver(answer)
    with destination(receiver) as known, archive(ListedCatalog(files), destinations=known) as running:
        with asking(running.port, STUDY_ROOT.move) as association:
            events = move(association, STUDY_ROOT.move, ONE, DESTINATION, is_alive=lambda: True)
            assert [next(events) for _ in range(3)] == [SubOperations(1, 0, 0, 0)] * 3
            going_on.set()
            [*_, final] = events
    assert final.status == 0


def test_a_destination_that_never_answers_is_left_after_the_time_out(tmp_path):
    stuck = threading.Event()

    def answer(number: int) -> int:
        stuck.wait(10)
        return 0

    limits = Limits(connect=1, acse=1, dimse=0.6, network=1)
    files = instances(tmp_path, 1)
    with destination(Receiver(answer)) as known:
        with archive(ListedCatalog(files), destinations=known, limits=limits) as running:
            _, final = order(running.port)
        stuck.set()
    assert (final.status, final.comment) == (0xA702, "no answer within the time-out")


def test_an_answer_to_something_else_ends_a_get(tmp_path):
    class Confused(Receiver):
        def receive(self, context, request, pieces):
            return super().receive(context, request._replace(message_id=77), pieces)

    with archive(ListedCatalog(instances(tmp_path, 2))) as running:
        with pytest.raises(AssociationAbortedError):
            fetch(running.port, Confused())
        with asking(running.port, VERIFICATION) as association:
            assert [event.status for event in echo(association, 1)] == [0]


def test_a_file_that_is_cut_while_it_is_sent_ends_a_get(tmp_path, monkeypatch):
    """Half a dataset is out: only an abort keeps the receiver from taking it for whole."""
    files = instances(tmp_path, 1, BitsAllocated=16, PixelData=bytes(4_000_000))
    monkeypatch.setattr("dcmtools.net.files.check_complete", lambda instance, data=None: _cut(instance))
    with archive(ListedCatalog(files)) as running:
        with pytest.raises(AssociationAbortedError):
            fetch(running.port, Receiver())


def test_the_server_stops_in_the_middle_of_a_retrieval(tmp_path):
    entered, going_on = threading.Event(), threading.Event()

    def answer(number: int) -> int:
        entered.set()
        assert going_on.wait(10)
        return 0

    files, receiver = instances(tmp_path, 50), Receiver(answer)
    with destination(receiver) as known, ExitStack() as stack:
        running = stack.enter_context(archive(ListedCatalog(files), destinations=known))
        with pytest.raises(AssociationAbortedError):
            with asking(running.port, STUDY_ROOT.move) as association:
                context = association.contexts[0]
                message_id = send_query(
                    association, context, CommandField.C_MOVE_RQ, ONE, move_destination=DESTINATION
                )
                assert entered.wait(10)
                stack.close()
                _final(association, message_id)
        going_on.set()
    assert len(receiver.requests) == 1


def test_the_server_stops_while_a_get_waits_for_an_answer(tmp_path):
    with ExitStack() as stack:
        running = stack.enter_context(archive(ListedCatalog(instances(tmp_path, 2))))
        with pytest.raises(AssociationAbortedError):
            with asking(running.port, STUDY_ROOT.get, receives=[WHOLE_CT]) as association:
                send_query(association, association.contexts[0], CommandField.C_GET_RQ, ONE)
                association.dataset(association.arrived(5))
                stack.close()
                association.arrived(5)


def test_a_get_whose_requestor_does_not_answer_is_ended(tmp_path):
    limits = Limits(connect=5, acse=5, dimse=0.3, network=5)
    with archive(ListedCatalog(instances(tmp_path, 2)), server={"limits": limits}) as running:
        with pytest.raises(AssociationAbortedError):
            with asking(running.port, STUDY_ROOT.get, receives=[WHOLE_CT]) as association:
                send_query(association, association.contexts[0], CommandField.C_GET_RQ, ONE)
                association.dataset(association.arrived(5))
                association.arrived(5)


def test_what_was_stored_can_be_retrieved(tmp_path):
    """Into a store and out of it again, identical."""
    files, catalog = instances(tmp_path / "sent", 3), ListedCatalog()
    out = InstanceStore(tmp_path / "got")
    out.prepare()
    with archive(catalog) as running:
        catalog.files = files
        with asking(running.port, PATIENT_ROOT.get, receives=[WHOLE_CT]) as association:
            events: list[object] = []
            query = identifier("PATIENT", PatientID="P1")
            *_, final = get(association, PATIENT_ROOT.get, query, StorageProvider(out, events.append))
    assert final.status == 0
    assert datasets((tmp_path / "got").iterdir()) == datasets((tmp_path / "sent").iterdir())


def test_log_lines(tmp_path, caplog):
    with caplog.at_level(logging.INFO), archive(ListedCatalog(instances(tmp_path, 1))) as running:
        fetch(running.port, Receiver())
        order(running.port, destination="NOBODY")
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("Received C-GET request from 127.0.0.1:") for line in lines)
    assert any(
        line.startswith("Received C-MOVE request from 127.0.0.1:")
        and line.endswith(" with move destination NOBODY")
        for line in lines
    )
    for line in (
        "Get SCP Request Identifier:",
        "Get SCP: Received Store SCP response 0x0000 (Success)",
        "Get SCP Response 1: 0xFF00 (Pending)",
        "Get SCP Response 2: 0x0000 (Success)",
        "No matching move destination in the configuration",
        "Move SCP: Unknown Move Destination: NOBODY",
    ):
        assert line in lines
