"""What hooks are for, whom they tell, and how both are written on the command line."""

from __future__ import annotations

import enum
import shlex
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from dcmtools.dicom.text import brief_text
from dcmtools.errors import InputError


class Occasion(enum.StrEnum):
    """What a hook is for."""

    OBJECT = "object"
    """A SOP Instance was stored."""
    ASSOCIATION = "association"
    """An association is over."""
    STUDY = "study"
    """No object of a study has come for a while."""


class HookFailedError(Exception):
    """A target could not be told; the text says why."""


class Target(Protocol):
    """What a document can be delivered to."""

    def deliver(self, document: bytes, timeout: float) -> None:
        """Deliver a JSON document within `timeout` seconds; raises HookFailedError."""


class Subscription(NamedTuple):
    """A target, and the occasions that it is told of."""

    occasions: frozenset[Occasion]
    target: Target


def parse_command(text: str) -> tuple[str, ...]:
    """Split a command line into its arguments, as a shell would; raises InputError."""
    try:
        arguments = tuple(shlex.split(text))
    except ValueError as exc:
        raise InputError(f"'{brief_text(text)}' is no command line: {str(exc).lower()}") from exc
    if not arguments or not arguments[0]:
        raise InputError("there is no command to run")
    return arguments


def parse_url(text: str) -> str:
    """Check the URL of a webhook; raises InputError."""
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not text.isascii() or any(character <= " " for character in text):
        raise InputError(f"'{brief_text(text)}' is no URL", hint="such as https://host/path")
    return text


def parse_occasions(text: str) -> tuple[frozenset[Occasion], str]:
    """Split ``study,object:rest`` into its occasions and the rest; without them it is for all."""
    words, colon, rest = text.partition(":")
    names: Sequence[str] = [word.strip() for word in words.split(",")]
    if colon and all(name in list(Occasion) for name in names):
        return frozenset(map(Occasion, names)), rest.strip()
    return frozenset(Occasion), text.strip()
