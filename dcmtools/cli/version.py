"""``--version``, which needs no positional arguments."""

from __future__ import annotations

from typing import Annotated

from typer import Exit, Option, echo


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - only when asked for
        from platform import python_version  # noqa: PLC0415

        from dcmtools import __version__  # noqa: PLC0415

        libraries = ", ".join(f"{name} {version(name)}" for name in ("pynetdicom", "pydicom"))
        echo(f"dcmtools {__version__} ({libraries}, Python {python_version()})")
        raise Exit


VersionFlag = Annotated[
    bool,
    Option(
        "--version",
        is_eager=True,
        callback=_print_version,
        help="show the version and exit",
        metavar="",
        show_default=False,
        rich_help_panel="General Options",
    ),
]
