"""Log lines on stderr: ``I: text``, as pynetdicom's apps write them."""

from __future__ import annotations

import logging
import re
import sys
import traceback

from dcmtools import __version__
from dcmtools.cli.options import GeneralOptions, LogLevel
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

_COLOURS = {logging.WARNING: 33, logging.ERROR: 31, logging.CRITICAL: 31}  # yellow, red

_PASSWORD = re.compile(r"^( *Password: )\[.*\]$", re.DOTALL)


class LineFormatter(logging.Formatter):
    """``X: message`` a line; no control characters, no passwords, tracebacks only if `tracebacks`.

    With `colour` the ``X:`` of warnings and errors stands out.
    """

    def __init__(self, *, tracebacks: bool, colour: bool = False) -> None:
        super().__init__()
        self.tracebacks = tracebacks
        self.colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`, or several lines where a traceback belongs to it."""
        message = _PASSWORD.sub(r"\1[hidden]", record.getMessage())
        lines = [safe_text(line) for line in message.split("\n")]
        if self.tracebacks and record.exc_info and record.exc_info[0] is not None:
            trace = "".join(traceback.format_exception(*record.exc_info))
            lines += [safe_text(line) for line in trace.rstrip().split("\n")]
        initial = record.levelname[:1]
        if self.colour and record.levelno in _COLOURS:
            initial = f"\x1b[{_COLOURS[record.levelno]}m{initial}:\x1b[0m"
            return "\n".join(f"{initial} {line}" for line in lines)
        return "\n".join(f"{initial}: {line}" for line in lines)


def set_up(general: GeneralOptions, command: str) -> logging.Logger:
    """Send the log lines that `general` asks for to stderr; return the logger of `command`.

    With ``--json`` its handlers also have a `JsonLines`, which has written the first object.
    """
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
