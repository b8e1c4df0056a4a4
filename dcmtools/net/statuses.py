"""DIMSE statuses in words (PS3.7 annex C; PS3.4 B.2.3, C.4.1.1.4, C.4.2.1.5, C.4.3.1.4)."""

from __future__ import annotations

SUCCESS = 0x0000
PENDING = (0xFF00, 0xFF01)
CANCEL = 0xFE00

SOP_CLASS_NOT_SUPPORTED = 0x0122
NOT_AUTHORISED = 0x0124
UNRECOGNISED_OPERATION = 0x0211
DUPLICATE_SOP_INSTANCE = 0x0111
RESOURCE_LIMITATION = 0x0213
OUT_OF_RESOURCES = 0xA700
SUB_OPERATIONS_FAILED = 0xA702
MOVE_DESTINATION_UNKNOWN = 0xA801
DATASET_MISMATCH = 0xA900
IDENTIFIER_MISMATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000
UNDECODABLE = 0xC210
PROCESSING_FAILURE = 0x0110
UNABLE_TO_PROCESS = 0xC000
SUB_OPERATIONS_INCOMPLETE = 0xB000
ELEMENTS_DISCARDED = 0xB006

LONGEST_COMMENT = 64
"""Characters of Error Comment (0000,0902), VR LO."""

_GENERAL = {
    0x0105: "No such attribute",
    0x0106: "Invalid attribute value",
    0x0107: "Attribute list error",
    0x0110: "Processing failure",
    0x0111: "Duplicate SOP Instance",
    0x0112: "No such SOP Instance",
    0x0113: "No such event type",
    0x0114: "No such argument",
    0x0115: "Invalid argument value",
    0x0116: "Attribute value out of range",
    0x0117: "Invalid SOP Instance",
    0x0118: "No such SOP class",
    0x0119: "Class-instance conflict",
    0x0120: "Missing attribute",
    0x0121: "Missing attribute value",
    0x0122: "Refused: SOP class not supported",
    0x0123: "No such action",
    0x0124: "Refused: not authorised",
    0x0210: "Duplicate invocation",
    0x0211: "Unrecognised operation",
    0x0212: "Mistyped argument",
    RESOURCE_LIMITATION: "Resource limitation",
    0xFE00: "Cancelled",
}
_STORAGE = {
    0xB000: "Coercion of data elements",
    0xB006: "Elements discarded",
    0xB007: "Data set does not match SOP class",
    0xA7: "Out of resources",
    0xA9: "Data set does not match SOP class",
    0xC: "Cannot understand",
}
_FIND = {
    0xA700: "Out of resources",
    0xA710: "Invalid prior record key",
    0xA900: "Identifier does not match SOP class",
    0xB001: "Matching reached the response limit",
    0xC: "Unable to process",
    0xFF00: "Matches are continuing",
    0xFF01: "Matches are continuing, optional keys are not supported",
}
_RETRIEVE = {
    0xA701: "Out of resources: unable to calculate the number of matches",
    0xA702: "Out of resources: unable to perform sub-operations",
    0xA801: "Move destination unknown",
    0xA900: "Identifier does not match SOP class",
    0xB000: "Sub-operations complete, one or more failures or warnings",
    0xC: "Unable to process",
    0xFF00: "Sub-operations are continuing",
}
_SERVICES = {"storage": _STORAGE, "find": _FIND, "retrieve": _RETRIEVE, "verification": {}}
SERVICES = tuple(_SERVICES)
"""The services that give a meaning of their own to a status."""


def category(status: int) -> str:
    """Return Success, Warning, Pending, Cancel or Failure (PS3.7 annex C.1)."""
    if status == SUCCESS:
        return "Success"
    if status in PENDING:
        return "Pending"
    if status == CANCEL:
        return "Cancel"
    if status in (0x0001, 0x0107, 0x0116) or status >> 12 == 0xB:
        return "Warning"
    return "Failure"


def is_stored(status: int) -> bool:
    """Whether a C-STORE with this status stored the SOP Instance: success or a warning."""
    return category(status) in ("Success", "Warning")


def is_out_of_resources(status: int | None) -> bool:
    """Whether a C-STORE failed with this status for want of resources (A7xx, PS3.4 table B.2-1)."""
    return status is not None and (status >> 8 == OUT_OF_RESOURCES >> 8 or status == RESOURCE_LIMITATION)


def own_meaning(status: int, service: str) -> str | None:
    """Return what `status` means in this service alone, None if nothing (see `describe_status`)."""
    table = _SERVICES[service]
    keys = (status, status >> 8, status >> 12)
    return next((text for key in keys if (text := table.get(key))), None)


def describe_status(status: int, service: str) -> str:
    """Return, for example, ``0xA700 (Failure: Out of resources)``.

    `service` is "storage", "find", "retrieve" or "verification".
    """
    meaning, kind = own_meaning(status, service) or _GENERAL.get(status), category(status)
    return f"0x{status:04X} ({kind}: {meaning})" if meaning else f"0x{status:04X} ({kind})"
