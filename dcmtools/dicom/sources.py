"""Where the bytes of an encoded dataset come from: memory, a file, a deflated stream.

A source hands out windows of the bytes, at offsets that never decrease, so that a scan of a
dataset of any size needs constant memory and a value that is skipped is not read.
"""

from __future__ import annotations

import os
import zlib
from typing import Protocol

Buffer = bytes | bytearray | memoryview

WINDOW = 8192
"""Bytes of a window of a file: the header of most images fits into one or two."""

_PIECE = 16384  # bytes to inflate, and inflated bytes to hold, at a time


class Source(Protocol):
    """Bytes that are looked at through windows, at offsets that never decrease."""

    def window(self, offset: int) -> Buffer | None:
        """Return the bytes from `offset` on, or None when the data ends before `offset`.

        It holds what is left, or as many bytes as the source likes but 12 at least (the
        longest header of an element).
        """


class MemorySource:
    """Bytes in memory."""

    def __init__(self, data: Buffer) -> None:
        self._data = memoryview(data)

    def window(self, offset: int) -> Buffer | None:
        return self._data[offset:] if offset <= len(self._data) else None


class FileSource:
    """The bytes from `start` up to `stop` of an open file; offsets count from `start`."""

    def __init__(self, descriptor: int, start: int, stop: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self._length = stop - start

    def window(self, offset: int) -> Buffer | None:
        left = self._length - offset
        if left <= 0:
            return b"" if left == 0 else None
        os.lseek(self._descriptor, self._start + offset, os.SEEK_SET)
        return os.read(self._descriptor, min(left, WINDOW)) or None


class DeflatedSource:
    """The inflated bytes of a raw deflate stream (RFC 1951, PS3.5 section A.5).

    What is skipped is inflated in pieces and dropped. A broken stream, or one of more than
    `limit` inflated bytes, ends there; `complete` tells whether the proper end was reached.
    """

    def __init__(self, deflated: Source, limit: int | None = None) -> None:
        self._deflated = deflated
        self._limit = limit
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._consumed = 0
        self._start = 0
        self._held = b""  # inflated bytes from _start on
        self._ended = False

    @property
    def complete(self) -> bool:
        return self._inflater.eof

    def window(self, offset: int) -> Buffer | None:
        while not self._ended and self._start + len(self._held) < offset + WINDOW:
            kept = self._held[max(0, offset - self._start) :]
            self._start += len(self._held) - len(kept)
            self._held = kept + self._inflate()
        position = offset - self._start
        return self._held[position:] if position <= len(self._held) else None

    def _inflate(self) -> bytes:
        piece = (self._deflated.window(self._consumed) or b"")[:_PIECE]
        try:
            inflated = self._inflater.decompress(piece, _PIECE)
        except zlib.error:
            self._ended = True
            return b""
        self._consumed += len(piece) - len(self._inflater.unconsumed_tail)
        reached = self._start + len(self._held) + len(inflated)
        self._ended = (
            self._inflater.eof
            or not (piece or inflated)
            or (self._limit is not None and reached >= self._limit)
        )
        return inflated
