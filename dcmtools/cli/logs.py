"""Log lines on stderr: ``I: text``, as pynetdicom's apps write them."""

from __future__ import annotations

import logging
import re
import sys
import traceback

from dcmtools import __version__
from dcmtools.cli.options import GeneralOptions, LogLevel
from dcmtools.cli.privacy import set_up_privacy
from dcmtools.cli.terminal import has_colour
from dcmtools.dicom.text import safe_text

LOGGERS = ("dcmtools", "pynetdicom")

_LEVELS = {
    LogLevel.CRITICAL: logging.CRITICAL,
    LogLevel.FATAL: logging.CRITICAL,
    LogLevel.ERROR: logging.ERROR,
    LogLevel.WARN: logging.WARNING,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.INFO: logging.INFO,
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.TRACE: logging.DEBUG,
}

_PEERS_FAULTS = {"pynetdicom.dimse", "pynetdicom.dul", "pynetdicom.fsm", "pynetdicom.utils"}
"""The loggers of exceptions that say no more than that a PDU cannot be read."""

_COLOURS = {logging.WARNING: 33, logging.ERROR: 31, logging.CRITICAL: 31}  # yellow, red

_PASSWORD = re.compile(r"^( *Password: )\[.*\]$", re.DOTALL)


class LineFormatter(logging.Formatter):
    """``X: message`` a line; no control characters, no passwords.

    Tracebacks only if `tracebacks`, and none for what a peer did.

    With `colour` the ``X:`` of warnings and errors stands out.
    """

    def __init__(self, *, tracebacks: bool, colour: bool = False) -> None:
        super().__init__()
        self.tracebacks = tracebacks
        self.colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`, or several lines where a traceback belongs to it."""
        message = _PASSWORD.sub(r"\1[hidden]", _message(record))
        lines = [safe_text(line) for line in message.split("\n")]
        exception = record.exc_info[1] if record.exc_info else None
        if self.tracebacks and exception is not None and record.name not in _PEERS_FAULTS:
            trace = "".join(traceback.format_exception(exception))
            lines += [safe_text(line) for line in trace.rstrip().split("\n")]
        initial = record.levelname[:1]
        if self.colour and record.levelno in _COLOURS:
            initial = f"\x1b[{_COLOURS[record.levelno]}m{initial}:\x1b[0m"
            return "\n".join(f"{initial} {line}" for line in lines)
        return "\n".join(f"{initial}: {line}" for line in lines)


def _message(record: logging.LogRecord) -> str:
    """Return the message of `record`; that of some exceptions, as of a KeyError, says nothing alone."""
    message = record.getMessage()
    if record.name in _PEERS_FAULTS and record.exc_info and " " not in message:
        return f"{type(record.exc_info[1]).__name__} {message}".rstrip()
    return message


def set_up(general: GeneralOptions, command: str) -> logging.Logger:
    """Send the log lines that `general` asks for to stderr; return the logger of `command`.

    With ``--json`` its handlers also have a `JsonLines`, which has written the first object.
    """
    set_up_privacy(no_phi=general.no_phi)
    level = _LEVELS[general.level]
    handler: logging.Handler = logging.NullHandler()
    if not general.quiet:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LineFormatter(tracebacks=level <= logging.DEBUG, colour=has_colour(sys.stderr)))
    handlers = [handler]
    if general.json:
        handler.setLevel(level)
        from dcmtools.cli.json_lines import JsonLines  # noqa: PLC0415 - only when asked for

        handlers.append(JsonLines(command))
        level = min(level, logging.WARNING)
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = handlers
        logger.setLevel(level)
        logger.propagate = False
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").handlers = [logging.NullHandler()]
    logger = logging.getLogger("dcmtools")
    logger.debug("%s.py v%s", command, __version__)
    logger.debug("")
    return logger
