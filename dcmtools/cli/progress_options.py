"""The option that shows how far a transfer is."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typer import Option

from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import GeneralOptions
from dcmtools.cli.progress import Course
from dcmtools.cli.terminal import has_cursor, is_terminal


class ProgressKind(StrEnum):
    """What ``--progress`` takes."""

    AUTO = "auto"
    PLAIN = "plain"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class ProgressOptions(OptionGroup):
    """Whether, and how, the progress of a transfer is shown on stderr."""

    heading = "Progress Options"
    progress: Annotated[
        ProgressKind,
        Option(
            "--progress",
            metavar="KIND",
            help="how to show progress on standard error: auto (on a terminal, not with -q, -v, -d or "
            "--json), plain (a line now and then, wherever it goes to) or none",
        ),
    ] = ProgressKind.AUTO

    def refuse_workers(self) -> None:
        """Raise `UsageError` for progress that is asked for where several processes work."""
        if self.progress is ProgressKind.PLAIN:
            raise UsageError("argument --progress plain: not allowed with argument --workers")

    def shown(self, course: Course, general: GeneralOptions) -> AbstractContextManager[None]:
        """Return what shows the course while its block runs."""
        kind = self.progress
        if kind is ProgressKind.AUTO and (
            not is_terminal(sys.stderr) or general.json or general.quiet or general.is_verbose
        ):
            kind = ProgressKind.NONE
        if kind is ProgressKind.NONE or sys.stderr is None:
            return nullcontext()
        from dcmtools.cli.progress_display import live_display, plain_display  # noqa: PLC0415 - if needed

        if kind is ProgressKind.AUTO and has_cursor(sys.stderr):
            return live_display(course)
        return plain_display(course)
