from __future__ import annotations

import pytest

from dcmtools.cli.injection import InjectionOptions
from dcmtools.cli.option_group import UsageError
from dcmtools.net.events import FaultsPlanned
from dcmtools.net.faults import Operation

from ..command import dcmtools


def test_nothing_is_planned_unless_asked_for() -> None:
    shown: list[object] = []
    assert InjectionOptions().plan(shown.append, workers=4) is None
    assert shown == []


def test_the_seed_is_told() -> None:
    shown: list[object] = []
    plan = InjectionOptions(inject=["store:1%:abort"]).plan(shown.append, workers=1)
    assert plan is not None
    assert shown == [FaultsPlanned(("store:1%:abort",), plan.seed)]


def test_the_seed_is_taken() -> None:
    plan = InjectionOptions(inject=["store:1:abort", "echo:1:drop"], inject_seed=7).plan(print, workers=1)
    assert plan is not None
    assert plan.seed == 7
    assert [rule.fault.text for rule in plan.rules] == ["abort", "drop"]


def test_several_processes_would_count_each_for_itself() -> None:
    with pytest.raises(UsageError, match="not allowed with argument --workers"):
        InjectionOptions(inject=["store:1:abort"]).plan(print, workers=2)


def test_an_operation_that_is_not_answered() -> None:
    with pytest.raises(UsageError, match="'find' is not one of associate, echo, store, any"):
        InjectionOptions(inject=["find:1:abort"]).check()
    InjectionOptions(operations=tuple(Operation), inject=["find:1:abort"]).check()


@pytest.mark.parametrize("command", [("storescp", 0), ("qrscp", "--port", 0)])
def test_a_wrong_fault_is_one_line(command: tuple[object, ...]) -> None:
    outcome = dcmtools(*command, "--inject", "store:3:statsu=0xA700")
    assert outcome.code == 2
    assert outcome.stdout == ""
    [line] = outcome.stderr.splitlines()
    assert line.startswith(
        f"dcmtools {command[0]}: error: argument --inject: 'store:3:statsu=0xA700': action 'statsu' is not"
    )
