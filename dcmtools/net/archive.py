"""What the Query/Retrieve and Worklist services need of an archive.

The shapes only: an archive, or a double of one in a test, has to fit them, and knows nothing of
this module.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from pydicom.dataset import Dataset

from dcmtools.dicom.answers import Answer
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.query import Query
from dcmtools.net.association import Limits, Peer


class Search(Protocol):
    """The answer to a query, which comes as it is asked for."""

    @property
    def unsupported(self) -> Collection[int]:
        """The tags of the keys that are not known, or that cannot be matched against."""

    def __iter__(self) -> Iterator[Answer]:
        """Iterate over the matches; raises DcmtoolsError when reading them fails."""

    def close(self) -> None:
        """Give up what is still to come."""


class Catalog(Protocol):
    """An index of stored SOP Instances; its methods are called from the threads of all associations."""

    def find(self, query: Query) -> Search:
        """Begin a search. Raises QueryError for keys that the query must not have, DcmtoolsError."""

    def locate(self, query: Query) -> Iterable[InstanceFile]:
        """Return the files to send. Raises QueryError, DcmtoolsError."""


class StepSearch(Protocol):
    """The worklist items, or unified procedure steps, that match."""

    @property
    def unsupported(self) -> Collection[int]:
        """The tags of the keys that are not known, or that cannot be matched against."""

    def __iter__(self) -> Iterator[Dataset]:
        """Iterate over the Identifiers to answer with; raises DcmtoolsError."""


class StepSource(Protocol):
    """Worklist items (PS3.4 annex K) or unified procedure steps (annex CC)."""

    def find(self, identifier: Dataset, *, fuzzy: bool, combined: bool) -> StepSearch:
        """Begin a search; `fuzzy` and `combined` are as in `Query`. Raises QueryError."""


@dataclass(frozen=True)
class Archive:
    """An archive to serve.

    `ae_title` is the one that it retrieves from, and with which it calls the `destinations` of
    C-MOVE, an application entity for each AE title, within `limits`. `steps` are the sources of
    the SOP classes Modality Worklist and UPS Pull; without one there are no matches. At most
    `max_results` matches are sent (None: all).
    """

    catalog: Catalog
    ae_title: str
    destinations: Mapping[str, Peer] = field(default_factory=lambda: MappingProxyType({}))
    limits: Limits = field(default_factory=Limits)
    steps: Mapping[str, StepSource] = field(default_factory=lambda: MappingProxyType({}))
    max_results: int | None = None
    log_identifiers: bool = True
