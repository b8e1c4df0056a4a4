"""What became of the queries of findscu: said, counted, and turned into an exit status."""

from __future__ import annotations

from dataclasses import dataclass

from dcmtools.cli.console import Console
from dcmtools.errors import DcmtoolsError, ExitCode
from dcmtools.net.advice import failure_text
from dcmtools.net.events import Finished, NoMatch
from dcmtools.net.statuses import CANCEL, SUCCESS


@dataclass
class FindTally:
    """Counts queries by how they ended.

    `may_cancel` says that a query may end before its time, `fail_empty` that one without a match
    has failed.
    """

    console: Console
    queries: int
    may_cancel: bool = False
    fail_empty: bool = False
    answered: int = 0
    failed: int = 0
    matches: int = 0

    def finished(self, source: str, peer: str, final: Finished, matches: int) -> None:
        """Count a query by its final response; `source` is where it stands, "" for the only one."""
        status = final.status
        self.matches += matches
        self.answered += 1
        where = f"{source}: {peer}" if source else peer
        if status != SUCCESS and not (status == CANCEL and self.may_cancel):
            self.failed += 1
            why = failure_text(status, "find", final.comment, final.offending)
            self.console.error(f"{where}: C-FIND failed: {why}")
        elif self.fail_empty and not matches:
            self.failed += 1
            self.console.show(NoMatch(source or peer))

    def not_made(self, source: str, error: DcmtoolsError, left: int = 0) -> None:
        """Count a query of several that was not made, or not to its end, and `left` ones behind it."""
        self.failed += 1 + left
        behind = f"; {left} more queries not made" if left else ""
        self.console.error(f"{source}: {error}{behind}")

    @property
    def exit_code(self) -> ExitCode:
        """Whether all, a part or nothing was done."""
        if not self.failed:
            return ExitCode.OK
        return ExitCode.PARTIAL if self.matches or self.failed < self.queries else ExitCode.FAILURE
