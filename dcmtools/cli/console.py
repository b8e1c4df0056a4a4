"""Renders events: log lines on stderr, data on stdout, and a summary."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from io import TextIOWrapper

from dcmtools.dicom.text import safe_text
from dcmtools.errors import DcmtoolsError
from dcmtools.net import events
from dcmtools.net.statuses import SUCCESS, describe_status


class Console:
    """Where a command shows what happens; `logger` holds the level that was asked for."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def show(self, event: object) -> None:
        """Show one event as its log line; kinds without a line are passed over."""
        line = _of_sender(event) or _of_receiver(event)
        if line is not None:
            level, text = line
            self._logger.log(level, "%s", text)

    def error(self, message: str) -> None:
        """Say what failed."""
        self._logger.error("%s", message)

    def warning(self, message: str) -> None:
        """Say what may not be as expected."""
        self._logger.warning("%s", message)

    def info(self, message: str) -> None:
        """Say what is done, to those who asked for it."""
        self._logger.info("%s", message)

    def summary(self, message: str, *, failed: bool) -> None:
        """Say how it ended: an error if `failed`, else for those who asked and for a terminal."""
        if failed:
            self._logger.error("%s", message)
        elif self._logger.isEnabledFor(logging.INFO):
            self._logger.info("%s", message)
        elif sys.stderr.isatty() and not self._is_quiet():
            print(safe_text(message), file=sys.stderr)  # noqa: T201

    def _is_quiet(self) -> bool:
        return all(isinstance(handler, logging.NullHandler) for handler in self._logger.handlers)

    @staticmethod
    def data(lines: Iterable[str]) -> None:
        """Write data to stdout, and let it go out at once.

        What its encoding lacks is written as a backslash escape. Raises DcmtoolsError when it cannot
        be written, and BrokenPipeError when nobody reads it any more.
        """
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


def _of_sender(event: object) -> tuple[int, str] | None:
    """Return the level and the text of the log line of what happens to files that are sent."""
    match event:
        case events.Sending(path):
            return logging.INFO, f"Sending file: {path}"
        case events.Stored(path, status=status) if status != SUCCESS:
            return logging.WARNING, f"{path}: {describe_status(status, 'storage')}"
        case events.NotStored(path, reason):
            return logging.ERROR, f"Store failed: {path}: {reason}"
        case events.BadFile(path, reason):
            return logging.ERROR, f"Bad DICOM file: {path}: {reason}"
        case events.Unidentified(path, reason):
            return logging.ERROR, f"Unknown SOP Class or Transfer Syntax UID: {path}: {reason}"
        case events.Inaccessible(path):
            return logging.ERROR, f"Cannot access path: {path}"
        case events.Skipped(path, reason):
            return logging.INFO, f"Skipping file: {path}: {reason}"
        case events.Lost(reason):
            return logging.ERROR, f"{reason}: going on over a new association"
    return None


def _of_receiver(event: object) -> tuple[int, str] | None:
    """Return the level and the text of the log line of what happens to objects that are received."""
    match event:
        case events.Listening(address, port):
            return logging.INFO, f"Listening on {address or 'all interfaces'}, port {port}"
        case events.Receiving(name):
            return logging.INFO, f"Storing DICOM file: {name}"
        case events.Received(outcome="replaced"):
            return logging.WARNING, "DICOM file already exists, overwriting"
        case events.Received(outcome="renamed", path=path):
            return logging.WARNING, f"DICOM file already exists with other content, stored as {path}"
        case events.NotReceived(uid, status, reason):
            described = describe_status(status, "storage")
            return logging.ERROR, f"Not stored: SOP Instance {uid}: {described}: {reason}"
    return None
