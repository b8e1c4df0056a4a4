"""Command sets, messages and streams as hypothesis makes them."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.framing import Buffer

numbers = st.integers(0, 0xFFFF)
uids = st.from_regex(r"[0-9.]{1,64}", fullmatch=True)
texts = st.from_regex(r"[!-~]([ -~]{0,62}[!-~])?", fullmatch=True)
context_ids = st.integers(0, 127).map(lambda n: 2 * n + 1)
maximum_lengths = st.sampled_from([0, 8, 9, 10, 11, 17, 518, 519, 520, 1001, 16382]) | st.integers(8, 300)


def _optional(values: st.SearchStrategy[int] | st.SearchStrategy[str]) -> st.SearchStrategy[int | str | None]:
    return st.none() | values


commands: st.SearchStrategy[Command] = st.builds(
    Command,
    field=st.sampled_from(CommandField).map(int) | numbers,
    message_id=_optional(numbers),
    responded_to=_optional(numbers),
    has_dataset=st.booleans(),
    sop_class_uid=_optional(uids),
    sop_instance_uid=_optional(uids),
    requested_sop_class_uid=_optional(uids),
    requested_sop_instance_uid=_optional(uids),
    priority=_optional(numbers),
    status=_optional(numbers),
    move_destination=_optional(texts),
    move_originator_aet=_optional(texts),
    move_originator_message_id=_optional(numbers),
    remaining=_optional(numbers),
    completed=_optional(numbers),
    failed=_optional(numbers),
    warning=_optional(numbers),
    error_comment=_optional(texts),
    offending_elements=st.lists(st.integers(0, 0xFFFFFFFF), max_size=3).map(tuple),
    error_id=_optional(numbers),
    event_type_id=_optional(numbers),
    action_type_id=_optional(numbers),
)


@dataclass(frozen=True)
class Message:
    """A message as it is meant; `dataset` is None exactly where the command has none."""

    context_id: int
    command: Command
    dataset: bytes | None


@st.composite
def messages(draw: st.DrawFn) -> Message:
    command = draw(commands)
    dataset = draw(st.binary(max_size=200)) if command.has_dataset else None
    return Message(draw(context_ids), command, dataset)


@st.composite
def split(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """`data` cut at any places, with empty pieces too."""
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    return [data[start:stop] for start, stop in zip([0, *places], [*places, len(data)], strict=True)]


def joined(buffers: Iterable[Buffer]) -> bytes:
    """What the peer gets when `buffers` are sent."""
    return b"".join(buffers)


def pdv(context_id: int, control: int, fragment: bytes) -> bytes:
    """A presentation data value."""
    return struct.pack(">IBB", len(fragment) + 2, context_id, control) + fragment


def pdu(*values: bytes) -> bytes:
    """A P-DATA-TF PDU."""
    return struct.pack(">BxI", 4, sum(map(len, values))) + b"".join(values)
