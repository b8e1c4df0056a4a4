"""What became of the queries of findscu: said, counted, and turned into an exit status."""

from __future__ import annotations

from dataclasses import dataclass

from dcmtools.cli.console import Console
from dcmtools.cli.privacy import public_message
from dcmtools.dicom.privacy import are_hidden
from dcmtools.errors import DcmtoolsError, ExitCode
from dcmtools.net.advice import failure_text
from dcmtools.net.events import Finished, Match, NoMatch, Querying, Unreadable
from dcmtools.net.statuses import CANCEL, SUCCESS


@dataclass
class FindTally:
    """Counts the queries to `peer` by how they ended.

    `may_cancel` says that a query may end before its time, `fail_empty` that one without a match
    has failed.
    """

    console: Console
    peer: str
    queries: int
    may_cancel: bool = False
    fail_empty: bool = False
    answered: int = 0
    failed: int = 0
    matches: int = 0
    unreadable: int = 0
    _source: str = ""
    _found: int = 0

    def begin(self, number: int, source: str) -> None:
        """Begin a query; `source` is where it stands, "" for the only one."""
        self._source, self._found = source, 0
        if source:
            self.console.show(Querying(number, source))

    def count(self, event: Match | Unreadable | Finished) -> None:
        """Show and count what happened to the query."""
        self.console.show(event)
        match event:
            case Match():
                self.matches += 1
                self._found += 1
            case Unreadable():
                self.unreadable += 1
                self._found += 1
            case Finished():
                self._finish(event)

    def _finish(self, final: Finished) -> None:
        self.answered += 1
        if final.status != SUCCESS and not (final.status == CANCEL and self.may_cancel):
            self.failed += 1
            why = failure_text(final.status, "find", final.comment, final.offending)
            where = f"{self._source}: {self.peer}" if self._source else self.peer
            self.console.error(f"{where}: C-FIND failed: {why}")
        elif self.fail_empty and not self._found:
            self.failed += 1
            self.console.show(NoMatch(self._source or self.peer))

    def not_made(self, error: DcmtoolsError, left: int = 0) -> None:
        """Count the query as not made, or not to its end, and so the `left` ones behind it."""
        self.failed += 1 + left
        behind = f"; {left} more queries not made" if left else ""
        why = public_message(error) if are_hidden() else str(error)
        self.console.error(f"{self._source}: {why}{behind}")

    @property
    def exit_code(self) -> ExitCode:
        """Whether all, a part or nothing was done."""
        if not self.failed and not self.unreadable:
            return ExitCode.OK
        return ExitCode.PARTIAL if self.matches or self.failed < self.queries else ExitCode.FAILURE
