"""Where the configuration file with the named peers is."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

VARIABLE = "DCMTOOLS_CONFIG"
"""The environment variable that names the configuration file where no option does."""

USUAL_PLACE = "~/.config/dcmtools/config.toml"
"""Where it is unless something else is said."""


def configuration_path(given: Path | None = None) -> Path:
    """Return where the configuration file is: as `given`, as the environment says, or the usual place."""
    if given is not None:
        return given
    if named := os.environ.get(VARIABLE):
        return Path(named)
    folder = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if folder.is_absolute():  # others do not count, says the XDG Base Directory Specification
        return folder / "dcmtools" / "config.toml"
    if sys.platform == "win32" and (data := os.environ.get("APPDATA")):
        return Path(data, "dcmtools", "config.toml")
    usual = Path(USUAL_PLACE)
    with suppress(RuntimeError):  # a user without a home has no file
        usual = usual.expanduser()
    return usual


def is_named(given: Path | None) -> bool:
    """Whether the file is one that somebody named, so that it has to be there."""
    return given is not None or bool(os.environ.get(VARIABLE))
