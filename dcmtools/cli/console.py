"""Renders events: log lines on stderr, data on stdout, and a summary."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

from dcmtools.dicom.text import safe_text
from dcmtools.net import events
from dcmtools.net.statuses import SUCCESS, describe_status


class Console:
    """Where a command shows what happens; `logger` holds the level that was asked for."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def show(self, event: object) -> None:  # noqa: C901 - one arm a kind of event
        """Show one event as its log line; kinds without a line are passed over."""
        match event:
            case events.Sending(path):
                self._logger.info("Sending file: %s", path)
            case events.Stored(path, status=status) if status != SUCCESS:
                self._logger.warning("%s: %s", path, describe_status(status, "storage"))
            case events.NotStored(path, reason):
                self._logger.error("Store failed: %s: %s", path, reason)
            case events.BadFile(path, reason):
                self._logger.error("Bad DICOM file: %s: %s", path, reason)
            case events.Inaccessible(path):
                self._logger.error("Cannot access path: %s", path)
            case events.Skipped(path, reason):
                self._logger.info("Skipping file: %s: %s", path, reason)
            case events.Lost(reason):
                self._logger.error("%s: going on over a new association", reason)
            case events.Listening(address, port):
                self._logger.info("Listening on %s, port %d", address or "all interfaces", port)
            case events.Receiving(name):
                self._logger.info("Storing DICOM file: %s", name)
            case events.Received(outcome="replaced"):
                self._logger.warning("DICOM file already exists, overwriting")
            case events.Received(outcome="renamed", path=path):
                self._logger.warning("DICOM file already exists with other content, stored as %s", path)
            case events.NotReceived(uid, status, reason):
                self._logger.error(
                    "Not stored: SOP Instance %s: %s: %s", uid, describe_status(status, "storage"), reason
                )

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
        """Write data to stdout, and let it go out at once."""
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
