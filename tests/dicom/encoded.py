"""Encoded datasets, written byte by byte, and such as hypothesis makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack

from hypothesis import strategies as st

from dcmtools.dicom.transfer_syntaxes import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from dcmtools.dicom.walk import SHORT_VRS

UNDEFINED = 0xFFFFFFFF
ENCODINGS = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)


def header(tag: int, vr: bytes | None, length: int, encoding: Encoding = EXPLICIT_LITTLE) -> bytes:
    """The header of an element; of an item or delimitation item when `vr` is None."""
    order = "<" if encoding.little else ">"
    start = pack(f"{order}HH", tag >> 16, tag & 0xFFFF)
    if vr is None or not encoding.explicit:
        return start + pack(f"{order}I", length)
    if vr in SHORT_VRS:
        return start + vr + pack(f"{order}H", length)
    return start + vr + b"\0\0" + pack(f"{order}I", length)


def element(tag: int, vr: bytes, value: bytes, encoding: Encoding = EXPLICIT_LITTLE) -> bytes:
    return header(tag, vr, len(value), encoding) + value


def item(content: bytes, encoding: Encoding = EXPLICIT_LITTLE, *, defined: bool = True) -> bytes:
    if defined:
        return header(0xFFFEE000, None, len(content), encoding) + content
    return header(0xFFFEE000, None, UNDEFINED, encoding) + content + header(0xFFFEE00D, None, 0, encoding)


def sequence(
    tag: int,
    items: Sequence[bytes],
    encoding: Encoding = EXPLICIT_LITTLE,
    *,
    defined: bool = True,
    vr: bytes = b"SQ",
) -> bytes:
    content = b"".join(items)
    if defined:
        return header(tag, vr, len(content), encoding) + content
    return header(tag, vr, UNDEFINED, encoding) + content + header(0xFFFEE0DD, None, 0, encoding)


def nested(depth: int, encoding: Encoding = EXPLICIT_LITTLE, vr: bytes = b"SQ") -> bytes:
    """Sequences of undefined length in items of undefined length, `depth` of them."""
    begin = header(0x0040A730, vr, UNDEFINED, encoding) + header(0xFFFEE000, None, UNDEFINED, encoding)
    end = header(0xFFFEE00D, None, 0, encoding) + header(0xFFFEE0DD, None, 0, encoding)
    return begin * depth + end * depth


@dataclass(frozen=True)
class Leaf:
    """An element with a value."""

    tag: int
    vr: bytes
    value: bytes

    def encode(self, encoding: Encoding) -> bytes:
        return element(self.tag, self.vr, self.value, encoding)


@dataclass(frozen=True)
class Branch:
    """A sequence: its items, and which lengths are defined."""

    tag: int
    items: tuple[tuple[Node, ...], ...]
    defined: bool
    items_defined: bool

    def encode(self, encoding: Encoding) -> bytes:
        items = [
            item(encode(content, encoding), encoding, defined=self.items_defined) for content in self.items
        ]
        return sequence(self.tag, items, encoding, defined=self.defined)


Node = Leaf | Branch


def encode(nodes: Sequence[Node], encoding: Encoding) -> bytes:
    return b"".join(node.encode(encoding) for node in nodes)


_LEAVES = (
    (0x00080005, b"CS"),
    (0x00080016, b"UI"),
    (0x00080060, b"CS"),
    (0x00100010, b"PN"),
    (0x0018106C, b"US"),
    (0x00189810, b"US"),  # US or SS
    (0x00280009, b"AT"),
    (0x00280100, b"US"),
    (0x00280103, b"US"),
    (0x00280106, b"SS"),  # US or SS
    (0x00283006, b"OW"),  # US or OW
    (0x00282000, b"OB"),
    (0x00660016, b"OF"),
    (0x00660040, b"OL"),
    (0x00720082, b"SV"),
    (0x300A0086, b"DS"),
    (0x00186020, b"SL"),
    (0x00186028, b"FD"),
    (0x00340008, b"OB"),
    (0x00091001, b"UN"),
    (0x00091002, b"FL"),
    (0x60003000, b"OW"),
    (0x7FE00008, b"OF"),
    (0x7FE00009, b"OD"),
)
_BRANCHES = (0x00081140, 0x0040A730, 0x00091010, 0x52009230)

_values = st.binary(min_size=1, max_size=12).map(lambda value: value + b"\1" * (len(value) % 2))
leaves = st.builds(lambda kind, value: Leaf(*kind, value), st.sampled_from(_LEAVES), _values | st.just(b""))
nodes = st.recursive(
    leaves,
    lambda inner: st.builds(
        Branch,
        st.sampled_from(_BRANCHES),
        st.lists(st.lists(inner, max_size=3).map(tuple), max_size=3).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    max_leaves=12,
)
datasets = st.lists(nodes, min_size=1, max_size=6).map(tuple)
encodings = st.sampled_from(ENCODINGS)
