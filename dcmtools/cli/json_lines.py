"""``--json``: one JSON object a line on stdout for each event, and for each warning and error logged."""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydicom.dataset import Dataset

from dcmtools import __version__
from dcmtools.cli.json_events import SCHEMA_VERSION, Error, Log, Start, Summary, Warned
from dcmtools.cli.termination import end_run
from dcmtools.dicom.json_model import json_model
from dcmtools.errors import DcmtoolsError

OWN_LOGGER = "dcmtools"
"""The logger of what commands say themselves; its children log from within."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class JsonLines(logging.Handler):
    """Writes events as objects; as a log handler also what is logged from the level of warnings on.

    ``{"event": the name of its class in snake_case, "time": UTC, and its fields}``, in ASCII. A
    log record with an attribute `is_event` belongs to an event that is written by itself. The first
    object, `Start`, is written at once. Raises as `write` does.
    """

    def __init__(self, command: str) -> None:
        super().__init__(logging.WARNING)
        self.command = command
        self.counts: Counter[str] = Counter()
        """How often each event was written, by its name."""
        self._lock = threading.Lock()
        self._is_open = True
        self.write(Start(SCHEMA_VERSION, command, __version__))

    def write(self, event: object) -> None:
        """Write `event`, a named tuple, and let it go out at once.

        When stdout cannot be written to, this raises in the main thread: BrokenPipeError when
        nobody reads it any more, else DcmtoolsError. In another thread it ends the run as SIGTERM does.
        """
        name = name_of(type(event))
        line = _encode({"event": name, "time": _now(), **_fields(event)}) + "\n"
        with self._lock:
            if not self._is_open:
                return
            self.counts[name] += 1
            try:
                if sys.stdout is None:
                    raise DcmtoolsError("standard output is closed")
                sys.stdout.write(line)
                sys.stdout.flush()
                return
            except (OSError, DcmtoolsError) as exc:
                self._is_open = False
                failure = exc
        self._give_up(failure)

    def _give_up(self, failure: OSError | DcmtoolsError) -> None:
        if not isinstance(failure, BrokenPipeError | DcmtoolsError):
            failure = DcmtoolsError(f"cannot write to standard output: {failure.strerror or failure}")
        if threading.current_thread() is threading.main_thread():
            raise failure
        logging.getLogger(OWN_LOGGER).error("%s", failure)
        end_run()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a log record as an object, unless it is the line of an event."""
        if not hasattr(record, "is_event"):
            self.write(_logged(record))


def attached_lines(logger: logging.Logger) -> JsonLines | None:
    """Return the handler of `logger` that writes objects, if there is one."""
    return next((handler for handler in logger.handlers if isinstance(handler, JsonLines)), None)


def report_wrong_usage(command: str, message: str, status: int) -> None:
    """Write that the command line is wrong: the error and, if nobody else will, start and summary."""
    lines = attached_lines(logging.getLogger(OWN_LOGGER))
    if lines is not None and lines.command == command:
        lines.write(Error("usage", message))
    else:
        lines = JsonLines(command)
        lines.write(Error("usage", message))
        lines.write(Summary(command, status, 0.0, dict(lines.counts), 0))


def _logged(record: logging.LogRecord) -> Error | Warned | Log:
    message = record.getMessage()
    if record.name != OWN_LOGGER:
        return Log(record.levelname.lower(), record.name, message)
    if record.levelno < logging.ERROR:
        return Warned(message)
    exc = record.exc_info[1] if record.exc_info else None
    if isinstance(exc, DcmtoolsError):
        return Error(name_of(type(exc)).removesuffix("_error"), exc.message, exc.hint)
    return Error("failure", message)


def name_of(kind: type) -> str:
    """Return the name of a class in snake_case, which is that of its event."""
    return _snake_case(kind.__name__)


@cache
def _snake_case(name: str) -> str:
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(event: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in zip(event._fields, event, strict=True)}


def plain(value: Any) -> Any:
    """Return `value` as JSON has it; a Dataset in the DICOM JSON model (PS3.18 annex F)."""
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Dataset):
        return json_model(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return _fields(value) if hasattr(value, "_fields") else [plain(item) for item in value]
    return str(value)
