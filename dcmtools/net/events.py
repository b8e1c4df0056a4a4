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
    comment: str | None = None  # Error Comment
    offending: tuple[int, ...] = ()  # the tags of the Offending Elements


class NotYet(NamedTuple):
    """The peer that is waited for did not answer, for `reason`; it is asked again after `seconds`."""

    reason: str
    seconds: float


class KnownPeer(NamedTuple):
    """A named peer of the configuration file; `is_answering` is None where it was not asked.

    `seconds` is how long its answer took, `reason` why there was none.
    """

    name: str
    host: str
    port: int
    called_aet: str
    calling_aet: str
    tls: bool
    is_answering: bool | None = None
    seconds: float | None = None
    reason: str | None = None


class Sending(NamedTuple):
    """A file is about to be sent."""

    path: str


class Stored(NamedTuple):
    """The peer stored the SOP Instance of a file; `status` is 0x0000 or a warning.

    `comment` is the Error Comment, `offending` are the tags of the Offending Elements.
    """

    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    size: int  # bytes of the dataset
    status: int
    comment: str | None = None
    offending: tuple[int, ...] = ()


class NotStored(NamedTuple):
    """The SOP Instance of a file was not stored; `status` is that of the peer where it gave one.

    `hint`, where there is one, says what to do; `refused` are the SOP class and the transfer syntax
    where it is for them that the peer accepts no presentation context.
    """

    path: str
    reason: str
    status: int | None = None
    hint: str | None = None
    refused: tuple[str, str] | None = None


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


class Associated(NamedTuple):
    """An SCP accepted the association of a requestor at `address` and `port`."""

    calling_aet: str
    called_aet: str
    address: str
    port: int


class Dissociated(NamedTuple):
    """An association of an SCP is over; `released` if it ended in order (PS3.8 section 7.2)."""

    calling_aet: str
    called_aet: str
    address: str
    port: int
    released: bool


class FaultsPlanned(NamedTuple):
    """An SCP will make faults, as `rules` say; with `seed` chance decides the same again."""

    rules: tuple[str, ...]
    seed: int


class Injected(NamedTuple):
    """An SCP makes a fault, as it was asked to, in the operation of this number."""

    operation: str  # "associate", "echo", "store", "find", "get" or "move"
    number: int
    fault: str
    calling_aet: str


class Ending(NamedTuple):
    """An SCP ends for `reason`; `complete` if what it was to wait for has happened."""

    reason: str
    complete: bool


class Rejected(NamedTuple):
    """An SCP rejected an association; the AE titles are as the requestor gave them."""

    calling_aet: str
    called_aet: str
    host: str
    reason: str


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


class HookFailed(NamedTuple):
    """A hook could not be told of an occasion; `seconds` until it is tried again, None: not at all."""

    occasion: str  # "object", "association" or "study"
    subject: str
    target: str
    reason: str
    seconds: float | None


class Match(NamedTuple):
    """One pending C-FIND response with its Identifier."""

    number: int
    identifier: Dataset


class Unreadable(NamedTuple):
    """One pending C-FIND response with an Identifier that is no dataset."""

    number: int


class SubOperations(NamedTuple):
    """The state of a C-GET or C-MOVE (PS3.7 sections 9.1.3 and 9.1.4); None where the peer is silent."""

    remaining: int | None
    completed: int | None
    failed: int | None
    warning: int | None


class Finished(NamedTuple):
    """The final response of a C-FIND, C-GET or C-MOVE.

    `comment` is the Error Comment; `failed_instances` the Failed SOP Instance UID List; a C-FIND
    has no sub-operations; `offending` are the tags of the Offending Elements.
    """

    status: int
    comment: str | None = None
    failed_instances: tuple[str, ...] = ()
    sub_operations: SubOperations | None = None
    offending: tuple[int, ...] = ()


class Explanation(NamedTuple):
    """What a status, UID, data element or value representation is; `facts` are by their names."""

    subject: str
    kind: str
    name: str
    facts: dict[str, str]


class Unexplained(NamedTuple):
    """Nothing is known by `text`: `reason` says what it is not, `similar` are names that are like it."""

    text: str
    reason: str
    similar: tuple[str, ...]


class Acceptance(NamedTuple):
    """In which transfer syntaxes (names by their UIDs) a peer accepts a SOP class; none if it refuses it."""

    sop_class_uid: str
    sop_class: str
    transfer_syntaxes: dict[str, str]


class Alternatives(NamedTuple):
    """What `peer` accepts in place of a SOP class that it refused in the transfer syntaxes `refused`.

    Transfer syntaxes are names by their UIDs; `hint` says in words what else it accepts, and what to do.
    """

    peer: str
    sop_class_uid: str
    sop_class: str
    refused: dict[str, str]
    accepted: dict[str, str]
    hint: str

    @property
    def what(self) -> str:
        """The SOP class, and the transfer syntaxes if it is for them that it was refused."""
        return f"{self.sop_class} in {', '.join(self.refused.values())}" if self.accepted else self.sop_class


class Demonstrated(NamedTuple):
    """A `step` of the demo was done, `good` if as it should be."""

    step: str
    text: str
    good: bool
