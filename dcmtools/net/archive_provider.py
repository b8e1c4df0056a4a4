"""The Query/Retrieve and Worklist services of an archive as an SCP (PS3.4 annexes C, K and CC)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pynetdicom.presentation import PresentationContext

from dcmtools.net.archive import Archive
from dcmtools.net.arrival import drain
from dcmtools.net.find_provider import FindProvider
from dcmtools.net.operation import Operation, RefusedError
from dcmtools.net.retrieve_provider import RetrieveProvider
from dcmtools.net.statuses import OUT_OF_RESOURCES, UNABLE_TO_PROCESS
from dcmtools.net.transfer.channel import Channel
from dcmtools.wire.commands import Command, CommandField

_LONGEST_IDENTIFIER = 4 << 20  # bytes; one with 2,000 UIDs has 130,000


class ArchiveProvider:
    """Answers C-FIND, C-GET and C-MOVE; one provider serves all associations."""

    def __init__(self, archive: Archive) -> None:
        finding, retrieving = FindProvider(archive), RetrieveProvider(archive)
        self._services: dict[int, Callable[[Operation], None]] = {
            CommandField.C_FIND_RQ: finding.answer,
            CommandField.C_GET_RQ: retrieving.get,
            CommandField.C_MOVE_RQ: retrieving.move,
        }

    def answer(
        self,
        channel: Channel,
        context: PresentationContext,
        request: Command,
        pieces: Iterator[memoryview],
        *,
        allowed: bool,
        is_stopping: Callable[[], bool],
    ) -> None:
        """Send all responses to one request, whose Identifier are `pieces`; all of them are taken.

        `allowed` says whether the requestor may have an answer. Raises as `Operation` does.
        """
        encoded = bytearray()
        for piece in pieces:
            encoded += piece
            if len(encoded) > _LONGEST_IDENTIFIER:
                drain(pieces)
        operation = Operation(channel, context, request, bytes(encoded), is_stopping)
        try:
            if not allowed:
                raise RefusedError(UNABLE_TO_PROCESS, "not authorised to query or retrieve")
            if len(encoded) > _LONGEST_IDENTIFIER:
                raise RefusedError(OUT_OF_RESOURCES, "the Identifier is too long")
            self._services[request.field](operation)
        except RefusedError as exc:
            operation.refuse(exc)
