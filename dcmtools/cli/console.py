"""Renders events: log lines on stderr, data on stdout, and a summary."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from dcmtools.cli.json_events import Summary
from dcmtools.cli.privacy import without_phi
from dcmtools.cli.run_end import at_end
from dcmtools.cli.statistics import Statistics
from dcmtools.cli.terminal import is_terminal
from dcmtools.dicom.text import safe_text
from dcmtools.errors import DcmtoolsError
from dcmtools.net import events
from dcmtools.net.statuses import SUCCESS, describe_status

if TYPE_CHECKING:
    from dcmtools.cli.json_lines import JsonLines

Counts = Mapping[str, Mapping[str, int]]

_OF_AN_EVENT = {"is_event": True}  # marks a log line whose event is an object of its own


def _json_lines(logger: logging.Logger) -> JsonLines | None:
    """Return the handler of `logger` that writes objects, if there is one."""
    if len(logger.handlers) < 2:
        return None
    from dcmtools.cli.json_lines import attached_lines  # noqa: PLC0415 - only when asked for

    return attached_lines(logger)


class Console:
    """Where a command shows what happens, and how it ended.

    `logger` comes from `dcmtools.cli.logs.set_up`: it holds the level that was asked for, and with
    ``--json`` the handler that writes the objects. The summary is shown when the run ends.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._statistics = Statistics()
        self._summary: str | None = None
        self._json = _json_lines(logger)
        if self._json is not None:
            at_end(self._end)

    @property
    def is_json(self) -> bool:
        """Whether only objects go to stdout."""
        return self._json is not None

    @property
    def statistics(self) -> Statistics:
        """What was shown so far, counted."""
        return self._statistics

    @property
    def is_verbose(self) -> bool:
        """Whether what is done has lines of its own, besides what fails."""
        return self._logger.isEnabledFor(logging.INFO)

    def counted(self) -> Counts:
        """Return all counts: of events, of objects that were written, and of bytes; see `add_counted`."""
        counted = self._statistics
        objects = dict(self._json.counts) if self._json is not None else {}
        return {"events": counted.counts, "objects": objects, "bytes": {"size": counted.size}}

    def add_counted(self, counts: Counts) -> None:
        """Count what another process has counted."""
        self._statistics.add(counts["events"], counts["bytes"].get("size", 0))
        if self._json is not None:
            self._json.counts.update(counts["objects"])

    def show(self, event: object) -> None:
        """Show one event as its log line; kinds without a line are passed over.

        With ``--json`` each is an object. May be called from any thread.
        """
        event = without_phi(event)
        self._statistics.count(event)
        if self._json is not None:
            self._json.write(event)
        line_of = _LINES.get(type(event))
        if line_of is not None and (line := line_of(event)) is not None:
            level, text = line
            self._logger.log(level, "%s", text, extra=_OF_AN_EVENT)

    def error(self, message: str) -> None:
        """Say what failed."""
        self._logger.error("%s", message)

    def warning(self, message: str) -> None:
        """Say what may not be as expected."""
        self._logger.warning("%s", message)

    def info(self, message: str) -> None:
        """Say what is done, to those who asked for it."""
        self._logger.info("%s", message)

    def summary(self, message: str, *, failed: bool, log: bool = True) -> None:
        """Say how it ended: an error if `failed`, else for a terminal, and, if `log`, for those who asked."""
        self._summary = message
        if failed:
            self._logger.error("%s", message, extra=_OF_AN_EVENT)
        elif log and self._logger.isEnabledFor(logging.INFO):
            self._logger.info("%s", message)
        elif self._json is None and is_terminal(sys.stderr) and not self._is_quiet():
            print(safe_text(message), file=sys.stderr)  # noqa: T201

    def _is_quiet(self) -> bool:
        return all(isinstance(handler, logging.NullHandler) for handler in self._logger.handlers)

    def _end(self, status: int) -> None:
        """Write the last object."""
        if self._json is not None:
            command, counted = self._json.command, self._statistics
            self._json.write(
                Summary(
                    command, status, counted.seconds, dict(self._json.counts), counted.size, self._summary
                )
            )

    def data(self, lines: Iterable[str]) -> None:
        """Write data to stdout, and let it go out at once; with ``--json`` only objects go there.

        What its encoding lacks is written as a backslash escape. Raises DcmtoolsError when it cannot
        be written, and BrokenPipeError when nobody reads it any more.
        """
        if self._json is not None:
            return
        if sys.stdout is None:
            raise DcmtoolsError("standard output is closed")
        if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            for line in lines:
                sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise DcmtoolsError(f"cannot write to standard output: {exc.strerror or exc}") from exc


def _stored(event: events.Stored) -> tuple[int, str] | None:
    if event.status == SUCCESS:
        return None
    from dcmtools.net.advice import answer_text  # noqa: PLC0415 - warnings are rare

    text = answer_text(event.status, "storage", event.comment, event.offending)
    return logging.WARNING, f"{event.path}: {text}"


def _not_stored(event: events.NotStored) -> tuple[int, str]:
    hint = f" ({event.hint})" if event.hint else ""
    return logging.ERROR, f"Store failed: {event.path}: {event.reason}{hint}"


def _received(event: events.Received) -> tuple[int, str] | None:
    if event.outcome == "replaced":
        return logging.WARNING, "DICOM file already exists, overwriting"
    if event.outcome == "renamed":
        return logging.WARNING, f"DICOM file already exists with other content, stored as {event.path}"
    return None


def _hook_failed(event: events.HookFailed) -> tuple[int, str]:
    ending = "" if event.seconds is None else f": trying again in {event.seconds:.1f} s"
    level = logging.ERROR if event.seconds is None else logging.WARNING
    return level, f"Hook failed: {event.target}: {event.subject}: {event.reason}{ending}"


def _not_received(event: events.NotReceived) -> tuple[int, str]:
    described = describe_status(event.status, "storage")
    instance = f"SOP Instance {event.sop_instance_uid}"
    return logging.ERROR, f"Not stored: {instance}: {described}: {event.reason}"


def _unexplained(event: events.Unexplained) -> tuple[int, str]:
    hint = f" (did you mean {' or '.join(event.similar)}?)" if event.similar else ""
    return logging.ERROR, f"'{event.text}' is {event.reason}{hint}"


_LINES: dict[type, Callable[[Any], tuple[int, str] | None]] = {
    events.NotYet: lambda event: (logging.INFO, f"{event.reason}: asking again in {event.seconds:.1f} s"),
    events.Sending: lambda event: (logging.INFO, f"Sending file: {event.path}"),
    events.Stored: _stored,
    events.NotStored: _not_stored,
    events.BadFile: lambda event: (logging.ERROR, f"Bad DICOM file: {event.path}: {event.reason}"),
    events.Unidentified: lambda event: (
        logging.ERROR,
        f"Unknown SOP Class or Transfer Syntax UID: {event.path}: {event.reason}",
    ),
    events.Inaccessible: lambda event: (logging.ERROR, f"Cannot access path: {event.path}"),
    events.Skipped: lambda event: (logging.INFO, f"Skipping file: {event.path}: {event.reason}"),
    events.Lost: lambda event: (logging.ERROR, f"{event.reason}: going on over a new association"),
    events.Retrying: lambda event: (
        logging.ERROR,
        f"{event.reason}: trying again in {event.seconds:.1f} s (retry {event.number} of {event.most})",
    ),
    events.AlreadyStored: lambda event: (logging.INFO, f"Already stored: {event.path}"),
    events.Changed: lambda event: (
        logging.WARNING,
        f"Changed since it was stored, sending it again: {event.path}",
    ),
    events.Listening: lambda event: (
        logging.INFO,
        f"Listening on {event.address or 'all interfaces'}, port {event.port}",
    ),
    events.FaultsPlanned: lambda event: (
        logging.INFO,
        f"Injecting faults (--inject-seed {event.seed}): {' '.join(event.rules)}",
    ),
    events.Injected: lambda event: (
        logging.WARNING,
        f"Injected into {event.operation} {event.number} of {event.calling_aet}: {event.fault}",
    ),
    events.Ending: lambda event: (
        logging.INFO if event.complete else logging.ERROR,
        f"Ending: {event.reason}",
    ),
    events.Rejected: lambda event: (
        logging.INFO,
        f"Association of {event.calling_aet} from {event.host} rejected: {event.reason}",
    ),
    events.Receiving: lambda event: (logging.INFO, f"Storing DICOM file: {event.name}"),
    events.Received: _received,
    events.NotReceived: _not_received,
    events.Querying: lambda event: (logging.INFO, f"Query {event.number}: {event.source}"),
    events.NoMatch: lambda event: (logging.ERROR, f"{event.source}: no match"),
    events.HookFailed: _hook_failed,
    events.Unexplained: _unexplained,
    events.Alternatives: lambda event: (
        logging.ERROR,
        f"{event.peer}: the peer refused {event.what} ({event.hint})",
    ),
}
"""The level and the text of the log line of each kind of event that has one."""
