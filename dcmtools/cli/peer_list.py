"""The names of the peers, with as little as that needs: shells wait for them while a person types."""

from __future__ import annotations

import sys

from dcmtools.cli.profiles import peer_names


def write_names() -> bool:
    """Write the names to standard output, one a line; return whether there were any."""
    names = peer_names()
    sys.stdout.writelines(f"{name}\n" for name in names)
    return bool(names)
