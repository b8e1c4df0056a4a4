"""What became of the files that were to be sent: counted, summed up, and turned into an exit status."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from dcmtools.cli.console import Console
from dcmtools.dicom.privacy import discreet, discreet_message
from dcmtools.errors import ExitCode
from dcmtools.net.events import (
    AlreadyStored,
    BadFile,
    Changed,
    Inaccessible,
    Lost,
    NotStored,
    Retrying,
    Skipped,
    Stored,
    Unidentified,
)
from dcmtools.net.statuses import ELEMENTS_DISCARDED

_LINES_OF_A_FILE = 3  # in a verbose log
_NEAR = 10  # lines that leave what stands above them in sight


@dataclass
class Tally:
    """Counts files by what became of them; `size` is in bytes, `began` on the monotonic clock.

    `failures` are the paths and reasons of files that were not stored; `is_cut_short` says that
    there was more to send.
    """

    began: float = field(default_factory=time.monotonic)
    stored: int = 0
    stored_before: int = 0
    changed: int = 0
    skipped: int = 0
    incomplete: int = 0
    size: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    is_cut_short: bool = False
    stored_since: int = 0  # after the first failure
    interruptions_since: int = 0

    def count(self, event: object) -> None:
        """Count what an event says of a file."""
        if self.failures:
            self.stored_since += isinstance(event, Stored)
            self.interruptions_since += isinstance(event, Lost | Retrying | Changed)
        match event:
            case Stored(size=size, status=status):
                self.stored += 1
                self.size += size
                self.incomplete += status == ELEMENTS_DISCARDED
            case NotStored() | BadFile() | Unidentified():
                self.failures.append((event.path, event.reason))
            case Inaccessible(path=path):
                self.failures.append((path, "cannot be accessed"))
            case AlreadyStored():
                self.stored_before += 1
            case Changed():
                self.changed += 1
            case Skipped():
                self.skipped += 1

    @property
    def exit_code(self) -> ExitCode:
        """Whether all, a part or nothing was done of what there was to do."""
        if self.failures or self.incomplete or self.is_cut_short:
            return ExitCode.PARTIAL if self.stored else ExitCode.FAILURE
        return ExitCode.OK if self.stored or self.stored_before else ExitCode.FAILURE

    def report(self, console: Console) -> None:
        """Say how it ended; list the files that failed once more if their lines are far above."""
        lines = self.interruptions_since + (_LINES_OF_A_FILE * self.stored_since if console.is_verbose else 0)
        if lines > _NEAR:
            for path, reason in self.failures:
                console.error(f"Not stored: {discreet(path)}: {discreet_message(reason)}")
        console.summary(str(self), failed=self.exit_code is not ExitCode.OK)

    def __str__(self) -> str:
        seconds = time.monotonic() - self.began
        total = self.stored + len(self.failures)
        speed = f", {self.size / 1e6 / seconds:.1f} MB/s" if self.stored and seconds > 0 else ""
        text = f"Stored {self.stored} of {total} files ({self.size / 1e6:.1f} MB in {seconds:.1f} s{speed})"
        others = [
            (len(self.failures), "failed"),
            (self.incomplete, "with elements discarded"),
            (self.stored_before, "stored before"),
            (self.changed, "changed since they were stored"),
            (self.skipped, "skipped"),
        ]
        text += "".join(f", {number} {what}" for number, what in others if number)
        return f"{text}, and stopped there" if self.is_cut_short else text
