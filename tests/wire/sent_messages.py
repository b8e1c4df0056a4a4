"""The messages that dcmtools sends: command sets, and the parameters of pynetdicom's primitives for them."""

from typing import Any

from pydicom.tag import Tag

from dcmtools.wire.commands import Command, CommandField

CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
ODD_UID = "1.2.826.0.1.3680043.8.498.1"
EVEN_UID = "1.2.826.0.1.3680043.8.498.12"

MESSAGES: list[tuple[Command, dict[str, Any]]] = [
    (
        Command(field=CommandField.C_ECHO_RQ, message_id=1, sop_class_uid="1.2.840.10008.1.1"),
        {"MessageID": 1, "AffectedSOPClassUID": "1.2.840.10008.1.1"},
    ),
    (
        Command(
            field=CommandField.C_ECHO_RSP, responded_to=65535, sop_class_uid="1.2.840.10008.1.1", status=0
        ),
        {"MessageIDBeingRespondedTo": 65535, "AffectedSOPClassUID": "1.2.840.10008.1.1", "Status": 0},
    ),
    (
        Command(
            field=CommandField.C_STORE_RQ,
            message_id=7,
            priority=2,
            has_dataset=True,
            sop_class_uid=CT,
            sop_instance_uid=ODD_UID,
        ),
        {
            "MessageID": 7,
            "Priority": 2,
            "AffectedSOPClassUID": CT,
            "AffectedSOPInstanceUID": ODD_UID,
        },
    ),
    (
        Command(
            field=CommandField.C_STORE_RQ,
            message_id=7,
            priority=0,
            has_dataset=True,
            sop_class_uid=CT,
            sop_instance_uid=EVEN_UID,
            move_originator_aet="ORIGINATOR1",
            move_originator_message_id=12,
        ),
        {
            "MessageID": 7,
            "Priority": 0,
            "AffectedSOPClassUID": CT,
            "AffectedSOPInstanceUID": EVEN_UID,
            "MoveOriginatorApplicationEntityTitle": "ORIGINATOR1",
            "MoveOriginatorMessageID": 12,
        },
    ),
    (
        Command(
            field=CommandField.C_STORE_RSP,
            responded_to=7,
            status=0,
            sop_class_uid=CT,
            sop_instance_uid=EVEN_UID,
        ),
        {
            "MessageIDBeingRespondedTo": 7,
            "Status": 0,
            "AffectedSOPClassUID": CT,
            "AffectedSOPInstanceUID": EVEN_UID,
        },
    ),
    (
        Command(
            field=CommandField.C_STORE_RSP,
            responded_to=7,
            status=0xA900,
            sop_class_uid=CT,
            sop_instance_uid=ODD_UID,
            error_comment="the SOP Instance UID differs",
            offending_elements=(0x00080016, 0x00080018),
        ),
        {
            "MessageIDBeingRespondedTo": 7,
            "Status": 0xA900,
            "AffectedSOPClassUID": CT,
            "AffectedSOPInstanceUID": ODD_UID,
            "ErrorComment": "the SOP Instance UID differs",
            "OffendingElement": [Tag(0x00080016), Tag(0x00080018)],
        },
    ),
    (
        Command(
            field=CommandField.C_FIND_RQ,
            message_id=3,
            priority=1,
            has_dataset=True,
            sop_class_uid=STUDY_FIND,
        ),
        {"MessageID": 3, "Priority": 1, "AffectedSOPClassUID": STUDY_FIND},
    ),
    (
        Command(
            field=CommandField.C_FIND_RSP,
            responded_to=3,
            has_dataset=True,
            sop_class_uid=STUDY_FIND,
            status=0xFF00,
        ),
        {"MessageIDBeingRespondedTo": 3, "AffectedSOPClassUID": STUDY_FIND, "Status": 0xFF00},
    ),
    (
        Command(
            field=CommandField.C_FIND_RSP,
            responded_to=3,
            sop_class_uid=STUDY_FIND,
            status=0xC001,
            error_comment="odd",
        ),
        {
            "MessageIDBeingRespondedTo": 3,
            "AffectedSOPClassUID": STUDY_FIND,
            "Status": 0xC001,
            "ErrorComment": "odd",
        },
    ),
    (
        Command(field=CommandField.C_CANCEL_RQ, responded_to=3),
        {"MessageIDBeingRespondedTo": 3},
    ),
    (
        Command(
            field=CommandField.C_GET_RQ,
            message_id=4,
            priority=2,
            has_dataset=True,
            sop_class_uid=STUDY_GET,
        ),
        {"MessageID": 4, "Priority": 2, "AffectedSOPClassUID": STUDY_GET},
    ),
    (
        Command(
            field=CommandField.C_GET_RSP,
            responded_to=4,
            has_dataset=True,
            sop_class_uid=STUDY_GET,
            status=0xB000,
            completed=3,
            failed=2,
            warning=1,
        ),
        {
            "MessageIDBeingRespondedTo": 4,
            "AffectedSOPClassUID": STUDY_GET,
            "Status": 0xB000,
            "NumberOfCompletedSuboperations": 3,
            "NumberOfFailedSuboperations": 2,
            "NumberOfWarningSuboperations": 1,
        },
    ),
    (
        Command(
            field=CommandField.C_MOVE_RQ,
            message_id=5,
            priority=2,
            has_dataset=True,
            sop_class_uid=STUDY_MOVE,
            move_destination="STORESCP1",
        ),
        {
            "MessageID": 5,
            "Priority": 2,
            "AffectedSOPClassUID": STUDY_MOVE,
            "MoveDestination": "STORESCP1",
        },
    ),
    (
        Command(
            field=CommandField.C_MOVE_RSP,
            responded_to=5,
            sop_class_uid=STUDY_MOVE,
            status=0xFF00,
            remaining=9,
            completed=0,
            failed=0,
            warning=0,
        ),
        {
            "MessageIDBeingRespondedTo": 5,
            "AffectedSOPClassUID": STUDY_MOVE,
            "Status": 0xFF00,
            "NumberOfRemainingSuboperations": 9,
            "NumberOfCompletedSuboperations": 0,
            "NumberOfFailedSuboperations": 0,
            "NumberOfWarningSuboperations": 0,
        },
    ),
    (
        Command(
            field=CommandField.N_ACTION_RQ,
            message_id=6,
            has_dataset=True,
            requested_sop_class_uid=COMMITMENT,
            requested_sop_instance_uid=COMMITMENT_INSTANCE,
            action_type_id=1,
        ),
        {
            "MessageID": 6,
            "RequestedSOPClassUID": COMMITMENT,
            "RequestedSOPInstanceUID": COMMITMENT_INSTANCE,
            "ActionTypeID": 1,
        },
    ),
    (
        Command(
            field=CommandField.N_ACTION_RSP,
            responded_to=6,
            status=0x0110,
            sop_class_uid=COMMITMENT,
            sop_instance_uid=COMMITMENT_INSTANCE,
            action_type_id=1,
            error_id=17,
            error_comment="no space",
        ),
        {
            "MessageIDBeingRespondedTo": 6,
            "Status": 0x0110,
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
            "ActionTypeID": 1,
            "ErrorID": 17,
            "ErrorComment": "no space",
        },
    ),
    (
        Command(
            field=CommandField.N_EVENT_REPORT_RQ,
            message_id=8,
            has_dataset=True,
            sop_class_uid=COMMITMENT,
            sop_instance_uid=COMMITMENT_INSTANCE,
            event_type_id=2,
        ),
        {
            "MessageID": 8,
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
            "EventTypeID": 2,
        },
    ),
    (
        Command(
            field=CommandField.N_EVENT_REPORT_RSP,
            responded_to=8,
            status=0,
            sop_class_uid=COMMITMENT,
            sop_instance_uid=COMMITMENT_INSTANCE,
            event_type_id=2,
        ),
        {
            "MessageIDBeingRespondedTo": 8,
            "Status": 0,
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
            "EventTypeID": 2,
        },
    ),
]
