"""Faults that an SCP makes because it was asked to: to test the software of its peers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple

from dcmtools.net.access import Rejection


class Operation(StrEnum):
    """What a peer asks for: an association, or a DIMSE service on it."""

    ASSOCIATE = "associate"
    ECHO = "echo"
    STORE = "store"
    FIND = "find"
    GET = "get"
    MOVE = "move"


class Stage(StrEnum):
    """When something is done: the command set is there, a piece of the dataset is, the response is due."""

    REQUEST = "request"
    DATASET = "dataset"
    RESPONSE = "response"


class ActionKind(StrEnum):
    """What is done."""

    STATUS = "status"
    DELAY = "delay"
    HANG = "hang"
    ABORT = "abort"
    DROP = "drop"
    RESET = "reset"
    REJECT = "reject"


class Action(NamedTuple):
    """One thing to do: `value` is the status, the seconds of a delay, or the rejection."""

    kind: ActionKind
    stage: Stage = Stage.REQUEST
    value: int | float | Rejection | None = None


class Fault(NamedTuple):
    """What is done instead of what would be right, or before it; `text` is how it was written."""

    text: str
    actions: tuple[Action, ...]

    def at(self, stage: Stage) -> Iterator[Action]:
        """Yield the actions of a stage in their order."""
        return (action for action in self.actions if action.stage is stage)

    @property
    def status(self) -> int | None:
        """The status to answer with, None for the true one."""
        return next((int(each.value) for each in self.actions if isinstance(each.value, int)), None)


class Numbers(NamedTuple):
    """The operations with these numbers, from 1; each range has a first and a last one, or no last one."""

    ranges: tuple[tuple[int, int | None], ...]

    def falls_on(self, number: int, draw: Callable[[], float]) -> bool:  # noqa: ARG002
        """Whether the operation of this number is one of them."""
        return any(first <= number and (last is None or number <= last) for first, last in self.ranges)


class Every(NamedTuple):
    """Every operation whose number can be divided by `step`."""

    step: int

    def falls_on(self, number: int, draw: Callable[[], float]) -> bool:  # noqa: ARG002
        """Whether the operation of this number is one of them."""
        return number % self.step == 0


class Chance(NamedTuple):
    """Each operation with a `probability` from 0 to 1."""

    probability: float

    def falls_on(self, number: int, draw: Callable[[], float]) -> bool:  # noqa: ARG002
        """Whether the number that `draw` returns, of 0 up to 1, is among the lowest."""
        return draw() < self.probability


class FaultRule(NamedTuple):
    """Makes a fault in some of the `operations`, which are counted over all associations or in each."""

    operations: frozenset[Operation]
    in_each_association: bool
    when: Numbers | Every | Chance
    fault: Fault


class Due(NamedTuple):
    """A fault that has to be made in the operation of this number."""

    number: int
    fault: Fault


class FaultPlan:
    """Decides in which operations a fault is made; may be asked by several threads.

    The first of `rules` that fits decides, and each counts all operations that it is about. With the
    same `seed` and the same order of operations it decides the same again.
    """

    def __init__(self, rules: Sequence[FaultRule], seed: int) -> None:
        self.rules = tuple(rules)
        self.seed = seed
        self._draws = [Random(f"{seed}/{index}").random for index in range(len(rules))]  # noqa: S311
        self._numbers: Counter[int] = Counter()
        self._asking = threading.Lock()

    def due(self, operation: Operation, numbers: Counter[int]) -> Due | None:
        """Count an operation, and return the fault to make in it.

        `numbers` are those of the association: they begin empty, and only this method changes them.
        """
        found = None
        with self._asking:
            for index, rule in enumerate(self.rules):
                if operation not in rule.operations:
                    continue
                counted = numbers if rule.in_each_association else self._numbers
                counted[index] += 1
                if rule.when.falls_on(counted[index], self._draws[index]) and found is None:
                    found = Due(counted[index], rule.fault)
        return found
