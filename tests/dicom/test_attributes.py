from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config, dcmread

from dcmtools.dicom.attributes import LONGEST_VALUE, read_attributes
from dcmtools.dicom.part10 import read_instance
from dcmtools.dicom.sources import FileSource, MemorySource
from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE,
    IMPLICIT_VR_LITTLE_ENDIAN,
    Encoding,
)

from ..samples import samples
from .encoded import Leaf, Node, datasets, element, encode, encodings, sequence

_SYNTAXES = {
    EXPLICIT_LITTLE: EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE: IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG: EXPLICIT_VR_BIG_ENDIAN,
}
_TAGS = frozenset({0x00080005, 0x00080016, 0x00100010, 0x00091002, 0x00280100, 0x7FE00009})


class _Drop(MemorySource):
    """Bytes in windows of the smallest size."""

    def window(self, offset: int) -> memoryview | None:
        window = super().window(offset)
        return None if window is None else memoryview(window)[:12]


def _first(nodes: tuple[Node, ...]) -> dict[int, bytes]:
    """The values of the chosen tags; a dataset has each once, these may have more."""
    values: dict[int, bytes] = {}
    for node in nodes:
        if isinstance(node, Leaf) and node.tag in _TAGS:
            values.setdefault(node.tag, node.value)
    return values


@given(nodes=datasets, encoding=encodings)
def test_the_values_are_those_of_the_top_level(nodes: tuple[Node, ...], encoding: Encoding) -> None:
    ordered = tuple(sorted(nodes, key=lambda node: node.tag))
    data = encode(ordered, encoding)
    for source in (data, _Drop(data)):
        assert read_attributes(source, _SYNTAXES[encoding], _TAGS) == _first(ordered)


@given(nodes=datasets, encoding=encodings, cut=st.integers(0, 200))
def test_a_dataset_that_is_cut_gives_what_it_has(
    nodes: tuple[Node, ...], encoding: Encoding, cut: int
) -> None:
    ordered = tuple(sorted(nodes, key=lambda node: node.tag))
    found = read_attributes(encode(ordered, encoding)[:cut], _SYNTAXES[encoding], _TAGS)
    assert all(not value or value == _first(ordered)[tag] for tag, value in found.items())


@given(st.binary(max_size=300), st.sampled_from([*_SYNTAXES.values(), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN]))
def test_any_bytes_are_borne(data: bytes, syntax: str) -> None:
    read_attributes(data, syntax, _TAGS)


def test_a_deflated_dataset_is_inflated() -> None:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = element(0x00090010, b"UT", b"x" * 100_000) + element(0x00100010, b"PN", b"Doe^John")
    deflated = deflater.compress(data) + deflater.flush()
    assert read_attributes(deflated, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, _TAGS) == {0x00100010: b"Doe^John"}


def test_nothing_behind_the_last_tag_is_looked_at() -> None:
    data = element(0x00100010, b"PN", b"Doe^John") + b"\xff" * 100
    assert read_attributes(data, EXPLICIT_VR_LITTLE_ENDIAN, {0x00100010}) == {0x00100010: b"Doe^John"}
    assert read_attributes(data, EXPLICIT_VR_LITTLE_ENDIAN, frozenset()) == {}


def test_a_value_beyond_all_bounds_is_passed_over() -> None:
    data = element(0x00080005, b"UT", bytes(LONGEST_VALUE + 2)) + element(0x00100010, b"PN", b"Doe^John")
    assert read_attributes(_Drop(data), EXPLICIT_VR_LITTLE_ENDIAN, _TAGS) == {0x00100010: b"Doe^John"}


def test_a_value_may_lie_across_windows(tmp_path: Path) -> None:
    data = sequence(0x00081140, [b""], defined=False) + element(0x00080005, b"UT", b"y" * 50_000)
    data += element(0x00100010, b"PN", b"Doe^John") + bytes(20)
    path = tmp_path / "dataset"
    path.write_bytes(data)
    with path.open("rb", buffering=0) as stream:
        source = FileSource(stream.fileno(), 0, len(data))
        found = read_attributes(source, EXPLICIT_VR_LITTLE_ENDIAN, {0x00080005, 0x00100010})
    assert found == {0x00080005: b"y" * 50_000, 0x00100010: b"Doe^John"}


@pytest.mark.parametrize("path", [sample.path for sample in samples()], ids=lambda path: path.name)
def test_samples_have_what_pydicom_reads(path: Path) -> None:
    tags = {0x00080018: "SOPInstanceUID", 0x00100020: "PatientID", 0x0020000D: "StudyInstanceUID"}
    instance = read_instance(path)
    with path.open("rb", buffering=0) as stream:
        source = FileSource(stream.fileno(), instance.offset, instance.offset + instance.length)
        found = read_attributes(source, instance.transfer_syntax_uid, tags.keys())
    with config.disable_value_validation():
        dataset = dcmread(path, stop_before_pixels=True, specific_tags=list(tags.values()))
        for tag, keyword in tags.items():
            assert found.get(tag, b"").strip(b"\0 ").decode("latin-1") == (dataset.get(keyword) or "")
