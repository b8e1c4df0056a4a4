"""The options of sending that can be tried again and resumed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from dcmtools.cli.option_group import OptionGroup
from dcmtools.cli.options import Seconds, flag
from dcmtools.net.association import Peer
from dcmtools.net.journal import Journal
from dcmtools.net.retrying import RetryTerms

_LONGEST_DELAY = 86400.0  # seconds


def pause(seconds: float) -> float:
    """Check a pause in seconds, which has an end."""
    if not 0 <= seconds <= _LONGEST_DELAY:
        raise BadParameter(f"{seconds:g} is not in the range 0<=x<={_LONGEST_DELAY:g}")
    return seconds


@dataclass(frozen=True, kw_only=True)
class SendingOptions(OptionGroup):
    """What happens after a failure, and what is remembered for the next run."""

    heading = "Sending Options"
    journal: Annotated[
        Path | None,
        Option(
            "--journal",
            metavar="FILE",
            help="write to this file what became of each file (JSON lines), and do not send again what it "
            "says is stored; each peer needs a journal of its own",
            show_default=False,
        ),
    ] = None
    retries: Annotated[
        int,
        Option(
            "--retries",
            metavar="N",
            min=0,
            help="connect again, and go on with the file under way, up to N times in a row after a lost, "
            "failed or refused connection, a time-out, or a peer out of resources",
        ),
    ] = 0
    retry_delay: Annotated[
        Seconds,
        Option(
            "--retry-delay",
            metavar="SECONDS",
            callback=pause,
            help="pause before the first retry; it doubles with each further one, up to a minute",
        ),
    ] = 1.0
    fail_fast: Annotated[
        bool, flag("--fail-fast", help="send nothing more after the first file that fails")
    ] = False

    @property
    def retry_terms(self) -> RetryTerms:
        """How often to try again, and after what pauses."""
        return RetryTerms(self.retries, self.retry_delay)

    def open_journal(self, peer: Peer) -> AbstractContextManager[Journal | None]:
        """Return the journal, if there is to be one; raises JournalError."""
        return Journal(self.journal, peer) if self.journal is not None else nullcontext()
