"""C-GET from archives of several habits: what a first pass cannot bring, later ones do, or it is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage, JPEG2000Lossless, MRImageStorage, RLELossless
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES

from dcmtools.dicom.encoding import encode_dataset
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN as EXPLICIT
from dcmtools.errors import NoContextError
from dcmtools.net.association import Peer
from dcmtools.net.events import Finished
from dcmtools.net.models import InformationModel
from dcmtools.net.reception import Arrivals, StorageProvider
from dcmtools.net.repeated_get import GetRequest, get_all
from dcmtools.net.retrieval_contexts import COMMON_PASSES
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.entity import listening_server
from dcmtools.net.transfer.stream import LinkEndedError
from dcmtools.wire.commands import Command, CommandField
from tests.net.conftest import BRIEF

GET = InformationModel.STUDY_ROOT.sop_classes.get
QUERY = Dataset()
QUERY.QueryRetrieveLevel = "STUDY"
QUERY.StudyInstanceUID = "1.2.3"

Held = tuple[str, str, str | None]  # SOP Instance UID, SOP class, transfer syntax (None: cannot be read)


class Archive:
    """Sends what it holds on a context of the object's own transfer syntax only."""

    def __init__(self, *held: Held, gives_up: bool = False, status: int | None = None) -> None:
        self.held = held
        self.gives_up = gives_up
        self.status = status
        self.queries = 0

    def requested(self, association) -> None:
        pass

    def ended(self, association) -> None:
        pass

    def serve(self, association) -> None:
        channel = Channel(association)
        try:
            while True:
                self._answer(channel, association)
        except LinkEndedError:
            channel.close()

    def _answer(self, channel: Channel, association) -> None:
        arrived = channel.command(10)
        for _ in channel.pieces(arrived, 10):
            pass
        self.queries += 1
        contexts = {
            (str(cx.abstract_syntax), str(cx.transfer_syntax[0])): cx.context_id
            for cx in reversed(association.accepted_contexts)
        }
        failed: list[str] = []
        completed = 0
        for number, (uid, sop_class, syntax) in enumerate(self.held):
            remaining = len(self.held) - number - 1
            context_id = contexts.get((sop_class, syntax))
            if self.status is None and context_id is not None:
                self._store(channel, context_id, uid, sop_class)
                completed += 1
            else:
                failed.append(uid)
                if self.gives_up:
                    self._respond(channel, arrived.command, 0xC000, (0, completed, 1, 0), failed)
                    return
            self._respond(channel, arrived.command, 0xFF00, (remaining, completed, len(failed), 0), [])
        status = 0 if not failed else 0xB000 if completed else 0xA702
        counts = (0, completed, len(failed), 0)
        self._respond(channel, arrived.command, self.status or status, counts, failed)

    def _store(self, channel: Channel, context_id: int, uid: str, sop_class: str) -> None:
        request = Command(
            field=CommandField.C_STORE_RQ,
            message_id=1,
            priority=0,
            has_dataset=True,
            sop_class_uid=sop_class,
            sop_instance_uid=uid,
        )
        channel.send(context_id, request, [b"data"])
        assert channel.command(10).command.status == 0

    def _respond(self, channel, request, status, counts, failed) -> None:
        identifier = Dataset()
        identifier.FailedSOPInstanceUIDList = failed
        has_list = bool(failed) and status != 0xFF00 and not self.gives_up
        names = ("remaining", "completed", "failed", "warning")
        response = Command(
            field=CommandField.C_GET_RSP,
            responded_to=request.message_id,
            status=status,
            has_dataset=has_list,
            **dict(zip(names, counts, strict=True)),
        )
        data = [encode_dataset(identifier, UID(EXPLICIT))] if has_list else None
        channel.send(1, response, data)


@contextmanager
def listening(archive: Archive, *sop_classes: str) -> Iterator[Peer]:
    entity = AE("ARCHIVE")
    entity.add_supported_context(GET, [EXPLICIT])
    for sop_class in sop_classes or (CTImageStorage, MRImageStorage):
        entity.add_supported_context(sop_class, ALL_TRANSFER_SYNTAXES[1:], scu_role=True, scp_role=True)
    server = listening_server(entity, ("127.0.0.1", 0), entity.supported_contexts, service=archive)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Peer("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        thread.join()


def _get(archive: Archive, *sop_classes: str) -> tuple[Finished, Arrivals]:
    arrivals = Arrivals()
    with listening(archive, *sop_classes) as peer:
        request = GetRequest(peer, "SCU", BRIEF, GET, QUERY)
        events = list(get_all(request, StorageProvider(None, arrivals.note), arrivals))
    assert [type(event) for event in events].count(Finished) == 1
    return events[-1], arrivals


CT, MR = str(CTImageStorage), str(MRImageStorage)
PLAIN = ("1.2.1", CT, EXPLICIT)
COMPRESSED = ("1.2.2", MR, str(JPEG2000Lossless))
RUN_LENGTH = ("1.2.3", CT, str(RLELossless))


def test_what_is_uncompressed_comes_in_one_pass():
    archive = Archive(PLAIN, ("1.2.9", MR, EXPLICIT))
    finished, arrivals = _get(archive)
    assert (finished.status, arrivals.received, archive.queries) == (0, {"1.2.1", "1.2.9"}, 1)


@pytest.mark.parametrize("gives_up", [False, True])
def test_what_is_compressed_comes_in_another(gives_up):
    archive = Archive(PLAIN, COMPRESSED, RUN_LENGTH, gives_up=gives_up)
    finished, arrivals = _get(archive)
    assert (finished.status, finished.failed_instances) == (0, ())
    assert arrivals.received == {"1.2.1", "1.2.2", "1.2.3"}
    assert archive.queries <= COMMON_PASSES


def test_what_cannot_be_had_is_named_and_not_asked_for_endlessly():
    archive = Archive(PLAIN, ("1.2.7", CT, None), COMPRESSED)
    finished, arrivals = _get(archive)
    assert arrivals.received == {"1.2.1", "1.2.2"}
    assert finished.failed_instances == ("1.2.7",)
    assert (finished.sub_operations.completed, finished.sub_operations.failed) == (2, 1)
    assert finished.status == 0xB000
    assert archive.queries <= COMMON_PASSES + 1


@pytest.mark.parametrize("status", [0xA701, 0xA900, 0x0122])
def test_a_query_that_fails_is_not_repeated(status):
    archive = Archive(PLAIN, status=status)
    finished, arrivals = _get(archive)
    assert (finished.status, archive.queries, arrivals.received) == (status, 1, set())


def test_no_match_is_no_failure():
    finished, _ = _get(Archive())
    assert (finished.status, finished.sub_operations.failed) == (0, 0)


def test_a_peer_that_sends_nothing_is_an_error():
    with pytest.raises(NoContextError, match="no storage context"):
        _get(Archive(PLAIN), "1.2.840.10008.1.1")
