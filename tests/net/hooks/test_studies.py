from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.hooks.studies import StudyWatch


def test_a_study_is_over_when_nothing_more_comes() -> None:
    watch = StudyWatch(10)
    assert watch.next_end is None
    watch.note("1", 0).paths["a"] = None
    watch.note("2", 4).paths["b"] = None
    watch.note("1", 8).paths["c"] = None
    assert watch.next_end == 14
    assert watch.over(13.9) == []
    [second] = watch.over(14)
    assert (second.study_instance_uid, list(second.paths)) == ("2", ["b"])
    [first] = watch.over(18)
    assert (first.study_instance_uid, list(first.paths)) == ("1", ["a", "c"])
    assert watch.next_end is None


def test_what_comes_later_is_the_study_again() -> None:
    watch = StudyWatch(10)
    watch.note("1", 0).paths["a"] = None
    assert [study.study_instance_uid for study in watch.over(10)] == ["1"]
    assert not watch.note("1", 11).paths


def test_too_many_studies() -> None:
    watch = StudyWatch(10, most=3)
    for number in range(5):
        watch.note(str(number), number)
    assert [study.study_instance_uid for study in watch.over(5)] == ["0", "1"]
    assert [study.study_instance_uid for study in watch.all()] == ["2", "3", "4"]
    assert watch.all() == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=60))
def test_every_object_is_in_one_study_that_ends(steps: list[tuple[int, int]]) -> None:
    """And no study ends before it was silent for so long."""
    watch, now, told = StudyWatch(3), 0, []
    for number, (pause, study) in enumerate(steps):
        now += pause
        for ended in watch.over(now):
            assert ended.last + 3 <= now
            told += ended.paths
        watch.note(str(study), now).paths[str(number)] = None
    told += [path for study in watch.all() for path in study.paths]
    assert sorted(told, key=int) == [str(number) for number in range(len(steps))]
