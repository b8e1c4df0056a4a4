"""``python -m dcmtools``, and the ``dcmtools`` script."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run dcmtools with the arguments of the process and exit with its status."""
    gc.disable()  # importing makes many objects and no garbage; a command turns it on again
    if sys.argv[1:] == ["peers", "--names"]:  # what shells ask at each TAB: without Typer and pydicom
        from dcmtools.cli.peer_list import write_names  # noqa: PLC0415

        if write_names():
            return
    from dcmtools.cli.app import main as run_app  # noqa: PLC0415

    run_app()


if __name__ == "__main__":
    main()
