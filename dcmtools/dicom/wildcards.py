"""Wildcard matching: ``*`` for any characters or none, ``?`` for a single one (PS3.4 C.2.2.2.4).

All other characters stand for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_WILDCARD = re.compile("[*?]")


def has_wildcards(text: str) -> bool:
    """Return whether `text` holds a ``*`` or ``?``."""
    return "*" in text or "?" in text


def literal_prefix(pattern: str) -> str:
    """Return what all texts that match `pattern` begin with, its characters before the first wildcard."""
    return _WILDCARD.split(pattern, maxsplit=1)[0]


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Return the test whether the whole of a text matches `pattern`.

    It takes time in proportion to the length of the text times that of the pattern at worst,
    whatever the pattern: the part between two ``*`` is looked for once, from the left.
    """
    first, *rest = (_piece(piece) for piece in re.split(r"\*+", pattern))
    if rest:
        *middle, last = rest
        first += "".join(f"(?>.*?{piece})" for piece in middle) + ".*" + last
    match = re.compile(first, re.DOTALL).fullmatch
    return lambda text: match(text) is not None


def _piece(piece: str) -> str:
    return ".".join(map(re.escape, piece.split("?")))
