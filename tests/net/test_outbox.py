from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.net import outbox
from dcmtools.net.outbox import Outbox

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
PLAIN, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"


@pytest.fixture(autouse=True, scope="module")
def three_ahead():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outbox, "LOOK_AHEAD", 3)
        yield


def file(number: int, sop_class: str = CT, syntax: str = PLAIN) -> InstanceFile:
    return InstanceFile(f"{number}", sop_class, f"1.2.{number}", syntax, 0, 100)


class Plan:
    """Counts how many files were looked at."""

    def __init__(self, files: list[InstanceFile]) -> None:
        self.looked_at = 0
        self._files = files

    def __iter__(self) -> Iterator[InstanceFile]:
        for each in self._files:
            self.looked_at += 1
            yield each


def sent(box: Outbox) -> list[list[InstanceFile]]:
    """Empty an outbox as a sender does; the files of each association."""
    associations = []
    while box:
        classes = {sop_class for sop_class, _ in box.kinds[:1]}
        waiting = box.select(classes)
        files = []
        while waiting.first is not None:
            files.append(waiting.take())
        associations.append(files)
    return associations


def test_an_empty_outbox_is_false():
    box = Outbox([])
    assert not box
    assert box.kinds == []


def test_the_first_file_goes_out_before_the_last_is_looked_at():
    plan = Plan([file(number) for number in range(100)])
    box = Outbox(plan)
    assert box.kinds == [(CT, PLAIN)]
    assert plan.looked_at == 3
    waiting = box.select({CT})
    for number in range(10):
        assert waiting.first == file(number)
        assert waiting.take() == file(number)
        assert plan.looked_at <= number + 5
    assert box


def test_a_kind_that_was_not_seen_in_time_waits_for_the_next_association():
    files = [file(0), file(1), file(2), file(3, MR), file(4), file(5, CT, JPEG), file(6), file(7, MR)]
    assert sent(Outbox(files)) == [
        [file(0), file(1), file(2), file(4), file(6)],
        [file(3, MR), file(7, MR)],
        [file(5, CT, JPEG)],
    ]


def test_what_waits_for_a_later_association_is_bounded():
    plan = Plan([file(0), *(file(number, MR) for number in range(1, 100)), file(100)])
    box = Outbox(plan)
    assert box.kinds
    waiting = box.select({CT})
    assert waiting.first == file(0)
    waiting.take()
    assert waiting.first is None
    assert plan.looked_at <= 5


def test_all_files_of_a_batch_that_was_given_up_are_drained_and_no_others():
    box = Outbox([file(0), file(1), file(2), file(3, MR), file(4), file(5, MR)])
    assert box.kinds
    waiting = box.select({CT})
    assert waiting.take() == file(0)
    assert list(waiting.drain()) == [file(1), file(2), file(4)]
    assert sent(box) == [[file(3, MR), file(5, MR)]]


def test_a_file_that_was_put_back_is_the_first_again():
    box = Outbox([file(0), file(1), file(2)])
    waiting = box.select({sop_class for sop_class, _ in box.kinds})
    assert waiting.take() == file(0)
    assert waiting.take() == file(1)
    waiting.put_back()
    assert [waiting.take() for _ in range(2)] == [file(1), file(2)]
    assert waiting.first is None
    waiting.put_back()
    assert waiting.first == file(2)


@given(st.lists(st.tuples(st.sampled_from((CT, MR, "1.2.3")), st.sampled_from((PLAIN, JPEG))), max_size=30))
def test_each_file_is_sent_once_and_its_kind_was_known_to_the_association(kinds):
    files = [file(number, *kind) for number, kind in enumerate(kinds)]
    associations = sent(Outbox(files))
    assert sorted((each for files in associations for each in files), key=lambda each: int(each[0])) == files
    for association in associations:
        assert len({each.sop_class_uid for each in association}) == 1
