"""How much an encoded dataset holds, told without decoding it: decoded it takes a hundred times the bytes."""

from __future__ import annotations

from dcmtools.dicom.transfer_syntaxes import Encoding
from dcmtools.dicom.walk import DELIMITERS, LONGEST_HEADER, SHORTEST_HEADER, UNDEFINED, read_header

MOST_PARTS = 10_000
"""Elements and items of a dataset that is to be decoded as a whole, those in sequences too."""

MOST_VALUES = 50_000
"""Values of all its elements together, as far as backslashes part them."""

_ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")  # little and big endian


def check_extent(data: bytes, encoding: Encoding) -> None:
    """Raise ValueError when a dataset, inflated if need be, has more parts or values than anybody needs."""
    if data.count(b"\\") >= MOST_VALUES:
        raise ValueError(f"the dataset has more than {MOST_VALUES} values")
    position, end, parts = 0, len(data), 0
    while position + SHORTEST_HEADER <= end:
        header = data[position : position + LONGEST_HEADER].ljust(LONGEST_HEADER, b"\0")
        tag, vr, size, length = read_header(header, 0, encoding)
        parts += 1
        if parts > MOST_PARTS:
            raise ValueError(f"the dataset has more than {MOST_PARTS} elements and items")
        position += size
        is_entered = length == UNDEFINED or tag >> 16 == DELIMITERS or vr == b"SQ"
        if not (is_entered or data[position : position + 4] in _ITEMS):
            position += length
