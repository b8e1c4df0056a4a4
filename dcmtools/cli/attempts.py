"""Attempts that may well fail: what is logged of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("dcmtools.net", "pynetdicom")
_NOTHING = logging.CRITICAL + 1


@contextmanager
def attempts_unlogged() -> Iterator[None]:
    """Log nothing of associations in the block, unless ``-v`` or ``-d`` asks for what is done.

    The command says itself what came of them.
    """
    if logging.getLogger("dcmtools").isEnabledFor(logging.INFO):
        yield
        return
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(_NOTHING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
