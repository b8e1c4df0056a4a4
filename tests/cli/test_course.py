from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.cli.course import Bounds, Course, Fact
from dcmtools.errors import ExitCode
from dcmtools.net.events import Ending


def course(bounds: Bounds, *facts: Fact) -> Course:
    """What began at 0 and has had these facts, one a second."""
    begun = Course(bounds, 0)
    for now, fact in enumerate(facts, start=1):
        begun.note(fact, now)
    return begun


OBJECT, BEGAN, ENDED = Fact.OBJECT_RECEIVED, Fact.ASSOCIATION_BEGAN, Fact.ASSOCIATION_ENDED


def test_without_bounds_it_never_ends() -> None:
    endless = course(Bounds(), BEGAN, OBJECT, ENDED)
    assert endless.deadline is None
    assert endless.end(1e9) is None
    assert endless.exit_code is ExitCode.OK


@pytest.mark.parametrize(
    ("bounds", "facts", "reason"),
    [
        (Bounds(objects=1), [BEGAN, OBJECT], "1 object received"),
        (Bounds(objects=2), [BEGAN, OBJECT, OBJECT, OBJECT], "3 objects received"),
        (Bounds(associations=1), [BEGAN, OBJECT, ENDED], "1 association ended"),
        (Bounds(objects=9, associations=2), [BEGAN, BEGAN, ENDED, ENDED], "2 associations ended"),
    ],
)
def test_it_ends_when_what_was_to_come_has_come(bounds: Bounds, facts: list[Fact], reason: str) -> None:
    assert course(bounds, *facts[:-1]).end(100) is None or bounds.objects == 2
    done = course(bounds, *facts)
    assert done.end(100) == Ending(reason, complete=True)
    assert done.exit_code is ExitCode.OK


@pytest.mark.parametrize(
    ("bounds", "facts", "reason", "code"),
    [
        (Bounds(objects=2, timeout=60), [], "time is up after 60 s, 0 of 2 objects received", 1),
        (Bounds(objects=2, timeout=60), [BEGAN, OBJECT], "time is up after 60 s, 1 of 2 objects received", 3),
        (
            Bounds(objects=1, associations=2, idle=5),
            [BEGAN, ENDED],
            "no association for 5 s, 0 of 1 object received, 1 of 2 associations ended",
            3,
        ),
    ],
)
def test_what_has_not_come_in_time_is_missing(
    bounds: Bounds, facts: list[Fact], reason: str, code: int
) -> None:
    late = course(bounds, *facts)
    assert late.end(100) == Ending(reason, complete=False)
    assert late.exit_code == code


def test_a_time_alone_is_all_that_was_asked() -> None:
    assert course(Bounds(timeout=0.5)).end(0.5) == Ending("time is up after 0.5 s", complete=True)
    assert course(Bounds(idle=2), BEGAN, ENDED).end(4) == Ending("no association for 2 s", complete=True)


def test_it_is_idle_between_associations_only() -> None:
    bounds = Bounds(idle=5)
    assert course(bounds).deadline == 5
    assert course(bounds, BEGAN, BEGAN, ENDED).deadline is None
    assert course(bounds, BEGAN, BEGAN, ENDED, ENDED).deadline == 9
    assert course(bounds, BEGAN).end(1000) is None


@given(
    st.lists(st.sampled_from([OBJECT, BEGAN, ENDED]), max_size=20),
    st.builds(
        Bounds,
        st.none() | st.integers(1, 5),
        st.none() | st.integers(1, 5),
        st.none() | st.floats(0.1, 50),
        st.none() | st.floats(0.1, 50),
    ),
    st.floats(20, 100),
)
def test_whatever_happens_it_ends_at_its_deadline_at_the_latest(
    facts: list[Fact], bounds: Bounds, now: float
) -> None:
    some = course(bounds, *facts)
    ending = some.end(now)
    if some.deadline is not None and now >= some.deadline:
        assert ending is not None
    if ending is not None:
        assert ending.complete == (some.exit_code is ExitCode.OK)
