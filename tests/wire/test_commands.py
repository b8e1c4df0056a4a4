"""Command sets: written and read back, and what a peer may get wrong."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.wire.commands import Command, CommandField, decode_command, encode_command
from dcmtools.wire.errors import CommandError

from .strategies import commands

STORE_RQ = Command(
    field=CommandField.C_STORE_RQ,
    message_id=7,
    priority=2,
    has_dataset=True,
    sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
    sop_instance_uid="1.2.3.45",
)


def element(number: int, value: bytes, *, group: int = 0, length: int | None = None) -> bytes:
    return struct.pack("<HHI", group, number, len(value) if length is None else length) + value


FIELD = element(0x0100, b"\x30\x00")


@given(commands)
def test_a_command_is_read_as_it_was_written(command: Command) -> None:
    assert decode_command(encode_command(command)) == command


@given(commands)
def test_a_command_set_begins_with_its_length_and_has_even_elements_in_the_order_of_tags(
    command: Command,
) -> None:
    encoded = encode_command(command)
    assert encoded[:12] == element(0x0000, struct.pack("<I", len(encoded) - 12))
    offset, tags = 0, []
    while offset < len(encoded):
        group, number, length = struct.unpack_from("<HHI", encoded, offset)
        assert group == 0
        assert length % 2 == 0
        tags.append(number)
        offset += 8 + length
    assert offset == len(encoded)
    assert tags == sorted(set(tags))


def test_uids_are_padded_with_nul_and_texts_with_a_space() -> None:
    command = Command(
        field=CommandField.C_MOVE_RQ, sop_class_uid="1.2", move_destination="ABC", error_comment="odd"
    )
    encoded = encode_command(command)
    assert element(0x0002, b"1.2\0") in encoded
    assert element(0x0600, b"ABC ") in encoded
    assert element(0x0902, b"odd ") in encoded


@pytest.mark.parametrize("text", ["Gerät", "山田", "\udc80", "\0", "\\", "\x1b[31m"])
def test_any_text_can_be_written_and_read_again(text: str) -> None:
    comment = decode_command(encode_command(Command(field=0x8001, error_comment=f"<{text}>"))).error_comment
    assert comment == f"<{text}>".encode("ascii", "backslashreplace").decode()


@given(st.text())
def test_no_text_makes_an_error(text: str) -> None:
    decode_command(encode_command(Command(field=0x8001, error_comment=text, sop_instance_uid=text)))


@pytest.mark.parametrize(
    "command",
    [
        Command(field=1, message_id=65536),
        Command(field=-1),
        Command(field=0x8001, status=0x10000),
        Command(field=0x8001, offending_elements=(0x1_0000_0000,)),
        Command(field=0x8001, offending_elements=(-1,)),
    ],
)
def test_a_number_that_does_not_fit_is_an_error(command: Command) -> None:
    with pytest.raises(CommandError, match="does not fit"):
        encode_command(command)


@pytest.mark.parametrize("as_buffer", [bytes, bytearray, memoryview])
def test_each_kind_of_buffer_is_read(as_buffer: type[bytes | bytearray | memoryview]) -> None:
    assert decode_command(as_buffer(encode_command(STORE_RQ))) == STORE_RQ


@pytest.mark.parametrize("padding", [b"\0", b" ", b"\0\0\0", b"  \0 "])
def test_padding_of_any_kind_is_taken_away(padding: bytes) -> None:
    command = decode_command(
        FIELD
        + element(0x0002, b"1.2.840" + padding)
        + element(0x0600, b"  AE TITLE" + padding)
        + element(0x1030, padding)
    )
    assert command.sop_class_uid == "1.2.840"
    assert command.move_destination == "AE TITLE"
    assert command.move_originator_aet is None


def test_only_the_command_field_is_needed() -> None:
    assert decode_command(FIELD) == Command(field=CommandField.C_ECHO_RQ)


def test_the_group_length_and_unknown_elements_and_the_order_do_not_matter() -> None:
    odd = (
        element(0x0110, b"\x07\x00")
        + element(0x0000, b"\xff\xff\xff\xff")
        + element(0x5110, b"A retired text")
        + element(0x0100, b"not of group 0000 ", group=8)
        + FIELD
    )
    assert decode_command(odd) == Command(field=CommandField.C_ECHO_RQ, message_id=7)


def test_an_element_without_a_value_is_as_one_that_is_absent() -> None:
    empty = b"".join(element(number, b"") for number in (0x0002, 0x0110, 0x0800, 0x0901, 0x0902, 0x1031))
    assert decode_command(FIELD + empty) == Command(field=CommandField.C_ECHO_RQ)


@pytest.mark.parametrize("value", [0x0000, 0x0001, 0x0100, 0x0102, 0xFFFF])
def test_any_data_set_type_but_one_says_that_a_dataset_follows(value: int) -> None:
    assert decode_command(FIELD + element(0x0800, struct.pack("<H", value))).has_dataset
    assert not decode_command(FIELD + element(0x0800, struct.pack("<H", 0x0101))).has_dataset


@pytest.mark.parametrize(
    ("field", "status", "expected"),
    [
        (CommandField.C_STORE_RQ, None, True),
        (CommandField.C_FIND_RQ, None, True),
        (CommandField.C_GET_RQ, None, True),
        (CommandField.C_MOVE_RQ, None, True),
        (CommandField.C_FIND_RSP, 0xFF00, True),
        (CommandField.C_FIND_RSP, 0xFF01, True),
        (CommandField.C_FIND_RSP, 0x0000, False),
        (CommandField.C_GET_RSP, 0xFF00, False),
        (CommandField.C_STORE_RSP, 0x0000, False),
        (CommandField.C_ECHO_RQ, None, False),
        (CommandField.C_CANCEL_RQ, None, False),
        (0x7777, None, False),
    ],
)
def test_without_a_data_set_type_a_dataset_follows_what_always_has_one(
    field: int, status: int | None, expected: bool
) -> None:
    encoded = element(0x0100, struct.pack("<H", field))
    if status is not None:
        encoded += element(0x0900, struct.pack("<H", status))
    assert decode_command(encoded) == Command(field=field, status=status, has_dataset=expected)


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(b"", id="empty"),
        pytest.param(element(0x0110, b"\x07\x00"), id="no Command Field"),
        pytest.param(element(0x0100, b""), id="empty Command Field"),
        pytest.param(element(0x0100, b"\x30"), id="Command Field of one byte"),
        pytest.param(element(0x0100, b"\x30\x00\x00\x00"), id="Command Field of four bytes"),
        pytest.param(FIELD + element(0x0900, b"\0\0\0"), id="Status of three bytes"),
        pytest.param(FIELD + element(0x0800, b"\0"), id="Command Data Set Type of one byte"),
        pytest.param(FIELD + element(0x0901, b"\x10\x00"), id="half a tag"),
        pytest.param(FIELD + FIELD[:7], id="cut element header"),
        pytest.param(FIELD + FIELD[:9], id="cut number"),
        pytest.param(FIELD + element(0x0002, b"1.2", length=4), id="cut text"),
        pytest.param(FIELD + element(0x5110, b"1.2", length=4), id="cut unknown element"),
        pytest.param(FIELD + element(0x0902, b"abc", length=0xFFFFFFFF), id="undefined length"),
    ],
)
def test_a_command_set_that_cannot_be_read_is_a_command_error(encoded: bytes) -> None:
    with pytest.raises(CommandError):
        decode_command(encoded)


@given(st.binary(max_size=100) | st.lists(st.sampled_from(encode_command(STORE_RQ)), max_size=80).map(bytes))
def test_any_bytes_are_a_command_or_a_command_error(data: bytes) -> None:
    try:
        decode_command(data)
    except CommandError as error:
        assert str(error)


@given(commands, st.data())
def test_a_changed_command_set_is_a_command_or_a_command_error(command: Command, data: st.DataObject) -> None:
    encoded = bytearray(encode_command(command))
    for place in data.draw(st.lists(st.integers(0, len(encoded) - 1), min_size=1, max_size=5)):
        encoded[place] = data.draw(st.integers(0, 255))
    try:
        decode_command(encoded)
    except CommandError as error:
        assert str(error)


@pytest.mark.parametrize("field", CommandField)
def test_a_response_is_told_from_a_request(field: CommandField) -> None:
    assert Command(field=field).is_response == field.name.endswith("_RSP")


@pytest.mark.parametrize(
    ("status", "pending"), [(0xFF00, True), (0xFF01, True), (0xFF02, False), (0x0000, False), (None, False)]
)
def test_pending_is_one_of_two_statuses(status: int | None, pending: bool) -> None:
    assert Command(field=CommandField.C_FIND_RSP, status=status).is_pending == pending
