"""What happened, one named tuple a fact (they are made quickly); the console renders them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


class Echoed(NamedTuple):
    """The peer answered a C-ECHO request with `status` after `seconds`."""

    number: int
    status: int
    seconds: float


class Sending(NamedTuple):
    """A file is about to be sent."""

    path: str


class Stored(NamedTuple):
    """The peer stored the SOP Instance of a file; `status` is 0x0000 or a warning."""

    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    size: int  # bytes of the dataset
    status: int


class NotStored(NamedTuple):
    """The SOP Instance of a file was not stored; `status` is that of the peer where it gave one."""

    path: str
    reason: str
    status: int | None = None


class Inaccessible(NamedTuple):
    """A path that was to be sent does not exist or cannot be looked at."""

    path: str


class BadFile(NamedTuple):
    """A file that was to be sent is no DICOM file, or not a whole one."""

    path: str
    reason: str


class Unidentified(NamedTuple):
    """A DICOM file that was to be sent lacks a UID that sending needs."""

    path: str
    reason: str


class Skipped(NamedTuple):
    """A file in a folder was passed over because it is nothing to send."""

    path: str
    reason: str


class Lost(NamedTuple):
    """The association ended before its work was done; a new one goes on with the rest."""

    reason: str


class Retrying(NamedTuple):
    """What failed for `reason` is tried again after `seconds`: retry `number` of `most`."""

    reason: str
    seconds: float
    number: int
    most: int


class AlreadyStored(NamedTuple):
    """The peer stored the SOP Instance of a file in an earlier run."""

    path: str


class Changed(NamedTuple):
    """A file is no longer what the peer stored in an earlier run."""

    path: str


class Listening(NamedTuple):
    """An SCP accepts connections on `address` and `port`."""

    address: str
    port: int


class Receiving(NamedTuple):
    """A C-STORE request arrived; the object will be stored as `name`."""

    name: str


class Received(NamedTuple):
    """A SOP Instance was received and stored as `path` (None: it was to be ignored)."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    path: str | None
    size: int  # bytes of the dataset
    outcome: str  # "stored", "identical", "replaced", "renamed" or "ignored"


class NotReceived(NamedTuple):
    """A SOP Instance was refused with `status`."""

    sop_instance_uid: str
    status: int
    reason: str


class Querying(NamedTuple):
    """Query `number` of several is about to be made; `source` is where it stands."""

    number: int
    source: str


class NoMatch(NamedTuple):
    """The peer has no match for a query that was to have one."""

    source: str


class Match(NamedTuple):
    """One pending C-FIND response with its Identifier."""

    number: int
    identifier: Dataset


class SubOperations(NamedTuple):
    """The state of a C-GET or C-MOVE (PS3.7 sections 9.1.3 and 9.1.4); None where the peer is silent."""

    remaining: int | None
    completed: int | None
    failed: int | None
    warning: int | None


class Finished(NamedTuple):
    """The final response of a C-FIND, C-GET or C-MOVE.

    `comment` is the Error Comment; `failed_instances` the Failed SOP Instance UID List; a C-FIND
    has no sub-operations.
    """

    status: int
    comment: str | None = None
    failed_instances: tuple[str, ...] = ()
    sub_operations: SubOperations | None = None
