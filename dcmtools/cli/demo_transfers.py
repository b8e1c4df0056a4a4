"""What the demo has its archive do, each step as a client sees it: echo, store, find, get and move."""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from dcmtools.dicom.part10 import InstanceFile, check_complete, read_instance
from dcmtools.dicom.storing import InstanceStore
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, UNCOMPRESSED
from dcmtools.errors import FileError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.events import BadFile, Finished, Match, NotStored, Received, Skipped, Stored, Unidentified
from dcmtools.net.files import dataset_pieces, whole_dataset
from dcmtools.net.find import find
from dcmtools.net.inputs import plan_inputs
from dcmtools.net.models import InformationModel
from dcmtools.net.reception import Arrivals, Event, StorageProvider
from dcmtools.net.repeated_get import GetRequest, get_all
from dcmtools.net.retrieve import move
from dcmtools.net.statuses import describe_status
from dcmtools.net.store import StoreRequest, store

AE_TITLE = "DEMO"

STUDY_KEYS = (
    "PatientName",
    "PatientID",
    "StudyDate",
    "StudyDescription",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedInstances",
    "StudyInstanceUID",
)
"""What is asked of each study."""

_MODEL = InformationModel.STUDY_ROOT.sop_classes


@dataclass
class Sample:
    """What became of one sample file; `identical` stays None where nothing was stored."""

    path: str
    file: InstanceFile | None
    status: str
    identical: bool | None = None


@dataclass(frozen=True)
class Retrieval:
    """How a retrieval ended, and how many objects arrived, so many of them as they were sent."""

    status: str
    arrived: int
    identical: int


def verify(peer: Peer) -> str:
    """Send a C-ECHO; return the status, and how long it took."""
    context = verification_context([EXPLICIT_VR_LITTLE_ENDIAN])
    with associate(peer, AE_TITLE, [context], Limits()) as association:
        answer = next(echo(association, 1))
    return f"{describe_status(answer.status, 'verification')} after {answer.seconds * 1000:.1f} ms"


def send_samples(peer: Peer, received: queue.SimpleQueue[Received]) -> list[Sample]:
    """Send all samples; compare each with what was `received` before its response."""
    samples = {sample.path: sample for sample in _plan()}
    files = [sample.file for sample in samples.values() if sample.file is not None]
    for event in store(StoreRequest(peer, AE_TITLE, Limits()), files):
        match event:
            case Stored(path, status=status):
                sample = samples[path]
                sample.status = describe_status(status, "storage")
                stored = received.get_nowait().path
                if sample.file is not None and stored is not None:
                    sample.identical = _sent(sample.file) == _held(stored)
            case NotStored(path, reason):
                samples[path].status = reason
    return list(samples.values())


def find_studies(peer: Peer) -> list[Dataset]:
    """Query for all studies."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    for keyword in STUDY_KEYS:
        setattr(identifier, keyword, None)
    contexts = [Proposal(_MODEL.find, UNCOMPRESSED).context()]
    with associate(peer, AE_TITLE, contexts, Limits()) as association:
        return [event.identifier for event in find(association, identifier) if isinstance(event, Match)]


def get_studies(
    peer: Peer, uids: list[str], folder: Path, report: Callable[[Event], None]
) -> Finished | None:
    """Retrieve studies into `folder` with C-GET; return the final response."""
    objects = InstanceStore(folder)
    objects.prepare()
    request = GetRequest(peer, AE_TITLE, Limits(), _MODEL.get or "", _studies(uids), ())
    arrivals = Arrivals()

    def note(event: Event) -> None:
        report(event)
        arrivals.note(event)

    events = list(get_all(request, StorageProvider(objects, note), arrivals))
    return next((event for event in reversed(events) if isinstance(event, Finished)), None)


def move_studies(peer: Peer, uids: list[str], destination: str) -> Finished | None:
    """Have studies sent to the AE title `destination` with C-MOVE; return the final response."""
    context = Proposal(_MODEL.move or "", UNCOMPRESSED).context()
    with associate(peer, AE_TITLE, [context], Limits()) as association:
        events = list(
            move(association, _MODEL.move or "", _studies(uids), destination, is_alive=lambda: True)
        )
    return next((event for event in reversed(events) if isinstance(event, Finished)), None)


def compare(finished: Finished | None, arrived: Iterable[object], samples: Iterable[Sample]) -> Retrieval:
    """Return how a retrieval went: its final response, and what arrived against what was sent."""
    sent = {_sent(sample.file) for sample in samples if sample.file is not None}
    held = [_held(event.path) for event in arrived if isinstance(event, Received) and event.path is not None]
    status = "no response" if finished is None else describe_status(finished.status, "retrieve")
    return Retrieval(status, len(held), sum(digest in sent for digest in held))


def _studies(uids: list[str]) -> Dataset:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.StudyInstanceUID = uids
    return identifier


def _plan() -> Iterator[Sample]:
    folder = Path(str(get_testdata_file("CT_small.dcm", download=False))).parent
    for found in plan_inputs([str(folder)], recurse=True):
        if not isinstance(found, InstanceFile):
            if isinstance(found, BadFile | Unidentified | Skipped):
                yield Sample(found.path, None, found.reason)
            continue
        try:
            check_complete(found)
        except FileError as exc:
            yield Sample(found.path, None, exc.reason)
        else:
            yield Sample(found.path, found, "")


def _sent(file: InstanceFile) -> bytes:
    """Return the digest of the dataset of a file, as it is sent."""
    return _digest(whole_dataset(file, file.transfer_syntax_uid))


def _held(path: str) -> bytes:
    """Return the digest of the dataset of a file that was received."""
    return _digest(dataset_pieces(read_instance(path)))


def _digest(pieces: Iterable[bytes | bytearray | memoryview]) -> bytes:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()
