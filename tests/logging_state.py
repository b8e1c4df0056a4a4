"""Commands that run in this process set logging up; tests put it back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("dcmtools", "pynetdicom", "py.warnings")


@contextmanager
def restored_logging() -> Iterator[None]:
    """Put the loggers that a command sets up back at the end of the block."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    try:
        yield
    finally:
        for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
            logger.handlers = handlers
            logger.setLevel(level)
            logger.propagate = propagate
        logging.captureWarnings(False)
