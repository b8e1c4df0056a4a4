"""The sub-operations of a C-GET or C-MOVE as an SCP: counted, reported, and watched over."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from dcmtools.dicom.element_forms import ElementForm
from dcmtools.dicom.encoding import deflate
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.privacy import discreet
from dcmtools.dicom.transfer_syntaxes import encoding_of, is_deflated
from dcmtools.net.events import NotStored, Stored, SubOperations
from dcmtools.net.operation import Operation
from dcmtools.net.statuses import (
    CANCEL,
    PENDING,
    SUB_OPERATIONS_FAILED,
    SUB_OPERATIONS_INCOMPLETE,
    SUCCESS,
    category,
)

LOGGER = logging.getLogger(__name__)

_FAILED_SOP_INSTANCE_UID_LIST = 0x00080058
_MOST = 0xFFFF  # what the counts in a response can say, VR US
_PACE = 0.01  # seconds between two pending responses: each costs as much as a tenth of a sub-operation
_SILENCE = 5.0  # seconds after which a pending response says that the operation is alive


class Progress:
    """How far the retrieval of `files` is; tells the requestor after each of them, if not too often.

    It is the `Supervisor` of the sending: between and during sub-operations it takes in what the
    requestor says, and sends a pending response when there was nothing to say for long.
    """

    def __init__(self, operation: Operation, files: Sequence[InstanceFile]) -> None:
        self._operation = operation
        self._waiting = {file.path: file.sop_instance_uid for file in files}
        self._completed = 0
        self._warning = 0
        self._failed: list[str] = []
        self._reason: str | None = None
        self._spoke = 0.0  # monotonic time of the last pending response

    @property
    def is_cancelled(self) -> bool:
        """Whether the requestor has cancelled the operation."""
        return self._operation.is_cancelled

    def look(self) -> None:
        """Take in what the requestor says, and break a long silence."""
        self._operation.look()
        self._report(_SILENCE)

    def note(self, event: Stored | NotStored) -> None:
        """Count one sub-operation, and report it."""
        uid = self._waiting.pop(event.path)
        if isinstance(event, NotStored):
            self._fail(event.path, uid, event.reason)
        elif event.status == SUCCESS:
            self._completed += 1
        else:
            self._warning += 1
        if event.status is not None:
            LOGGER.info(
                "%s SCP: Received Store SCP response 0x%04X (%s)",
                self._operation.name,
                event.status,
                category(event.status),
            )
        self._operation.look()
        self._report(_PACE)

    def fail_rest(self, reason: str) -> None:
        """Count all that was not sent yet as failed."""
        for path, uid in self._waiting.items():
            self._fail(path, uid, reason)
        self._waiting.clear()

    def finish(self) -> None:
        """Send the final response (PS3.4 C.4.2.3.1, C.4.3.3.1)."""
        cancelled = self.is_cancelled and bool(self._waiting)
        if cancelled:
            status = CANCEL
        elif self._failed and not (self._completed or self._warning):
            status = SUB_OPERATIONS_FAILED
        else:
            status = SUB_OPERATIONS_INCOMPLETE if self._failed or self._warning else SUCCESS
        self._operation.respond(
            status,
            counts=self._counts(with_remaining=cancelled),
            identifier=self._failures(),
            comment=self._reason if status == SUB_OPERATIONS_FAILED else None,
        )

    def _fail(self, path: str, uid: str, reason: str) -> None:
        LOGGER.error("%s SCP: %s: not sent: %s", self._operation.name, discreet(path), reason)
        self._failed.append(uid)
        self._reason = reason

    def _report(self, pause: float) -> None:
        """Send a pending response, unless there was one within the last `pause` seconds."""
        now = time.monotonic()
        if now - self._spoke >= pause:
            self._operation.respond(PENDING[0], counts=self._counts(with_remaining=True))
            self._spoke = now

    def _counts(self, *, with_remaining: bool) -> SubOperations:
        return SubOperations(
            remaining=min(len(self._waiting), _MOST) if with_remaining else None,
            completed=min(self._completed, _MOST),
            failed=min(len(self._failed), _MOST),
            warning=min(self._warning, _MOST),
        )

    def _failures(self) -> list[bytes] | None:
        """Return the Identifier with the Failed SOP Instance UID List, None if nothing failed."""
        if not self._failed:
            return None
        syntax = self._operation.transfer_syntax_uid
        form = ElementForm.make(_FAILED_SOP_INSTANCE_UID_LIST, "UI", encoding_of(syntax))
        encoded = form.element("\\".join(self._failed)).encode("latin-1", "replace")
        return [deflate(encoded) if is_deflated(syntax) else encoded]
