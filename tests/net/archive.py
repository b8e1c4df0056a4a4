"""An archive with a catalog that is a list, and clients that ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, MRImageStorage

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.dicom.query import Level, Query
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN
from dcmtools.net.archive import Archive
from dcmtools.net.archive_provider import ArchiveProvider
from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.models import ARCHIVE_SOP_CLASSES, InformationModel
from dcmtools.net.negotiation import extended_negotiation, receiving_roles
from tests.net.conftest import BRIEF, serving
from tests.samples import write_instance

CT, MR = str(CTImageStorage), str(MRImageStorage)
STUDY_ROOT = InformationModel.STUDY_ROOT.sop_classes
PATIENT_ROOT = InformationModel.PATIENT_ROOT.sop_classes


class Found(NamedTuple):
    values: tuple[str, ...]
    character_set: str = ""


class ListedSearch:
    """Matches out of a list; tells whether it was closed."""

    def __init__(self, found: Iterable[Found], unsupported: frozenset[int] = frozenset()) -> None:
        self.unsupported = unsupported
        self.closed = False
        self.taken = 0
        self._found = found

    def __iter__(self) -> Iterator[Found]:
        for found in self._found:
            self.taken += 1
            yield found

    def close(self) -> None:
        self.closed = True


class ListedCatalog:
    """Answers every query with the same entities and files, and keeps what was asked."""

    def __init__(
        self,
        files: Iterable[InstanceFile] = (),
        found: Callable[[Query], Iterable[Found]] = lambda query: (),
        unsupported: frozenset[int] = frozenset(),
        error: Exception | None = None,
    ) -> None:
        self.files = list(files)
        self.queries: list[Query] = []
        self.searches: list[ListedSearch] = []
        self._found = found
        self._unsupported = unsupported
        self._error = error

    def find(self, query: Query) -> ListedSearch:
        self.queries.append(query)
        if self._error is not None:
            raise self._error
        search = ListedSearch(self._found(query), self._unsupported)
        self.searches.append(search)
        return search

    def locate(self, query: Query) -> list[InstanceFile]:
        self.queries.append(query)
        if self._error is not None:
            raise self._error
        return self.files


def numbered(count: int) -> Callable[[Query], Iterator[Found]]:
    """Make `count` matches, all of whose values are their number."""
    return lambda query: (Found((str(n),) * len(query.keys)) for n in range(count))


def identifier(level: str = Level.STUDY, **keys: object) -> Dataset:
    """An Identifier; without keys it asks for one study."""
    dataset = Dataset()
    dataset.QueryRetrieveLevel = str(level)
    for keyword, value in (keys or {"StudyInstanceUID": "1.2.3"}).items():
        setattr(dataset, keyword, value)
    return dataset


def instances(folder: Path, count: int, **values: object) -> list[InstanceFile]:
    """Write `count` small CT images of one study."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        read_instance(write_instance(folder / f"{number:04}.dcm", InstanceNumber=number, **values).path)
        for number in range(1, count + 1)
    ]


@contextmanager
def archive(catalog: object, *, storage=None, server: Mapping[str, object] | None = None, **changes: object):
    """Serve `catalog`; `changes` are those of the Archive, `server` those of the server's settings."""
    provider = ArchiveProvider(
        Archive(**{"catalog": catalog, "ae_title": "ARCHIVE", "limits": BRIEF} | changes)
    )
    settings = {"sop_classes": [CT, MR, VERIFICATION, *ARCHIVE_SOP_CLASSES]} | dict(server or {})
    with serving(storage, archive=provider, **settings) as running:
        yield running


@contextmanager
def asking(
    port: int,
    sop_class: str,
    *,
    receives: Iterable[Proposal] = (),
    flags: tuple[bool, ...] = (),
    limits: Limits = BRIEF,
    calling_aet: str = "SCU",
) -> Iterator[EstablishedAssociation]:
    """Associate for queries of `sop_class`, and to receive objects on the contexts `receives`."""
    receives = list(receives)
    contexts = [Proposal(sop_class, (EXPLICIT_VR_LITTLE_ENDIAN,)).context()]
    contexts += [proposal.context() for proposal in receives]
    roles = receiving_roles({proposal.sop_class_uid for proposal in receives})
    with associate(
        Peer("127.0.0.1", port),
        calling_aet,
        contexts,
        limits,
        negotiation=[*roles, *extended_negotiation(sop_class, flags)],
    ) as association:
        yield association
