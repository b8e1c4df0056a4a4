"""Person names as keys (PS3.4 C.2.2.2.1, PS3.5 section 6.2.1).

A name has up to three component groups (alphabetic, ideographic, phonetic), separated by ``=``,
of up to five components each, separated by ``^``. Names are matched without regard to case, to
spaces around components and to empty components at the end. A key of one group matches any group
of a name; each group of a longer one matches its own, an empty one whatever stands there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from dcmtools.dicom.wildcards import compile_pattern, has_wildcards


def fold_name(text: str) -> str:
    """Return the form of a name, or of a key with wildcards, in which equal names are equal.

    Each character keeps to one, so that ``?`` stands for it.
    """
    text = text.lower() if text.isascii() else _fold(text)
    groups = ("^".join(part.strip() for part in group.split("^")).rstrip("^") for group in text.split("="))
    return "=".join(groups).rstrip("=")


def _fold(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    folded = composed.casefold()
    if len(folded) != len(composed):  # such as "ss" for a sharp s
        folded = "".join(map(_fold_character, composed))
    return unicodedata.normalize("NFC", folded)


def _fold_character(char: str) -> str:
    return next((folded for folded in (char.casefold(), char.lower()) if len(folded) == 1), char)


def compile_name(key: str) -> Callable[[str], bool]:
    """Return the test whether a person name, a single value, matches `key`."""
    folded = fold_name(key)
    groups = folded.split("=")
    if len(groups) == 1:
        matches = _compile_group(folded)
        return lambda name: any(map(matches, fold_name(name).split("=")))
    tests = [(number, _compile_group(group)) for number, group in enumerate(groups) if group]

    def matches_groups(name: str) -> bool:
        found = fold_name(name).split("=")
        return all(test(found[number] if number < len(found) else "") for number, test in tests)

    return matches_groups


def _compile_group(key: str) -> Callable[[str], bool]:
    """Return the test whether a folded component group matches a folded one with wildcards."""
    if not has_wildcards(key):
        return key.__eq__
    matches = compile_pattern(key)
    delimiters = key.count("^")

    def matches_whole(group: str) -> bool:
        # "Doe" is "Doe^" too, and so matches "Doe^*"
        return matches(group) or (
            (missing := delimiters - group.count("^")) > 0 and matches(group + "^" * missing)
        )

    return matches_whole
