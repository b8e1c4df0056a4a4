"""Senders in this process: what they sent, and what was acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.errors import AssociationError
from dcmtools.net.association import Limits, Peer
from dcmtools.net.events import NotStored, Stored
from dcmtools.net.store import StoreRequest, store

LIMITS = Limits(connect=10, acse=10, dimse=20, network=20)


class Sending(threading.Thread):
    """Sends files over one association (others follow when it is lost), from its construction on."""

    def __init__(self, port: int, files: Sequence[InstanceFile], called: str = "ANY-SCP") -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[str] = []  # SOP Instance UIDs
        self.refused: list[NotStored] = []
        self.error: AssociationError | None = None
        self._request = StoreRequest(Peer("127.0.0.1", port, called), "PROOF", LIMITS)
        self._files = files
        self.start()

    def run(self) -> None:
        try:
            for event in store(self._request, self._files):
                if isinstance(event, Stored):
                    self.acknowledged.append(event.sop_instance_uid)
                elif isinstance(event, NotStored):
                    self.refused.append(event)
        except AssociationError as exc:
            self.error = exc

    def finish(self, timeout: float = 60) -> Sending:
        """Wait for the end."""
        self.join(timeout)
        assert not self.is_alive(), "a sender does not end"
        return self


def send(port: int, files: Sequence[InstanceFile]) -> Sending:
    """Send files, and return what became of them."""
    return Sending(port, files).finish()
