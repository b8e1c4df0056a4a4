"""What the terminal of this process can do, and what the environment allows."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Whether `stream` is a terminal (not one that was closed)."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def has_cursor(stream: TextIO | None) -> bool:
    """Whether lines that were written to `stream` can be written anew: not where TERM is dumb."""
    if not is_terminal(stream) or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ  # the console of old takes no sequences


def has_colour(stream: TextIO | None) -> bool:
    """Whether `stream` may be written to in colour: NO_COLOR and FORCE_COLOR go before what it is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or has_cursor(stream)


def columns() -> int:
    """Return the width of the terminal in characters."""
    import shutil  # noqa: PLC0415 - not needed to start

    return shutil.get_terminal_size().columns
