"""Fuzzy semantic matching of person names (PS3.4 C.2.2.2.1.1), which has to be negotiated.

How it is done is left to an implementation. Here each word of the key has to be like a word of
the name, in whatever component or group and order: the same apart from case and accents, or of
the same sound (American Soundex, words of Latin letters). Words with wildcards match as patterns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from dcmtools.dicom.wildcards import compile_pattern, has_wildcards

_WORD = re.compile("[^\\s^=,.'\u2019-]+")

_CODES = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556", "hw")
_REPEATED = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("", "", "aeiouy")
_CODE_LENGTH = 3


def compile_fuzzy_name(key: str) -> Callable[[str], bool]:
    """Return the test whether a person name, a single value, is like `key`; none is like an empty key."""
    tests = [_compile_word(word) for word in _words(key)]

    def is_like(name: str) -> bool:
        words = _words(name)
        return bool(tests) and all(any(map(test, words)) for test in tests)

    return is_like


def _words(name: str) -> list[str]:
    """Return the words of a name without case and accents."""
    if not name.isascii():
        parts = unicodedata.normalize("NFKD", name.casefold())
        name = "".join(char for char in parts if not unicodedata.combining(char))
    return _WORD.findall(name.lower())


def _compile_word(key: str) -> Callable[[str], bool]:
    if has_wildcards(key):
        return compile_pattern(key)
    sound = _sound(key)
    return lambda word: word == key or (sound is not None and sound == _sound(word))


def _sound(word: str) -> str | None:
    """Return the Soundex code of a word, None for one that is not of the letters A to Z."""
    if not (word.isascii() and word.isalpha()):
        return None
    code = _REPEATED.sub(r"\1", word[0].translate(_CODES) + word[1:].translate(_CODES))
    digits = code[1:].translate(_VOWELS)
    return word[0] + digits[:_CODE_LENGTH]
