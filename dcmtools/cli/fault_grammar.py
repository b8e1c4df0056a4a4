"""How a fault is written: ``OPERATION[/association]:WHEN:ACTION[,ACTION...]``.

- OPERATION is ``associate``, ``echo``, ``store``, ``find``, ``get``, ``move``, or ``any`` of the last five;
- WHEN is ``all``, numbers such as ``3`` or ``1,4-6,10-``, ``every5``, or a probability such as ``2.5%``;
- ACTION is ``NAME[=VALUE][@STAGE]``, see `ActionKind` and `Stage`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dcmtools.dicom.text import brief_text
from dcmtools.net.access import Rejection
from dcmtools.net.faults import (
    Action,
    ActionKind,
    Chance,
    Every,
    Fault,
    FaultRule,
    Numbers,
    Operation,
    Stage,
)

_ANY = "any"
_ON_PURPOSE = "injected fault"
_EACH = "association"
_SERVICES = frozenset(Operation) - {Operation.ASSOCIATE}
_ON_ASSOCIATE = frozenset(ActionKind) - {ActionKind.STATUS}
_ON_SERVICES = frozenset(ActionKind) - {ActionKind.REJECT}
_LONGEST_DELAY = 1e6  # seconds

_REJECTIONS = {
    "": Rejection(1, 1, 1, _ON_PURPOSE),
    "calling": Rejection(1, 1, 3, _ON_PURPOSE),
    "called": Rejection(1, 1, 7, _ON_PURPOSE),
    "congestion": Rejection(2, 3, 1, _ON_PURPOSE),
    "limit": Rejection(2, 3, 2, _ON_PURPOSE),
}
"""The words for rejections (PS3.8 table 9-21): others are written as result/source/reason."""

_is_every = re.compile(r"every([1-9][0-9]{0,8})").fullmatch
_is_percentage = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)%").fullmatch
_is_seconds = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?").fullmatch
_is_status = re.compile(r"0[xX]([0-9A-Fa-f]{1,4})").fullmatch
_is_rejection = re.compile(r"([12])/(1/[1237]|[23]/[12])").fullmatch  # result, source and reason
_range = re.compile(r"([1-9][0-9]{0,8})(?:(-)([1-9][0-9]{0,8})?)?").fullmatch


def parse_fault(text: str, answered: Iterable[Operation]) -> FaultRule:
    """Read a fault of a server that answers these operations; raises ValueError, which says what is wrong."""
    parts = text.strip().split(":")
    if len(parts) != 3:
        raise ValueError("is not OPERATION:WHEN:ACTION, such as store:3:status=0xA700")
    name, _, scope = parts[0].partition("/")
    operations = _operations(name, frozenset(answered))
    if "/" in parts[0] and (scope != _EACH or Operation.ASSOCIATE in operations):
        raise ValueError(f"'{brief_text(parts[0])}': only services are counted anew with /{_EACH}")
    allowed = _ON_ASSOCIATE if Operation.ASSOCIATE in operations else _ON_SERVICES
    actions = tuple(_action(each, allowed) for each in parts[2].split(","))
    if sum(action.kind is ActionKind.STATUS for action in actions) > 1:
        raise ValueError("has more than one status")
    if Operation.ASSOCIATE in operations and any(action.stage is not Stage.REQUEST for action in actions):
        raise ValueError("associate has no stages")
    return FaultRule(operations, bool(scope), _when(parts[1]), Fault(parts[2], actions))


def _operations(name: str, answered: frozenset[Operation]) -> frozenset[Operation]:
    if name == _ANY:
        return answered & _SERVICES
    if name not in answered:
        known = ", ".join([each for each in Operation if each in answered] + [_ANY])
        raise ValueError(f"operation '{brief_text(name)}' is not one of {known}")
    return frozenset({Operation(name)})


def _when(text: str) -> Numbers | Every | Chance:
    if text == "all":
        return Numbers(((1, None),))
    if (match := _is_every(text)) is not None:
        return Every(int(match[1]))
    if (match := _is_percentage(text)) is not None and float(match[1]) <= 100:
        return Chance(float(match[1]) / 100)
    numbers = []
    for each in text.split(","):
        match = _range(each)
        if match is None:
            raise ValueError(
                f"'{brief_text(text)}' is not all, every5, 10% or numbers such as 3, 2-5, 7- or 1,4-6"
            )
        last = int(match[3]) if match[3] else None if match[2] else int(match[1])
        if last is not None and last < int(match[1]):
            raise ValueError(f"{match[0]} goes backwards")
        numbers.append((int(match[1]), last))
    return Numbers(tuple(numbers))


def _action(text: str, allowed: frozenset[ActionKind]) -> Action:
    rest, at, stage = text.partition("@")
    name, equals, value = rest.partition("=")
    if name not in allowed:
        known = ", ".join(each for each in ActionKind if each in allowed)
        raise ValueError(f"action '{brief_text(name)}' is not one of {known}")
    kind = ActionKind(name)
    if at and kind in (ActionKind.STATUS, ActionKind.REJECT):
        raise ValueError(f"{kind} has no stage")
    if at and stage not in list(Stage):
        raise ValueError(f"stage '{brief_text(stage)}' is not one of {', '.join(Stage)}")
    return Action(kind, Stage(stage) if at else Stage.REQUEST, _value(kind, equals, value))


def _value(kind: ActionKind, equals: str, value: str) -> int | float | Rejection | None:
    match kind:
        case ActionKind.STATUS:
            if (status := _is_status(value)) is not None:
                return int(status[1], 16)
            raise ValueError(f"'{brief_text(value)}' is not a status such as status=0xA700")
        case ActionKind.DELAY:
            if _is_seconds(value) and float(value) <= _LONGEST_DELAY:
                return float(value)
            raise ValueError(f"'{brief_text(value)}' is not a number of seconds such as delay=2.5")
        case ActionKind.REJECT:
            if _is_rejection(value):
                result, source, reason = map(int, value.split("/"))
                return Rejection(result, source, reason, _ON_PURPOSE)
            if value in _REJECTIONS and bool(value) == bool(equals):
                return _REJECTIONS[value]
            known = ", ".join(word for word in _REJECTIONS if word)
            raise ValueError(f"'{brief_text(value)}' is not one of {known}, or numbers such as reject=2/3/1")
    if equals:
        raise ValueError(f"{kind} takes no value")
    return None
