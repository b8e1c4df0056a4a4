"""A channel that can be disturbed while a request is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dcmtools.net.faults import Stage
from dcmtools.net.statuses import category
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.stream import LinkTimeoutError

if TYPE_CHECKING:
    from pynetdicom.association import Association

    from dcmtools.wire.commands import Command
    from dcmtools.wire.framing import Buffer
    from dcmtools.wire.messages import CommandArrived

_GLANCE = 0.25  # seconds between two calls of what may end a wait


class FaultyChannel(Channel):
    """Receives requests and sends responses, and lets a disturbance have its way between them."""

    def __init__(self, association: Association) -> None:
        super().__init__(association)
        self.numbers: Counter[int] = Counter()
        """How many operations have been counted for each rule of a `FaultPlan`."""
        self._disturb: Callable[[Stage], None] = _nothing
        self._status: int | None = None

    @contextmanager
    def disturbed(self, disturb: Callable[[Stage], None], status: int | None) -> Iterator[None]:
        """Call `disturb` at the stages of the request that the block answers.

        The final response gets `status`, if there is one and the true one is no failure.
        """
        self._disturb, self._status = disturb, status
        try:
            disturb(Stage.REQUEST)
            yield
        finally:
            self._disturb, self._status = _nothing, None

    def pieces(self, arrived: CommandArrived, timeout: float | None) -> Iterator[memoryview]:
        """Yield the dataset of `arrived` piece by piece; there is a stage behind the first."""
        is_first = True
        for piece in super().pieces(arrived, timeout):
            yield piece
            if is_first:
                self._disturb(Stage.DATASET)
            is_first = False

    def send(self, context_id: int, command: Command, dataset: Iterable[Buffer] | None = None) -> None:
        """Send `command`; there is a stage before a final response."""
        if command.is_response and not command.is_pending:
            self._disturb(Stage.RESPONSE)
            if self._status is not None and category(command.status or 0) != "Failure":
                command = command._replace(status=self._status)
        super().send(context_id, command, dataset)

    def let_wait(self, check: Callable[[], None]) -> None:
        """Read what the peer sends, and answer nothing, until it ends the association or `check` raises."""
        while True:
            check()
            try:
                self.next(_GLANCE)
            except LinkTimeoutError:
                continue


def _nothing(_stage: Stage) -> None:
    pass
