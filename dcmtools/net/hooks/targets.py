"""What is told of an occasion: a command that is run, or a URL that is posted to."""

from __future__ import annotations

import enum
import http.client
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dcmtools.dicom.text import brief_text
from dcmtools.errors import InputError

_TAIL = 2000  # bytes of what a command says last, of which a line is shown


class Occasion(enum.StrEnum):
    """What a hook is for."""

    OBJECT = "object"
    """A SOP Instance was stored."""
    ASSOCIATION = "association"
    """An association in which there were C-STORE requests is over."""
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


@dataclass(frozen=True)
class Command:
    """A program with its arguments: it gets the document on standard input, and its exit status counts.

    Nothing that a peer has sent is among the arguments, and there is no shell.
    """

    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.arguments)

    def deliver(self, document: bytes, timeout: float) -> None:
        """Run the command, and end it with all that it has started when it takes too long."""
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(  # noqa: S603 - the words are the operator's
                    self.arguments,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,
                )
            except OSError as exc:
                raise HookFailedError(exc.strerror or str(exc)) from exc
            try:
                process.communicate(document, timeout)
            except subprocess.TimeoutExpired:
                raise HookFailedError(f"it did not end within {timeout:g} s") from None
            finally:
                _end(process)
            if process.returncode:
                raise HookFailedError(f"exit status {process.returncode}{_last_line(said)}")


@dataclass(frozen=True)
class Webhook:
    """A URL that the document is posted to; any 2xx response counts as delivered.

    `token` is sent as a bearer token (RFC 6750 section 2.1).
    """

    url: str
    token: str | None = None

    def __str__(self) -> str:
        return self.url

    def deliver(self, document: bytes, timeout: float) -> None:
        """Post the document; `timeout` is for each step of the exchange."""
        headers = {"Content-Type": "application/json", "User-Agent": "dcmtools"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(self.url, document, headers)  # noqa: S310 - the scheme was checked
        try:
            with _OPENER.open(request, timeout=timeout):
                pass
        except HTTPError as exc:
            with exc:
                raise HookFailedError(f"HTTP status {exc.code} {exc.reason}") from None
        except URLError as exc:
            raise HookFailedError(str(exc.reason)) from exc
        except (OSError, http.client.HTTPException) as exc:
            raise HookFailedError(str(exc) or type(exc).__name__) from exc


class _NoRedirects(HTTPRedirectHandler):
    """A redirected POST would become a GET without the document."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(_NoRedirects)


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


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may still run, and what it has started."""
    if process.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        with suppress(OSError, ValueError):
            process.communicate()


def _last_line(said: BinaryIO) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
    lines = said.read().decode(errors="replace").strip().splitlines()
    return f": {brief_text(lines[-1])}" if lines else ""
