"""Rows of proof: datasets and Identifiers that take more than they look like."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

from dcmtools.wire.commands import Command, CommandField

from ..fuzz.live import TARGETS
from ..fuzz.material import ROOT, identifier
from ..fuzz.speaking import (
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    PATIENT_FIND,
    Context,
    Talk,
    status_of,
    store_rq,
)
from ..fuzz.watching import Process
from .registry import Figure, figure, row

_MB = 1 << 20
_OF_ALONE = 20  # times what an empty object takes, that all may take longer on a machine with other work
_UID = f"{ROOT}.7"
_CONTEXTS = (
    Context(1, CT, EXPLICIT),
    Context(3, CT, DEFLATED),
    Context(5, PATIENT_FIND, EXPLICIT),
    Context(7, PATIENT_FIND, DEFLATED),
    Context(9, CT, IMPLICIT),
)
_FIND = Command(field=CommandField.C_FIND_RQ, sop_class_uid=PATIENT_FIND, message_id=1, has_dataset=True)
_STATUSES = (0x0000, 0xA700, 0xA900, 0xC000, 0xC001, 0xC210, 0x0117, 0xFF00, 0xFF01, 0x0110)


def _element(tag: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def _head() -> bytes:
    """The UIDs, with which the dataset of a C-STORE begins."""
    uid = _UID.encode() + b"\0" * (len(_UID) % 2)
    return _element(0x00080016, b"UI", CT.encode() + b"\0") + _element(0x00080018, b"UI", uid)


def _long(tag: int, vr: bytes, length: int) -> bytes:
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr, 0, length)


_SEQUENCE = 0x00081140
_ITEM = b"\xfe\xff\x00\xe0"
_KEYS = identifier(EXPLICIT, QueryRetrieveLevel="PATIENT")
_ENDLESS = b"\xff\xff\xff\xff"


def _nested(depth: int) -> bytes:
    return (_long(_SEQUENCE, b"SQ", 0xFFFFFFFF) + _ITEM + _ENDLESS) * depth


def _closed(depth: int) -> bytes:
    ending = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    return _nested(depth) + ending * depth


def _private_tag(number: int) -> int:
    group, element = divmod(number, 0xE000)
    return (0x0011 + 2 * group) << 16 | 0x1000 + element


def _items(count: int) -> bytes:
    return _long(_SEQUENCE, b"SQ", count * 8) + (_ITEM + bytes(4)) * count


def _deflated(data: bytes, padding: int) -> bytes:
    """`data` and `padding` zero bytes behind it, deflated piece by piece."""
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    pieces = [deflater.compress(data)]
    pieces += [deflater.compress(bytes(_MB)) for _ in range(padding // _MB)]
    pieces.append(deflater.flush())
    deflated = b"".join(pieces)
    return deflated + b"\0" * (len(deflated) % 2)


@row("deflated-bomb", "memory < +64 MB, < 2 s, a status", small=16, full=256)
def deflated_bomb(size: int, folder: Path) -> Figure:
    """A deflated object, and a deflated Identifier, of so many MB."""
    pixels = _long(0x7FE00010, b"OW", size * _MB)
    values = _deflated(_KEYS + _long(0x0020000D, b"UT", size * _MB) + b"1\\" * (size << 19), 0)
    comment = _long(0x00104000, b"UT", size * _MB)
    elements = _element(0x00104000, b"LT", b"") * (size * 2048)
    return _each(
        folder,
        {
            "object": (3, store_rq(_UID), _deflated(_head() + pixels, size * _MB)),
            "one value": (7, _FIND, _deflated(_KEYS + comment, size * _MB)),
            "many values": (7, _FIND, values),
            "many elements": (7, _FIND, _deflated(_KEYS + elements, 0)),
        },
        seconds=2,
    )


@row("nested-sequences", "memory < +64 MB, < 1 s, a status", small=20_000, full=100_000)
def nested_sequences(size: int, folder: Path) -> Figure:
    """Sequences nested so deep."""
    return _each(
        folder,
        {
            f"{title} {depth}": (context_id, request, head + body(depth))
            for depth in (64, 1000, size)
            for body in (_nested, _closed)
            for title, context_id, request, head in (
                ("object", 1, store_rq(_UID), _head()),
                ("Identifier", 5, _FIND, _KEYS),
            )
        },
    )


@row("empty-items", "memory < +64 MB, < 1 s, a status", small=100_000, full=300_000)
def empty_items(size: int, folder: Path) -> Figure:
    """So many empty items, and as many elements."""
    elements = b"".join(_element(_private_tag(number), b"LO", b"") for number in range(size))
    inside = _long(_SEQUENCE, b"SQ", 8 + len(elements)) + _ITEM + struct.pack("<I", len(elements)) + elements
    queries = {
        title: (5, _FIND, _KEYS + body)
        for title, body in (("items", _items(size)), ("elements", elements), ("elements in an item", inside))
    }
    levels = b"\\".join([b"1.2.3"] * (size // 6))
    return _each(
        folder,
        {
            "object": (1, store_rq(_UID), _head() + _items(size)),
            **{f"Identifier: {title}": query for title, query in queries.items()},
            "Identifier: values": (5, _FIND, _KEYS + _long(0x0020000D, b"UT", len(levels)) + levels),
        },
    )


@row("large-object", "memory < +64 MB, stored whole", small=16, full=128)
def large_object(size: int, folder: Path) -> Figure:
    """An object of so many MB in one element."""
    pixels = _long(0x7FE00010, b"OW", size * _MB) + bytes(size * _MB)
    figure_found = _each(folder, {"object": (1, store_rq(_UID), _head() + pixels)}, seconds=60, statuses=(0,))
    faults = list(figure_found.faults)
    for name in ("storescp/received", "qrscp/instances"):
        sizes = [path.stat().st_size for path in (folder / name).glob("CT.*")]
        if [found // _MB for found in sizes] != [size]:
            faults.append(f"{name}: files of {sizes} bytes")
    return figure(figure_found.text, faults)


Attack = tuple[int, Command, bytes]


def _each(
    folder: Path,
    attacks: dict[str, Attack],
    *,
    seconds: float = 1.0,
    statuses: tuple[int, ...] = _STATUSES,
) -> Figure:
    """Send each to each server that serves it, one after the other: it has to be answered."""
    faults: list[str] = []
    texts = []
    for name in ("storescp", "qrscp"):
        own = folder / name
        own.mkdir()
        with TARGETS[name].running(own) as server:
            with Talk(server.port) as talk:  # what is loaded when it is needed first
                talk.associate(_CONTEXTS)
                talk.ask(1, store_rq(_UID), b"")
                talk.ask(5, _FIND, _KEYS)
            began = time.monotonic()
            _fault(server.port, 1, store_rq(_UID), b"", _STATUSES)
            slack = _OF_ALONE * (time.monotonic() - began)
            watch = Process(server.process.pid)
            watch.settle()
            most, slowest = 0, 0.0
            for title, (context_id, request, dataset) in attacks.items():
                before, began = watch.reset_peak(), time.monotonic()
                fault = _fault(server.port, context_id, request, dataset, statuses)
                took = time.monotonic() - began
                growth = watch.peak() - before
                most, slowest = max(most, growth), max(slowest, took)
                if fault:
                    faults.append(f"{name}, {title}: {fault}")
                if growth > 64 * _MB:
                    faults.append(f"{name}, {title}: memory grew by {growth / _MB:.0f} MB")
                if took > seconds + slack:
                    faults.append(f"{name}, {title}: took {took:.1f} s")
        texts.append(f"{name} {most / _MB:+.1f} MB, {slowest:.2f} s")
    return figure("; ".join(texts), faults)


def _fault(
    port: int, context_id: int, request: Command, dataset: bytes, statuses: tuple[int, ...]
) -> str | None:
    """Ask, and return what is wrong with the answer; a server that is no archive may know no C-FIND."""
    with Talk(port, 60) as talk:
        if not talk.associate(_CONTEXTS):
            return "association not accepted"
        try:
            response = talk.ask(context_id, request, dataset)
        except OSError:
            response = b""
        if request is _FIND and response[:1] in (b"", b"\x07"):
            return None  # aborted: the context was not accepted
        status = status_of(response)
        return (
            None if status in statuses else f"answered with {status and hex(status)}: {response[:40].hex()}"
        )
