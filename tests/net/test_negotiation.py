"""Extended negotiation and role selection: sections 2.6 and 2.7 of the contract."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.models import InformationModel
from dcmtools.net.negotiation import extended_negotiation, receiving_roles

FIND = InformationModel.STUDY_ROOT.sop_classes.find


@given(st.lists(st.booleans(), max_size=6))
def test_one_byte_for_each_flag(flags: list[bool]) -> None:
    items = extended_negotiation(FIND, flags)
    if not any(flags):
        assert items == []
        return
    [item] = items
    assert item.sop_class_uid == FIND
    assert item.service_class_application_information == bytes(int(flag) for flag in flags)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((True, False, False, False, False), "01 00 00 00 00"),
        ((False, True, True, False, True), "00 01 01 00 01"),
        ((True, True, True, False), "01 01 01 00"),
        ((False, True), "00 01"),
    ],
)
def test_bytes_on_the_wire(flags: tuple[bool, ...], expected: str) -> None:
    """PS3.7 table D.3-11: item type 56H, the SOP class, the application information."""
    [item] = extended_negotiation(FIND, flags)
    encoded = item.from_primitive().encode()
    information = bytes.fromhex(expected)
    uid = FIND.encode()
    length = 2 + len(uid) + len(information)
    assert encoded == b"\x56\x00" + length.to_bytes(2) + len(uid).to_bytes(2) + uid + information


def test_receiving_roles() -> None:
    """PS3.7 table D.3-9: item type 54H, SCU role 0, SCP role 1."""
    items = receiving_roles(["1.2.840.10008.5.1.4.1.1.2", "1.2.3"])
    assert [(item.sop_class_uid, item.scu_role, item.scp_role) for item in items] == [
        ("1.2.840.10008.5.1.4.1.1.2", False, True),
        ("1.2.3", False, True),
    ]
    assert items[1].from_primitive().encode() == b"\x54\x00\x00\x09\x00\x051.2.3\x00\x01"
