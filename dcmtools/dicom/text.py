"""Text that a peer, a file or a caller supplied, made fit to be shown.

Names, UIDs and AE titles that arrive over the network may hold escape sequences that drive a
terminal, or characters that reorder or hide what stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# C0 and C1 controls, line and paragraph separators, bidirectional controls, invisible format
# characters, surrogates. The joiners U+200C and U+200D stay: scripts need them.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def safe_text(text: str) -> str:
    """Return `text` on one line, each control or invisible character as its escape (``\\x1b``).

    All that remains can be encoded and printed; ordinary characters of every script are kept.
    """
    return escape_unsafe(text, _escape)


def escape_unsafe(text: str, escape: Callable[[int], str]) -> str:
    """Return `text` with each character that :func:`safe_text` escapes as `escape` of its code point."""
    return _UNSAFE.sub(lambda match: escape(ord(match[0])), text)


def brief_text(text: str, limit: int = 80) -> str:
    """Return :func:`safe_text` of `text`, cut to about `limit` characters, for use in a message."""
    return safe_text(text if len(text) <= limit else f"{text[: limit - 3]}...")


def _escape(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
