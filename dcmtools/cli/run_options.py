"""The options of an SCU's whole run: where its named peers are, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.config_place import VARIABLE
from dcmtools.cli.option_group import OptionGroup


@dataclass(frozen=True, kw_only=True)
class RunOptions(OptionGroup):
    """What is needed before a command starts, and when it has to have ended."""

    heading = "Network Options"
    config: Annotated[
        Path | None,
        Option(
            "--config",
            metavar="FILE",
            envvar=VARIABLE,
            show_envvar=True,
            help="file with the named peers (default: dcmtools/config.toml in the folder XDG_CONFIG_HOME or "
            "~/.config)",
            show_default=False,
        ),
    ] = None
    time_limit: Annotated[
        float,
        Option(
            "--timeout",
            metavar="SECONDS",
            min=0,
            help="end after so long, whatever is still to be done; 0 is never",
        ),
    ] = 0.0
