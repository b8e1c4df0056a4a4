"""The fixed bytes of an element that is encoded many times with different values (PS3.5 section 7.1).

Here bytes are text of which each character is one (Latin-1): many short pieces join and encode
faster as text than as bytes.
"""

from __future__ import annotations

from struct import pack
from typing import NamedTuple

from dcmtools.dicom.transfer_syntaxes import Encoding
from dcmtools.dicom.walk import SHORT_VRS

LONGEST_SHORT = 0xFFFE
"""Most bytes of a value with a 16-bit length."""


class _Lengths(dict[int, str]):
    """Encoded lengths of values: those of most are ready, the others are made."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form
        self.update((length, self[length]) for length in range(0, 256, 2))

    def __missing__(self, length: int) -> str:
        return pack(self._form, length).decode("latin-1")


_LENGTHS = {form: _Lengths(form) for form in ("<H", ">H", "<I", ">I")}


class ElementForm(NamedTuple):
    """An element but for its value: its text is `head`, a length of `lengths`, and the value.

    `padding` makes a value even. `empty` is the whole element without a value, `unknown` the head
    of the element with VR UN and its lengths, for a value longer than its VR can have (PS3.5 section 6.2.2).
    """

    head: str
    lengths: dict[int, str]
    empty: str
    padding: str
    unknown: str
    unknown_lengths: dict[int, str]

    @classmethod
    def make(cls, tag: int, vr: str, encoding: Encoding) -> ElementForm:
        """Return the form of the element `tag`."""
        order = "<" if encoding.little else ">"
        head = unknown = pack(f"{order}HH", tag >> 16, tag & 0xFFFF).decode("latin-1")
        lengths = long_lengths = _LENGTHS[f"{order}I"]
        if encoding.explicit:
            unknown += "UN\0\0"
            head += vr
            if vr.encode() in SHORT_VRS:
                lengths = _LENGTHS[f"{order}H"]
            else:
                head += "\0\0"
        padding = "\0" if vr == "UI" else " "
        return cls(head, lengths, head + lengths[0], padding, unknown, long_lengths)

    def element(self, value: str) -> str:
        """Return the whole element with a value of any length."""
        if not value:
            return self.empty
        value += self.padding * (len(value) % 2)
        if len(value) > LONGEST_SHORT:
            return self.unknown + self.unknown_lengths[len(value)] + value
        return self.head + self.lengths[len(value)] + value

    def behind(self, elements: str) -> ElementForm:
        """Return the form with encoded `elements` in front."""
        return self._replace(
            head=elements + self.head, empty=elements + self.empty, unknown=elements + self.unknown
        )
