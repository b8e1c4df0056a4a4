"""Rows of proof: PDUs and commands that announce or bring more than anybody needs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..fuzz.live import TARGETS, TIMEOUT
from ..fuzz.speaking import Talk, associate_rq
from ..fuzz.watching import Process
from ..interop.peers.processes import Server
from .registry import Figure, figure, row

_MB = 1 << 20
_MOST = 20 * _MB  # bytes that memory may grow by
_LARGEST = b"\xff\xff\xff\xff"
_LONGEST_LOG = 1 << 20  # bytes
_AT_ONCE = 20  # attacks


@row("pdu-of-4-gb-flood", "memory < +20 MB, connection ended before 16 MB are taken", small=24, full=128)
def pdu_flood(size: int, folder: Path) -> Figure:
    """A header that announces 4 GB, before and inside an association, and so many MB behind it."""
    return _each(
        folder,
        {
            f"type {kind} {place}": lambda talk, kind=kind, place=place: _flood(talk, kind, place, size)
            for kind in (1, 4, 7)
            for place in ("first", "associated")
        },
    )


@row("pdu-of-4-gb-stall", "memory < +20 MB, connection ended by the time-out + 2 s", small=1, full=20)
def pdu_stall(size: int, folder: Path) -> Figure:
    """So many times a header that announces 4 GB, or 1 MB, and nothing behind it."""

    def stall(talk: Talk, place: str, length: bytes) -> str:
        if place == "associated" and not talk.associate():
            return "not accepted"
        began = time.monotonic()
        talk.send(b"\x01\x00" + length if place == "first" else b"\x04\x00" + length)
        talk.socket.settimeout(TIMEOUT + 2)
        return "" if talk.drain() else f"still open after {time.monotonic() - began:.1f} s"

    return _each(
        folder,
        {
            f"{place} {length.hex()} #{number}": lambda talk, place=place, length=length: stall(
                talk, place, length
            )
            for number in range(size)
            for place in ("first", "associated")
            for length in (_LARGEST, b"\x00\x00\x40\x00")
        },
    )


@row("command-fragments", "memory < +20 MB, association ended, log < 1 MB", small=4, full=64)
def command_fragments(size: int, folder: Path) -> Figure:
    """So many MB of command set fragments of which none is the last."""
    fragment = (
        b"\x04\x00" + (16006).to_bytes(4, "big") + (16002).to_bytes(4, "big") + b"\x03\x01" + bytes(16000)
    )
    tiny = b"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x02\x03\x01"

    def flood(talk: Talk, piece: bytes) -> str:
        if not talk.associate():
            return "not accepted"
        return "" if _pour(talk, piece, size * _MB) else "all was taken"

    return _each(
        folder,
        {
            "long": lambda talk: flood(talk, fragment),
            "commands that are none": lambda talk: flood(talk, fragment[:11] + b"\x03" + fragment[12:]),
            "empty": lambda talk: _endless(talk, tiny, size * _MB // 16),
        },
    )


@row("association-flood", "memory < +20 MB, connection ended, log < 1 MB", small=2, full=64)
def association_flood(size: int, folder: Path) -> Figure:
    """So many MB of PDUs that are not DICOM's, and of requests for an association one after another."""
    garbage = b"HTTP/1.1 GET\r\n" * 1000
    return _each(
        folder,
        {
            "garbage": lambda talk: "" if _pour(talk, garbage, size * _MB) else "all was taken",
            "requests": lambda talk: "" if _pour(talk, associate_rq(), size * _MB) else "all was taken",
        },
    )


def _flood(talk: Talk, kind: int, place: str, size: int) -> str:
    if place == "associated" and not talk.associate():
        return "not accepted"
    talk.send(bytes((kind, 0)) + _LARGEST)
    return "" if _pour(talk, bytes(65536), size * _MB) else "all was taken"


def _pour(talk: Talk, piece: bytes, size: int) -> bool:
    """Send `size` bytes; return whether the server has ended the connection before."""
    block = piece * max(1, 65536 // len(piece))
    with contextlib.suppress(OSError):
        for _ in range(size // len(block) + 1):
            talk.send(block)
        return size < 16 * _MB  # so many may be on their way
    return True


def _endless(talk: Talk, piece: bytes, size: int) -> str:
    """Send empty fragments, which cost nothing and may go on: the server only has to live."""
    if not talk.associate():
        return "not accepted"
    _pour(talk, piece, size)
    return ""


def _each(folder: Path, attacks: dict[str, Callable[[Talk], str]]) -> Figure:
    """Try all attacks on each server, and look at its memory and its log."""
    faults: list[str] = []

    def attack(name: str) -> str:
        own = folder / name
        own.mkdir()
        with TARGETS[name].running(own) as server, _watched(server, name, faults) as growth:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                reasons = pool.map(lambda run: _attacked(server.port, run), attacks.values())
                for title, reason in zip(attacks, reasons, strict=True):
                    if reason:
                        faults.append(f"{name}, {title}: {reason}")
        return f"{name} {growth[0] / _MB:+.1f} MB"

    with ThreadPoolExecutor() as pool:
        texts = list(pool.map(attack, ("storescp", "qrscp")))
    return figure(f"{', '.join(texts)} in {len(attacks)} attacks", faults)


def _attacked(port: int, run: Callable[[Talk], str]) -> str:
    with Talk(port) as talk:
        try:
            return run(talk)
        except OSError:
            return ""


@contextlib.contextmanager
def _watched(server: Server, name: str, faults: list[str]) -> Iterator[list[int]]:
    """Give a list that has, in the end, the bytes by which the peak of memory is above what it was before."""
    watch = Process(server.process.pid)
    with Talk(server.port) as talk:
        talk.associate()
        talk.release()
    watch.settle()
    before = watch.reset_peak()
    growth: list[int] = []
    yield growth
    growth.append(watch.peak() - before)
    if growth[0] > _MOST:
        faults.append(f"{name}: memory grew by {growth[0] / _MB:.0f} MB")
    if server.log.stat().st_size > _LONGEST_LOG:
        faults.append(f"{name}: log of {server.log.stat().st_size} bytes")
    with Talk(server.port) as talk:
        if not talk.associate():
            faults.append(f"{name}: does not serve afterwards")
