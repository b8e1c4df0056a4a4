from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.faults import Chance, Due, Every, Fault, FaultPlan, FaultRule, Numbers, Operation

STORE, ECHO = Operation.STORE, Operation.ECHO
FAULT, OTHER = Fault("abort", ()), Fault("drop", ())


def rule(when: Numbers | Every | Chance, *, each: bool = False, fault: Fault = FAULT) -> FaultRule:
    return FaultRule(frozenset({STORE}), each, when, fault)


def struck(plan: FaultPlan, count: int) -> list[int]:
    """The numbers, from 1, of the first `count` stores in which there is a fault."""
    numbers: Counter[int] = Counter()
    return [number for number in range(1, count + 1) if plan.due(STORE, numbers)]


def test_numbers() -> None:
    assert struck(FaultPlan([rule(Numbers(((2, 2), (4, 5), (8, None))))], 0), 10) == [2, 4, 5, 8, 9, 10]


def test_every() -> None:
    assert struck(FaultPlan([rule(Every(3))], 0), 10) == [3, 6, 9]


def test_other_operations_are_not_counted() -> None:
    plan = FaultPlan([rule(Numbers(((2, 2),)))], 0)
    numbers: Counter[int] = Counter()
    due = [plan.due(operation, numbers) for operation in (STORE, ECHO, ECHO, STORE)]
    assert due == [None, None, None, Due(2, FAULT)]


def test_over_all_associations_or_in_each() -> None:
    first, second = Counter[int](), Counter[int]()
    one = Numbers(((1, 1),))
    over_all, in_each = FaultPlan([rule(one)], 0), FaultPlan([rule(one, each=True)], 0)
    assert [bool(over_all.due(STORE, each)) for each in (first, second)] == [True, False]
    assert [bool(in_each.due(STORE, each)) for each in (first, second, first)] == [True, True, False]


def test_the_first_rule_that_fits_decides_and_all_count() -> None:
    plan = FaultPlan([rule(Numbers(((2, 2),))), rule(Numbers(((2, 3),)), fault=OTHER)], 0)
    numbers: Counter[int] = Counter()
    assert [plan.due(STORE, numbers) for _ in range(3)] == [None, Due(2, FAULT), Due(3, OTHER)]


@given(st.integers(0, 1 << 40), st.floats(0, 1))
def test_a_seed_decides_the_same_again(seed: int, probability: float) -> None:
    first, second = (struck(FaultPlan([rule(Chance(probability))], seed), 50) for _ in range(2))
    assert first == second


def test_chances() -> None:
    assert struck(FaultPlan([rule(Chance(0.0))], 1), 1000) == []
    assert len(struck(FaultPlan([rule(Chance(1.0))], 1), 1000)) == 1000
    assert 150 < len(struck(FaultPlan([rule(Chance(0.2))], 1), 1000)) < 250
    assert struck(FaultPlan([rule(Chance(0.2))], 1), 100) != struck(FaultPlan([rule(Chance(0.2))], 2), 100)


def test_rules_do_not_change_each_others_chances() -> None:
    alone = struck(FaultPlan([rule(Chance(0.3))], 5), 100)
    before = FaultPlan([rule(Chance(0.3)), rule(Chance(0.9), fault=OTHER)], 5)
    numbers: Counter[int] = Counter()
    due = [before.due(STORE, numbers) for _ in range(100)]
    assert [number for number, each in enumerate(due, start=1) if each and each.fault is FAULT] == alone


def test_many_threads_count_together() -> None:
    plan = FaultPlan([rule(Every(10))], 0)
    with ThreadPoolExecutor(8) as pool:
        counts = list(
            pool.map(lambda _: len([1 for _ in range(500) if plan.due(STORE, Counter())]), range(8))
        )
    assert sum(counts) == 400
