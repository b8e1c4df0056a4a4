"""Lets pynetdicom's notification handlers see the messages that pass by them.

Its standard handlers write the log lines of ``-v`` and the dumps of ``-d``. A message is
decoded for them only if something is listening.
"""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING

from pydicom.filereader import read_dataset
from pynetdicom import dimse_messages, evt
from pynetdicom.dsutils import decode

from dcmtools.wire.commands import CommandField

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pynetdicom.association import Association

    from dcmtools.wire.messages import CommandArrived

_LOGGER = logging.getLogger("pynetdicom._handlers")
_SOME_DATA = b"\x00"  # the handlers only tell whether there is a dataset


def sent(association: Association, context_id: int, command_set: bytes, *, has_dataset: bool) -> None:
    """Tell the handlers of EVT_DIMSE_SENT."""
    if _LOGGER.isEnabledFor(logging.INFO):
        command = read_dataset(BytesIO(command_set), True, True)  # implicit VR little endian
        _notify(association, evt.EVT_DIMSE_SENT, context_id, command, has_dataset=has_dataset)


def received(association: Association, arrived: CommandArrived) -> None:
    """Tell the handlers of EVT_DIMSE_RECV."""
    if _LOGGER.isEnabledFor(logging.INFO):
        command = decode(BytesIO(arrived.raw), True, True)  # which logs that it decodes, as it always did
        has_dataset = arrived.command.has_dataset
        _notify(association, evt.EVT_DIMSE_RECV, arrived.context_id, command, has_dataset=has_dataset)


def _notify(
    association: Association,
    event: evt.NotificationEvent,
    context_id: int,
    command: Dataset,
    *,
    has_dataset: bool,
) -> None:
    try:
        name = CommandField(command.CommandField).name
    except (AttributeError, ValueError):
        return
    message = getattr(dimse_messages, name)()
    message.command_set = command
    message.context_id = context_id
    message.data_set = BytesIO(_SOME_DATA if has_dataset else b"")
    evt.trigger(association, event, {"message": message})
