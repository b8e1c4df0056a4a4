from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.sources import WINDOW, DeflatedSource, FileSource, MemorySource, Source

CONTENT = bytes(range(256)) * 300


def deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


def read_at(source: Source, offsets: list[int]) -> list[bytes | None]:
    """The first bytes of the windows at `offsets`, which must be long enough for a header."""
    read = []
    for offset in offsets:
        window = source.window(offset)
        if window is None:
            read.append(None)
            continue
        assert len(window) >= min(12, len(CONTENT) - offset)
        assert CONTENT[offset:].startswith(bytes(window))
        read.append(bytes(window[:12]))
    return read


@given(st.lists(st.integers(0, len(CONTENT) + 40), max_size=12).map(sorted))
def test_all_sources_show_the_same_bytes(tmp_path_factory, offsets):
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(b"before" + CONTENT + b"behind")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        expected = read_at(MemorySource(CONTENT), offsets)
        assert read_at(FileSource(descriptor, 6, 6 + len(CONTENT)), offsets) == expected
        assert read_at(DeflatedSource(MemorySource(deflate(CONTENT))), offsets) == expected
    finally:
        os.close(descriptor)
    assert expected == [CONTENT[o : o + 12] if o <= len(CONTENT) else None for o in offsets]


def test_a_file_that_became_shorter_ends_before_what_was_promised(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(b"x" * 100)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        source = FileSource(descriptor, 0, 200)
        assert source.window(40) == b"x" * 60
        assert source.window(150) is None
    finally:
        os.close(descriptor)


def test_a_deflated_stream_is_complete_only_with_its_end():
    deflated = deflate(CONTENT)
    for length, complete in ((len(deflated), True), (len(deflated) - 1, False)):
        source = DeflatedSource(MemorySource(deflated[:length]))
        assert source.window(len(CONTENT) + 1) is None
        assert source.complete is complete


@pytest.mark.parametrize("data", [b"", b"\xff" * 50, deflate(CONTENT)[:40] + b"\xff" * 40])
def test_a_broken_stream_ends_where_it_breaks(data):
    source = DeflatedSource(MemorySource(data))
    assert source.window(len(CONTENT)) is None
    assert not source.complete


def test_no_more_is_inflated_than_the_limit_allows():
    bomb = deflate(bytes(50 << 20))
    source = DeflatedSource(MemorySource(bomb), limit=100_000)
    assert source.window(200_000) is None


def test_what_is_skipped_is_not_held():
    source = DeflatedSource(MemorySource(deflate(bytes(20 << 20) + b"the end")))
    window = source.window((20 << 20) - 5)
    assert window == bytes(5) + b"the end"
    assert len(window) < 4 * WINDOW
