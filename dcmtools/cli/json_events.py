"""What ``--json`` writes beside the events of `dcmtools.net.events`, and the version of it all."""

from __future__ import annotations

from typing import NamedTuple

SCHEMA_VERSION = 1
"""Raised when an object or a field goes, or means something else; new ones may come at any time."""


class Start(NamedTuple):
    """The first object of a run: the version of this schema, the command, and the version of dcmtools."""

    schema: int
    command: str
    version: str


class Error(NamedTuple):
    """Something failed; `kind` is "usage", "failure" or names the error, such as "association_rejected".

    `hint` says what to do next, where there is something to say.
    """

    kind: str
    message: str
    hint: str | None = None


class Warned(NamedTuple):
    """Something may not be as expected."""

    message: str


class Log(NamedTuple):
    """A log line of level "warning", "error" or "critical" that comes from within, by its logger."""

    level: str
    logger: str
    message: str


class Summary(NamedTuple):
    """The last object of a run, unless it was killed.

    `seconds` is how long the run took, `objects` how often each event occurred, `size` how many
    bytes of datasets were stored by the peer or received; `message` is the summary in words.
    """

    command: str
    exit_status: int
    seconds: float
    objects: dict[str, int]
    size: int
    message: str | None = None


EVENTS = (Start, Error, Warned, Log, Summary)
"""In the order in which they are documented."""
