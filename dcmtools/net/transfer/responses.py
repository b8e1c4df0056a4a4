"""Many responses with the same command set, in few writes."""

from __future__ import annotations

import time

from dcmtools.net.transfer import dumps
from dcmtools.net.transfer.channel import Channel
from dcmtools.wire.commands import Command, encode_command
from dcmtools.wire.framing import Buffer, frame_command, frame_dataset

_GATHERED = 1 << 16  # bytes that are gathered for one write
_PATIENCE = 0.1  # seconds that a response waits for the next ones


class ResponseBatch:
    """Responses to one request, which differ only in their datasets.

    The first goes out at once, the others are gathered; `flush` sends what there is. Both raise
    what `Channel.send` raises.
    """

    def __init__(self, channel: Channel, context_id: int, command: Command) -> None:
        self._channel = channel
        self._context_id = context_id
        self._encoded = encode_command(command)
        self._command = frame_command(context_id, self._encoded, channel.maximum_length)
        self._gathered: list[Buffer] = []
        self._size = 0
        self._deadline = 0.0  # the first goes out at once

    def add(self, dataset: bytes) -> bool:
        """Take the dataset of one more response; return whether all so far have gone out."""
        dumps.sent(self._channel.association, self._context_id, self._encoded, has_dataset=True)
        self._gathered += self._command
        self._gathered += frame_dataset(self._context_id, dataset, self._channel.maximum_length)
        self._size += len(dataset)
        if self._size < _GATHERED and time.monotonic() < self._deadline:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Send what has been gathered."""
        if self._gathered:
            self._channel.transmit([b"".join(self._gathered)])
            self._gathered.clear()
        self._size = 0
        self._deadline = time.monotonic() + _PATIENCE
