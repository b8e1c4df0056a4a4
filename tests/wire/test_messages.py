"""Fragments to messages, in the order that the standard allows."""

import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.errors import CommandError, MessageError, WireError
from dcmtools.wire.framing import frame_command, frame_dataset
from dcmtools.wire.messages import LONGEST_COMMAND_SET, CommandArrived, DatasetPiece, MessageReader

from .strategies import Message, context_ids, joined, maximum_lengths, messages, pdu, pdv, split

ABORT = b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x01"

COMMAND, LAST = 1, 2
ECHO = Command(field=CommandField.C_ECHO_RQ, message_id=1)
STORE = Command(field=CommandField.C_STORE_RQ, message_id=2, has_dataset=True)
ECHO_SET, STORE_SET = encode_command(ECHO), encode_command(STORE)
ECHO_MESSAGE = pdu(pdv(1, COMMAND | LAST, ECHO_SET))
STORE_COMMAND = pdu(pdv(1, COMMAND | LAST, STORE_SET))


def framed(message: Message, maximum_length: int) -> bytes:
    buffers = frame_command(message.context_id, encode_command(message.command), maximum_length)
    if message.dataset is not None:
        buffers += frame_dataset(message.context_id, message.dataset, maximum_length)
    return joined(buffers)


def read(reader: MessageReader, pieces: Iterable[bytes]) -> list[Message]:
    """The messages in `pieces`, which must come whole and in order."""
    found: list[Message] = []
    datasets: list[bytes] = []
    whole = True
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, CommandArrived):
                assert whole
                assert encode_command(event.command) == event.raw
                whole = not event.command.has_dataset
                found.append(Message(event.context_id, event.command, None if whole else b""))
                datasets.append(b"")
            else:
                assert not whole
                assert event.context_id == found[-1].context_id
                datasets[-1] += event.data
                whole = event.is_last
    assert whole
    return [
        Message(message.context_id, message.command, None if message.dataset is None else dataset)
        for message, dataset in zip(found, datasets, strict=True)
    ]


# large datasets take their time on a busy machine
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(messages(), max_size=4), maximum_lengths, st.data())
def test_any_messages_in_any_pieces_are_read_as_they_were(
    sent: list[Message], maximum_length: int, data: st.DataObject
) -> None:
    stream = b"".join(framed(message, maximum_length) for message in sent)
    reader = MessageReader(maximum_length)
    assert read(reader, data.draw(split(stream))) == sent
    assert reader.idle
    assert not reader.foreign


@st.composite
def packed(draw: st.DrawFn, message: Message) -> bytes:
    """`message` in fragments of any size, some of them empty, any number of them in a PDU."""
    parts = [(COMMAND, encode_command(message.command))]
    if message.dataset is not None:
        parts.append((0, message.dataset))
    values = []
    for control, part in parts:
        *before, final = draw(split(part))
        values += [pdv(message.context_id, control, fragment) for fragment in before]
        values.append(pdv(message.context_id, control | LAST, final))
    places = sorted(draw(st.sets(st.integers(1, max(1, len(values) - 1)))))
    groups = [values[start:stop] for start, stop in zip([0, *places], [*places, len(values)], strict=True)]
    return b"".join(pdu(*group) for group in groups if group)


@given(st.lists(messages(), max_size=3), st.data())
def test_fragments_of_any_size_and_several_in_a_pdu_are_read(
    sent: list[Message], data: st.DataObject
) -> None:
    stream = b"".join(data.draw(packed(message)) for message in sent)
    reader = MessageReader(16382)
    assert read(reader, data.draw(split(stream))) == sent
    assert reader.idle


@given(messages(), maximum_lengths, st.data())
def test_reading_stops_behind_a_message_at_a_foreign_pdu(
    message: Message, maximum_length: int, data: st.DataObject
) -> None:
    stream = framed(message, maximum_length) + ABORT
    reader = MessageReader(maximum_length)
    left = b""
    for piece in data.draw(split(stream)):
        for _ in reader.feed(piece):
            pass
        left += piece[reader.consumed :]
    assert reader.foreign
    assert reader.idle
    assert left == ABORT


def test_a_foreign_pdu_is_known_with_the_last_event_before_it() -> None:
    reader = MessageReader(0)
    assert isinstance(next(reader.feed(ECHO_MESSAGE + ABORT)), CommandArrived)
    assert reader.foreign
    assert reader.idle
    assert reader.consumed == len(ECHO_MESSAGE)


def test_a_foreign_pdu_inside_a_message_leaves_it_unfinished() -> None:
    reader = MessageReader(0)
    assert len(list(reader.feed(STORE_COMMAND + ABORT))) == 1
    assert reader.foreign
    assert not reader.idle


def test_idle_is_false_from_the_first_byte_to_the_last() -> None:
    stream = STORE_COMMAND + pdu(pdv(1, 0, b"")) + pdu(pdv(1, LAST, b"abcd"))
    reader = MessageReader(0)
    assert reader.idle
    idle = []
    for place in range(len(stream)):
        list(reader.feed(stream[place : place + 1]))
        idle.append(reader.idle)
    assert idle == [False] * (len(stream) - 1) + [True]


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        pytest.param(
            pdu(pdv(1, LAST, b"ab")),
            "dataset fragment on presentation context 1 between messages",
            id="dataset without a command",
        ),
        pytest.param(
            ECHO_MESSAGE + pdu(pdv(1, LAST, b"ab")),
            "dataset fragment on presentation context 1 between messages",
            id="dataset after a command that has none",
        ),
        pytest.param(
            pdu(pdv(1, COMMAND, STORE_SET[:20]), pdv(1, LAST, b"ab")),
            "dataset fragment on presentation context 1 inside a command set on context 1",
            id="dataset inside a command set",
        ),
        pytest.param(
            STORE_COMMAND + pdu(pdv(3, LAST, b"ab")),
            "dataset fragment on presentation context 3 inside a dataset on context 1",
            id="dataset on another context",
        ),
        pytest.param(
            STORE_COMMAND + pdu(pdv(1, 0, b"ab")) + ECHO_MESSAGE,
            "command fragment on presentation context 1 inside a dataset on context 1",
            id="command inside a dataset",
        ),
        pytest.param(
            STORE_COMMAND + ECHO_MESSAGE,
            "command fragment on presentation context 1 inside a dataset on context 1",
            id="command in place of the dataset",
        ),
        pytest.param(
            pdu(pdv(1, COMMAND, STORE_SET[:20])) + pdu(pdv(3, COMMAND, ECHO_SET)),
            "command fragment on presentation context 3 inside a command set on context 1",
            id="two commands interleaved",
        ),
    ],
)
def test_fragments_out_of_order_are_errors(stream: bytes, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        list(MessageReader(0).feed(stream))


def test_events_before_an_error_are_given() -> None:
    events = MessageReader(0).feed(ECHO_MESSAGE + STORE_COMMAND + ECHO_MESSAGE)
    assert next(events) == CommandArrived(1, ECHO, ECHO_SET)
    assert next(events) == CommandArrived(1, STORE, STORE_SET)
    with pytest.raises(MessageError):
        next(events)


def test_a_command_set_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(CommandError):
        list(MessageReader(0).feed(pdu(pdv(1, COMMAND | LAST, b""))))


def test_the_longest_command_set_is_read_and_a_longer_one_is_an_error_at_once() -> None:
    padding = LONGEST_COMMAND_SET - len(ECHO_SET) - 8
    command_set = ECHO_SET + b"\0\0\x10\x51" + padding.to_bytes(4, "little") + bytes(padding)
    (event,) = MessageReader(0).feed(pdu(pdv(1, COMMAND | LAST, command_set)))
    assert isinstance(event, CommandArrived)
    assert event.command == ECHO
    with pytest.raises(MessageError, match="command set of more than 65536 bytes"):
        list(MessageReader(0).feed(pdu(pdv(1, COMMAND, command_set + b"\0"))))
    with pytest.raises(MessageError, match="command set of more than 65536 bytes"):
        list(MessageReader(0).feed(pdu(pdv(1, COMMAND, command_set), pdv(1, COMMAND, b"\0"))))


def test_an_empty_dataset_is_one_empty_piece() -> None:
    (_, piece) = MessageReader(0).feed(STORE_COMMAND + pdu(pdv(1, LAST, b"")))
    assert piece == DatasetPiece(1, memoryview(b""), True)


@pytest.mark.parametrize("size", [0, 1])
def test_a_flood_of_tiny_command_fragments_takes_little_memory(size: int) -> None:
    stream = pdu(pdv(1, COMMAND, bytes(size))) * 40_000
    reader = MessageReader(16382)
    tracemalloc.start()
    try:
        assert list(reader.feed(stream)) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not reader.idle
    assert peak < 4 * LONGEST_COMMAND_SET


@given(st.lists(messages(), min_size=1, max_size=3), maximum_lengths, st.data())
def test_changed_bytes_are_other_messages_or_a_wire_error(
    sent: list[Message], maximum_length: int, data: st.DataObject
) -> None:
    stream = bytearray(b"".join(framed(message, maximum_length) for message in sent))
    for place in data.draw(st.lists(st.integers(0, len(stream) - 1), min_size=1, max_size=5)):
        stream[place] = data.draw(st.sampled_from([0, 1, 2, 3, 4, 7, 0x7F, 0xFF]) | st.integers(0, 255))
    reader = MessageReader(maximum_length)
    size = 0
    try:
        for piece in data.draw(split(bytes(stream))):
            for event in reader.feed(piece):
                size += len(event.raw if isinstance(event, CommandArrived) else event.data)
    except WireError as error:
        assert str(error)
    assert size <= len(stream)


@given(context_ids, st.lists(st.tuples(st.sampled_from([0, 1, 2, 3]), st.binary(max_size=40))), st.data())
def test_any_fragments_are_messages_or_a_wire_error(
    context_id: int, fragments: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    values = [pdv(context_id, control, fragment) for control, fragment in fragments]
    reader = MessageReader(0)
    try:
        for piece in data.draw(split(b"".join(map(pdu, values)))):
            assert all(event.context_id == context_id for event in reader.feed(piece))
    except WireError as error:
        assert str(error)
