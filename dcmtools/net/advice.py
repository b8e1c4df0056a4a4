"""What to do about a DIMSE status, and all that a response says of a failure."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.datadict import dictionary_description
from pydicom.tag import Tag

from dcmtools.net.statuses import describe_status

_PEER_LOG = "the log of the peer says more"
_NO_PERMISSION = "the peer does not allow this to me: -aet, --user or an entry in its configuration may"
_ROOM = "the peer needs room or memory: try again later, --retries does it"
_IDENTIFIER = "check QueryRetrieveLevel, the unique keys of the levels above it, and the model (-P, -S)"
_HANDLER = "pynetdicom peers answer so when their own code fails: their log says more"

_GENERAL = {
    0x0105: "the peer does not know the attribute",
    0x0106: "a value is not allowed",
    0x0110: _PEER_LOG,
    0x0111: "the peer already has an object with this SOP Instance UID",
    0x0112: "the peer does not have what was asked for",
    0x0117: "the SOP Instance UID is not valid, or not the one in the data set",
    0x0118: "the peer does not have this SOP class: echoscu --probe shows those it accepts",
    0x0120: "the offending elements are required",
    0x0121: "the offending elements need a value",
    0x0122: "the peer has no service for this SOP class: echoscu --probe shows those it accepts",
    0x0124: _NO_PERMISSION,
    0x0210: "the message ID is in use: pynetdicom storage peers mean that they cannot decode the data set",
    0x0211: "the peer has no service for this kind of request",
    0x0212: "the peer cannot read an element of the request",
    0x0213: _ROOM,
}
_STORAGE = {
    0xC210: "the peer cannot decode the data set: is it damaged, or better in another syntax (-xe, -xi)?",
    0xC211: _HANDLER,
    0xA7: _ROOM,
    0xA9: "the data set lacks what its SOP class requires, or has another SOP Class or Instance UID",
    0xC: "the peer cannot read the object, or does not want it: its log says more",
    0xB000: "the peer changed elements",
    0xB006: "the peer left elements out",
    0xB007: "the peer stored it, but it is not what its SOP class says",
}
_FIND = {
    0xA700: "ask for less: with more keys, a shorter range of dates, or --cancel-after",
    0xA710: "the prior record key is unknown",
    0xA900: _IDENTIFIER,
    0xB001: "there are more matches: ask with more keys",
    0xC311: _HANDLER,
    0xC: f"the peer cannot answer this query: {_IDENTIFIER}, or its log",
}
_RETRIEVE = {
    0xA701: "ask for less, or later",
    0xA702: "the peer does not reach the receiver of the objects, or that refuses them: its log says more",
    0xA801: "the peer does not know the move destination: -aem names it, the peer needs its host and port",
    0xA900: _IDENTIFIER,
    0xB000: "the log of the peer says why some were not sent",
    0xC411: _HANDLER,
    0xC511: _HANDLER,
    0xC: f"the peer cannot do this retrieval: {_IDENTIFIER}, or its log",
}
_SERVICES = {"storage": _STORAGE, "find": _FIND, "retrieve": _RETRIEVE, "verification": {}}


def advice(status: int, service: str) -> str | None:
    """Return what may be done about a response with this status, None where there is nothing to say.

    `service` is as in `describe_status`.
    """
    table = _SERVICES[service]
    keys = (status, status >> 8, status >> 12)
    return next((text for key in keys if (text := table.get(key))), _GENERAL.get(status))


def answer_text(status: int, service: str, comment: str | None = None, offending: Iterable[int] = ()) -> str:
    """Return a status in words, and what the peer adds: Error Comment and Offending Elements.

    `service` is as in `describe_status`.
    """
    text = describe_status(status, service)
    if comment:
        text += f": {comment}"
    if elements := ", ".join(map(_element, offending)):
        text += f", offending elements: {elements}"
    return text


def failure_text(status: int, service: str, comment: str | None = None, offending: Iterable[int] = ()) -> str:
    """Return `answer_text`, and in parentheses what may be done about it."""
    text, hint = answer_text(status, service, comment, offending), advice(status, service)
    return f"{text} ({hint})" if hint else text


def _element(tag: int) -> str:
    number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    try:
        return f"{dictionary_description(Tag(tag))} {number}"
    except KeyError:  # private, or of the future
        return number
