from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from itertools import pairwise
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.inspection import DatasetInspector
from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.dicom.sources import MemorySource
from dcmtools.errors import StorageError
from tests.samples import Sample, samples


def _dataset(sample: Sample) -> tuple[InstanceFile, bytes]:
    file = read_instance(sample.path)
    return file, sample.path.read_bytes()[file.offset :]


def _never() -> NoReturn:
    raise AssertionError("there is nothing more to read")


def _inspect(file: InstanceFile, data: bytes, cuts: Sequence[int] = ()) -> None:
    inspector = DatasetInspector(file.sop_class_uid, file.sop_instance_uid, file.transfer_syntax_uid)
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for begin, end in pairwise(bounds):
        inspector.feed(memoryview(data)[begin:end])
    assert inspector.size == len(data)
    inspector.finish(lambda: nullcontext(MemorySource(data)))


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.path.name)
def test_every_sample_is_whole_in_pieces_of_any_size(sample):
    file, data = _dataset(sample)
    for size in (16376, 1000, len(data) or 1):
        _inspect(file, data, list(range(size, len(data), size)))


@given(cuts=st.lists(st.integers(0, 40_000), max_size=40))
def test_where_the_pieces_are_cut_makes_no_difference(cuts):
    file, data = _dataset(samples()[0])
    _inspect(file, data, cuts)


@given(kept=st.integers(300, 2000))
def test_a_dataset_that_ends_inside_an_element_is_refused(kept):
    file, data = next(pair for pair in map(_dataset, samples()) if len(pair[1]) > 30_000)
    with pytest.raises(StorageError) as caught:
        _inspect(file, data[:-kept])
    assert caught.value.status in (0xC000, 0xC210)


def test_uids_that_differ_from_the_request_are_refused():
    file, data = _dataset(samples()[0])
    inspector = DatasetInspector(file.sop_class_uid, "1.2.3", file.transfer_syntax_uid)
    inspector.feed(memoryview(data))
    with pytest.raises(StorageError) as caught:
        inspector.finish(_never)
    assert caught.value.status == 0xA900


@given(st.binary(max_size=300))
def test_what_is_no_dataset_is_refused_without_any_other_error(data):
    inspector = DatasetInspector("1.2", "1.2.3", "1.2.840.10008.1.2.1")
    inspector.feed(memoryview(data))
    with pytest.raises(StorageError):
        inspector.finish(_never)


def test_a_request_without_a_uid_is_refused():
    inspector = DatasetInspector("1.2", "", "1.2.840.10008.1.2.1")
    with pytest.raises(StorageError) as caught:
        inspector.finish(_never)
    assert caught.value.status == 0x0117


def test_a_large_dataset_without_pixel_data_is_looked_over_where_it_was_written():
    head = b"\x08\x00\x16\x00UI\x04\x001.2\0\x08\x00\x18\x00UI\x06\x001.2.3\0"
    data = head + b"\x11\x00\x10\x10OB\0\0" + (100_000).to_bytes(4, "little") + bytes(100_000)
    for end, whole in ((len(data), True), (len(data) - 2, False)):
        inspector = DatasetInspector("1.2", "1.2.3", "1.2.840.10008.1.2.1")
        inspector.feed(memoryview(data)[:end])
        try:
            inspector.finish(lambda end=end: nullcontext(MemorySource(data[:end])))
        except StorageError as exc:
            assert (exc.status, whole) == (0xC000, False)
        else:
            assert whole
