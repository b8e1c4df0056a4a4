"""The same bytes as pynetdicom and DCMTK put on the wire for the same messages."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import dimse_messages, dimse_primitives
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.dsutils import encode
from pynetdicom.pdu import P_DATA_TF

from dcmtools.wire.commands import Command, CommandField, decode_command, encode_command
from dcmtools.wire.framing import frame_command, frame_dataset

from .sent_messages import CT, MESSAGES, STUDY_MOVE
from .strategies import joined

DATASETS = {  # the parameters of pynetdicom's primitives that hold a dataset
    "C_STORE_RQ": "DataSet",
    "C_FIND_RQ": "Identifier",
    "C_FIND_RSP": "Identifier",
    "C_GET_RQ": "Identifier",
    "C_GET_RSP": "Identifier",
    "C_MOVE_RQ": "Identifier",
    "C_MOVE_RSP": "Identifier",
    "N_ACTION_RQ": "ActionInformation",
    "N_EVENT_REPORT_RQ": "EventInformation",
}


def pynetdicom_message(command: Command, parameters: dict[str, Any], dataset: bytes) -> DIMSEMessage:
    """What pynetdicom makes of a message with these parameters."""
    name = CommandField(command.field).name
    primitive = getattr(dimse_primitives, name.rpartition("_")[0])()
    for keyword, value in parameters.items():
        setattr(primitive, keyword, value)
    if command.has_dataset:
        setattr(primitive, DATASETS[name], BytesIO(dataset))
    message: DIMSEMessage = getattr(dimse_messages, name)()
    message.primitive_to_message(primitive)
    return message


@pytest.mark.parametrize(
    ("command", "parameters"), MESSAGES, ids=[CommandField(command.field).name for command, _ in MESSAGES]
)
def test_command_sets_are_those_of_pynetdicom(command: Command, parameters: dict[str, Any]) -> None:
    theirs = encode(pynetdicom_message(command, parameters, b"\0\0").command_set, True, True)
    assert encode_command(command) == theirs
    assert decode_command(theirs) == command


@given(
    st.sampled_from([8, 10, 64, 128, 520, 16382]),
    st.integers(1, 400).map(lambda n: 2 * n),
    st.integers(0, 127).map(lambda n: 2 * n + 1),
)
def test_pdus_are_those_of_pynetdicom_where_its_fragments_are_even(
    maximum_length: int, size: int, context_id: int
) -> None:
    command, parameters = MESSAGES[2]
    dataset = bytes(n % 251 for n in range(size))
    theirs = b""
    for primitive in pynetdicom_message(command, parameters, dataset).encode_msg(context_id, maximum_length):
        data_pdu = P_DATA_TF()
        data_pdu.from_primitive(primitive)
        theirs += data_pdu.encode()
    ours = frame_command(context_id, encode_command(command), maximum_length)
    ours += frame_dataset(context_id, dataset, maximum_length)
    assert joined(ours) == theirs


@pytest.mark.parametrize(
    ("command", "captured"),
    [
        (
            MESSAGES[0][0],
            "0000000004000000380000000000020012000000312e322e3834302e31303030382e312e310000000001020000003000"
            "0000100102000000010000000008020000000101",
        ),
        (
            Command(
                field=CommandField.C_STORE_RQ,
                message_id=1,
                priority=0,
                has_dataset=True,
                sop_class_uid=CT,
                sop_instance_uid="1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322",
            ),
            "000000000400000082000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e32000000"
            "000102000000010000001001020000000100000000070200000000000000000802000000010000000010300000003"
            "12e332e362e312e342e312e353936322e312e312e312e312e312e32303034303131393037323733302e3132333232"
            "00",
        ),
        (
            Command(
                field=CommandField.C_MOVE_RQ,
                message_id=1,
                priority=0,
                has_dataset=True,
                sop_class_uid=STUDY_MOVE,
                move_destination="DEST",
            ),
            "000000000400000058000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e322e320"
            "000000001020000002100000010010200000001000000000604000000444553540000000702000000000000000008"
            "020000000100",
        ),
        (
            Command(
                field=CommandField.C_STORE_RSP,
                responded_to=1,
                status=0,
                sop_class_uid=CT,
                sop_instance_uid="1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322",
            ),
            "000000000400000082000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e32000000"
            "000102000000018000002001020000000100000000080200000001010000000902000000000000000010300000003"
            "12e332e362e312e342e312e353936322e312e312e312e312e312e32303034303131393037323733302e3132333232"
            "00",
        ),
    ],
    ids=["echoscu", "storescu", "movescu", "storescp"],
)
def test_command_sets_are_those_captured_from_dcmtk(command: Command, captured: str) -> None:
    """DCMTK 3.6.7."""
    assert encode_command(command).hex() == captured
    assert decode_command(bytes.fromhex(captured)) == command
