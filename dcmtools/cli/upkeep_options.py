"""The options of qrscp for work on its archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.option_group import OptionGroup, UsageError, exclude
from dcmtools.cli.options import flag


@dataclass(frozen=True, kw_only=True)
class UpkeepOptions(OptionGroup):
    """Work on the archive in place of serving it."""

    heading = "Upkeep Options"
    clean: Annotated[
        bool,
        flag("--clean", help="delete all stored instances and all entries of the database, then exit"),
    ] = False
    yes: Annotated[bool, flag("--yes", help="do not ask whether --clean is meant")] = False
    index: Annotated[
        list[Path] | None,
        Option(
            "--index",
            metavar="DIRECTORY",
            help="take over the DICOM files of this folder and those below it where they are, without "
            "copying, then exit; may be repeated",
            show_default=False,
        ),
    ] = None
    verify: Annotated[
        bool,
        flag(
            "--verify",
            help="compare the database with the files on the disk and put right what differs, then exit",
        ),
    ] = False
    no_repair: Annotated[bool, flag("--no-repair", help="with --verify: only tell what differs")] = False
    rebuild: Annotated[
        bool, flag("--rebuild", help="make the database anew from the files on the disk, then exit")
    ] = False

    def check(self) -> None:
        """Refuse what excludes each other, or means nothing alone."""
        exclude(self, clean="--clean", index="--index", verify="--verify", rebuild="--rebuild")
        if self.yes and not self.clean:
            raise UsageError("argument --yes: only with --clean")
        if self.no_repair and not self.verify:
            raise UsageError("argument --no-repair: only with --verify")

    @property
    def is_asked_for(self) -> bool:
        """Whether there is such work to do."""
        return self.clean or bool(self.index) or self.verify or self.rebuild
