"""Extended negotiation and role selection items (PS3.7 annex D.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pynetdicom import build_role
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation, SOPClassExtendedNegotiation


def extended_negotiation(sop_class_uid: str, flags: Sequence[bool]) -> list[SOPClassExtendedNegotiation]:
    """Return the item that asks for `flags`, one byte each (PS3.4 C.5); none if nothing is asked for."""
    if not any(flags):
        return []
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = sop_class_uid
    item.service_class_application_information = bytes(flags)
    return [item]


def receiving_roles(sop_class_uids: Iterable[str]) -> list[SCP_SCU_RoleSelectionNegotiation]:
    """Return the items with which a C-GET requestor offers to be the SCP of these SOP classes."""
    return [build_role(uid, scp_role=True) for uid in sop_class_uids]
