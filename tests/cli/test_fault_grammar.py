from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.cli.fault_grammar import parse_fault
from dcmtools.net.access import Rejection
from dcmtools.net.faults import Action, ActionKind, Chance, Every, Numbers, Operation, Stage

SERVICES = set(Operation) - {Operation.ASSOCIATE}


@pytest.mark.parametrize(
    ("text", "operations", "in_each"),
    [
        ("associate:1:drop", {Operation.ASSOCIATE}, False),
        ("move:1:drop", {Operation.MOVE}, False),
        ("store/association:1:drop", {Operation.STORE}, True),
        ("any:1:drop", SERVICES, False),
        ("any/association:1:drop", SERVICES, True),
    ],
)
def test_operations(text: str, operations: set[Operation], in_each: bool) -> None:
    rule = parse_fault(text, Operation)
    assert rule.operations == operations
    assert rule.in_each_association is in_each


def test_any_is_what_is_answered() -> None:
    rule = parse_fault("any:1:drop", [Operation.ECHO, Operation.ASSOCIATE])
    assert rule.operations == {Operation.ECHO}


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        ("all", Numbers(((1, None),))),
        ("3", Numbers(((3, 3),))),
        ("2-5", Numbers(((2, 5),))),
        ("7-", Numbers(((7, None),))),
        ("1,4-6,10-", Numbers(((1, 1), (4, 6), (10, None)))),
        ("every5", Every(5)),
        ("2.5%", Chance(0.025)),
        ("100%", Chance(1.0)),
    ],
)
def test_when(when: str, meant: object) -> None:
    assert parse_fault(f"store:{when}:abort", Operation).when == meant


@pytest.mark.parametrize(
    ("written", "action"),
    [
        ("status=0xA700", Action(ActionKind.STATUS, value=0xA700)),
        ("delay=2.5", Action(ActionKind.DELAY, value=2.5)),
        ("delay=1@response", Action(ActionKind.DELAY, Stage.RESPONSE, 1.0)),
        ("hang", Action(ActionKind.HANG)),
        ("abort@dataset", Action(ActionKind.ABORT, Stage.DATASET)),
        ("drop@request", Action(ActionKind.DROP)),
        ("reset@response", Action(ActionKind.RESET, Stage.RESPONSE)),
    ],
)
def test_actions(written: str, action: Action) -> None:
    fault = parse_fault(f"store:1:{written}", Operation).fault
    assert (fault.text, fault.actions) == (written, (action,))


@pytest.mark.parametrize(
    ("written", "rejection"),
    [
        ("reject", (1, 1, 1)),
        ("reject=called", (1, 1, 7)),
        ("reject=calling", (1, 1, 3)),
        ("reject=congestion", (2, 3, 1)),
        ("reject=limit", (2, 3, 2)),
        ("reject=2/2/1", (2, 2, 1)),
    ],
)
def test_rejections(written: str, rejection: tuple[int, int, int]) -> None:
    [action] = parse_fault(f"associate:1:{written}", Operation).fault.actions
    assert isinstance(action.value, Rejection) and action.value[:3] == rejection


def test_several_actions_in_their_order() -> None:
    fault = parse_fault("store:1:delay=1,status=0xB000,abort@response", Operation).fault
    assert [action.kind.value for action in fault.actions] == ["delay", "status", "abort"]
    assert fault.status == 0xB000
    assert [action.kind.value for action in fault.at(Stage.RESPONSE)] == ["abort"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "store:3:status=0xA700"),
        ("store:3", "is not OPERATION:WHEN:ACTION"),
        ("store:3:abort:drop", "is not OPERATION:WHEN:ACTION"),
        ("stroe:3:abort", "'stroe' is not one of associate, echo, store, find, get, move, any"),
        ("store/study:3:abort", "/association"),
        ("store/:3:abort", "/association"),
        ("associate/association:3:abort", "/association"),
        ("store:0:abort", "'0' is not"),
        ("store::abort", "'' is not"),
        ("store:1,,2:abort", "'1,,2' is not"),
        ("store:5-2:abort", "5-2 goes backwards"),
        ("store:101%:abort", "'101%' is not"),
        ("store:every0:abort", "'every0' is not"),
        ("store:1:", "action '' is not one of status, delay, hang, abort, drop, reset"),
        ("store:1:reject", "action 'reject' is not"),
        (
            "associate:1:status=0xA700",
            "action 'status' is not one of delay, hang, abort, drop, reset, reject",
        ),
        ("store:1:status", "is not a status"),
        ("store:1:status=A700", "'A700' is not a status"),
        ("store:1:status=0x12345", "is not a status"),
        ("store:1:status=0xA700@request", "status has no stage"),
        ("store:1:status=0xA700,status=0xB000", "more than one status"),
        ("store:1:delay=-1", "'-1' is not a number of seconds"),
        ("store:1:delay=9999999", "is not a number of seconds"),
        ("store:1:abort=3", "abort takes no value"),
        ("store:1:abort@", "stage '' is not one of request, dataset, response"),
        ("store:1:abort@end", "stage 'end' is not"),
        ("associate:1:reject=never", "'never' is not one of calling, called, congestion, limit"),
        ("associate:1:reject=", "'' is not one of"),
        ("associate:1:reject=1/1/9", "'1/1/9' is not one of"),
        ("associate:1:reject=3/1/1", "'3/1/1' is not one of"),
        ("associate:1:abort@response", "associate has no stages"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_fault(text, Operation)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="storeany:/association%0123456789-,.=@xAB all every\n\x1b", max_size=60))
def test_any_text_is_a_fault_or_an_error(text: str) -> None:
    try:
        parse_fault(text, Operation)
    except ValueError as exc:
        assert str(exc).isprintable()
