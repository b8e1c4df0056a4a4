"""Serving associations with faults, as a `FaultPlan` wants them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from dcmtools.net.access import Access, Rejection
from dcmtools.net.arrival import drain
from dcmtools.net.events import Injected
from dcmtools.net.faults import ActionKind, Due, Fault, FaultPlan, Operation, Stage
from dcmtools.net.service import ServiceProvider, response_to
from dcmtools.net.statuses import category
from dcmtools.net.stopping import AbandonedError, Stopping
from dcmtools.net.transfer.faulty_channel import FaultyChannel
from dcmtools.net.transfer.stream import LinkEndedError
from dcmtools.net.transfer.takeover import cut, wait_for_word
from dcmtools.wire.commands import CommandField

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

    from dcmtools.net.archive_provider import ArchiveProvider
    from dcmtools.net.reception import StorageProvider
    from dcmtools.net.transfer.channel import Channel
    from dcmtools.wire.messages import CommandArrived

_GLANCE = 0.1  # seconds between two looks whether the server is stopping
_COMMENT = "injected fault"
_LONG_IDLE = 0.0  # a moment from which an association is idle, to ask whether the server is stopping
_OPERATIONS = {
    CommandField.C_ECHO_RQ: Operation.ECHO,
    CommandField.C_STORE_RQ: Operation.STORE,
    CommandField.C_FIND_RQ: Operation.FIND,
    CommandField.C_GET_RQ: Operation.GET,
    CommandField.C_MOVE_RQ: Operation.MOVE,
}


class FaultMaker:
    """Makes the faults of `plan`, and tells `report` of each; one maker serves all associations."""

    def __init__(self, plan: FaultPlan, stopping: Stopping, report: Callable[[Injected], None]) -> None:
        self._plan = plan
        self._stopping = stopping
        self._report = report

    def due(self, operation: Operation, association: Association, numbers: Counter[int]) -> Due | None:
        """Return the fault to make in an operation that was asked for."""
        due = self._plan.due(operation, numbers)
        if due is not None:
            calling_aet = str(association.requestor.primitive.calling_ae_title).strip()  # type: ignore[union-attr]
            self._report(Injected(operation.value, due.number, due.fault.text, calling_aet))
        return due

    def disturb_request(self, association: Association) -> Rejection | None:
        """Make a fault in the request for `association`: return how to reject it, or end it, or nothing."""
        due = self.due(Operation.ASSOCIATE, association, Counter())
        for action in due.fault.at(Stage.REQUEST) if due is not None else ():
            if isinstance(action.value, Rejection):
                return action.value
            try:
                if action.kind is ActionKind.DELAY:
                    self._pause(float(action.value or 0))
                    continue
                if action.kind is ActionKind.HANG:
                    wait_for_word(association, self._check)
                if action.kind is ActionKind.ABORT:
                    association.acse.send_abort(0)
                else:
                    cut(association, reset=action.kind is ActionKind.RESET)
            except AbandonedError:
                cut(association)
            association.is_aborted = True
            association.kill()
            break
        return None

    def disturb(self, channel: FaultyChannel, fault: Fault, stage: Stage) -> None:
        """Do what `fault` wants at a stage of a request; raises what ends the association."""
        for action in fault.at(stage):
            match action.kind:
                case ActionKind.DELAY:
                    self._pause(float(action.value or 0))  # type: ignore[arg-type]
                case ActionKind.HANG:
                    channel.let_wait(self._check)
                case ActionKind.ABORT:
                    raise AbandonedError
                case ActionKind.DROP:
                    _end(channel, reset=False)
                case ActionKind.RESET:
                    _end(channel, reset=True)

    def _pause(self, seconds: float) -> None:
        """Wait; raises `AbandonedError` when the server is stopping."""
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0:
            self._check()
            time.sleep(min(remaining, _GLANCE))

    def _check(self) -> None:
        if self._stopping.ends(_LONG_IDLE):
            raise AbandonedError


class FaultyServiceProvider(ServiceProvider):
    """Answers as a `ServiceProvider` does, but for the faults of `maker`."""

    def __init__(
        self,
        maker: FaultMaker,
        stopping: Stopping,
        storage: StorageProvider | None = None,
        archive: ArchiveProvider | None = None,
        access: Access | None = None,
        *,
        request_timeout: float | None = None,
    ) -> None:
        super().__init__(stopping, storage, archive, access, request_timeout)
        self._maker = maker

    def _channel(self, association: Association) -> Channel:
        return FaultyChannel(association)

    def _answer(self, channel: Channel, context: PresentationContext, arrived: CommandArrived) -> None:
        assert isinstance(channel, FaultyChannel)
        operation = _OPERATIONS.get(arrived.command.field)  # type: ignore[call-overload]
        due = operation and self._maker.due(operation, channel.association, channel.numbers)
        if not due:
            super()._answer(channel, context, arrived)
            return
        fault: Fault = due.fault
        with channel.disturbed(partial(self._maker.disturb, channel, fault), fault.status):
            if fault.status is None or category(fault.status) != "Failure":
                super()._answer(channel, context, arrived)
            else:
                drain(channel.pieces(arrived, channel.association.network_timeout))
                response = response_to(arrived.command, fault.status)
                channel.send(arrived.context_id, response._replace(error_comment=_COMMENT))


def _end(channel: FaultyChannel, *, reset: bool) -> NoReturn:
    cut(channel.association, reset=reset)
    raise LinkEndedError
