"""One command line, read by the argparse parser of pynetdicom's app and by our command."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import io
import shlex
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from pydicom import config
from typer import TyperException

from dcmtools.cli.app import Command, load
from dcmtools.cli.option_group import OptionGroup
from dcmtools.errors import ExitCode

SCUS = ("echoscu", "storescu", "findscu", "getscu", "movescu")
SCPS = ("echoscp", "storescp")
ARCHIVE = "qrscp"
APPS = (*SCUS, *SCPS, ARCHIVE)

REQUIRED: dict[str, tuple[str, ...]] = {
    "echoscu": ("host", "104"),
    "storescu": ("host", "104", "file.dcm"),
    "findscu": ("host", "104", "-k", "PatientName="),
    "getscu": ("host", "104", "-k", "PatientName="),
    "movescu": ("host", "104", "-k", "PatientName="),
    "echoscp": ("11112",),
    "storescp": ("11112",),
    "qrscp": (),
}
"""The shortest command line of each app."""

_LEVELS = {"q": "error", "v": "info", "d": "debug", None: "error"}


class RefusedError(Exception):
    """The command line is wrong; the text says how."""


OTHER_DEFAULTS = {"storescp": ("-pdu", "131072")}
"""What a command has as its default on purpose, as the option with which pynetdicom's app has it too."""


class _ParserFoundError(Exception):
    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def _setup(app: str) -> Any:
    # importing qrscp changes how pydicom reads empty text, for the whole process
    with mock.patch.object(config, "use_none_as_empty_text_VR_value", config.use_none_as_empty_text_VR_value):
        return import_module(f"pynetdicom.apps.{app}.{app}")._setup_argparser


@functools.cache
def their_parser(app: str) -> argparse.ArgumentParser:
    """The parser of pynetdicom's `app`, which makes it anew for each command line."""

    def found(parser: argparse.ArgumentParser, _arguments: object) -> None:
        raise _ParserFoundError(parser)

    with mock.patch.object(argparse.ArgumentParser, "parse_args", found):
        try:
            _setup(app)(())
        except _ParserFoundError as exc:
            return exc.parser
    raise AssertionError(f"{app} makes no parser")


def their_options(app: str) -> Iterator[argparse.Action]:
    """The options of pynetdicom's `app`, those apart that end it at once."""
    for action in their_parser(app)._actions:
        if action.option_strings and action.dest not in ("help", "version"):
            yield action


def theirs(app: str, arguments: Sequence[str]) -> dict[str, Any]:
    """What pynetdicom's `app` makes of `arguments`, by the names of their options; raises RefusedError."""
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            values = vars(_setup(app)([*OTHER_DEFAULTS.get(app, ()), *arguments]))
    except SystemExit as exc:
        assert exc.code == ExitCode.USAGE
        raise RefusedError(complaint.getvalue().splitlines()[-1]) from None
    del values["version"]
    if app == ARCHIVE:
        values = _typed(values)
    log_type, log_level = values.pop("log_type"), values.pop("log_level")
    return _comparable(values) | {"quiet": log_type == "q", "level": log_level or _LEVELS[log_type]}


def ours(app: str, arguments: Sequence[str]) -> dict[str, Any]:
    """What our command makes of `arguments`, by the names of its options; raises RefusedError."""
    command, calls = _recording_command(app)
    calls.clear()
    try:
        command.main(list(arguments), prog_name=app, standalone_mode=False)
    except TyperException as exc:
        assert exc.exit_code == ExitCode.USAGE
        raise RefusedError(exc.format_message()) from None
    [call] = calls
    values: dict[str, Any] = {}
    for name, value in call.items():
        if isinstance(value, OptionGroup):
            assert dataclasses.is_dataclass(value)
            values |= {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        else:
            values[name] = value
    general = call["general"]
    level = general.log_level if general.quiet and general.log_level else general.level
    if general.quiet and not general.log_level:
        level = "error"
    return _comparable(values) | {"level": str(level)}


@functools.cache
def _recording_command(app: str) -> tuple[Command, list[dict[str, Any]]]:
    """Our command, its function replaced by one that keeps what it is called with."""
    module = import_module(f"dcmtools.commands.{app}")
    calls: list[dict[str, Any]] = []

    @functools.wraps(getattr(module, app))
    def record(**values: Any) -> ExitCode:
        calls.append(values)
        return ExitCode.OK

    with mock.patch.object(module, app, record):
        command = load(app)
    assert isinstance(command, Command)
    return command, calls


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers as numbers, which the parser of qrscp leaves as text; its own configuration file is none."""
    typed = dict(values)
    for name, value in values.items():
        if value is not None and name.endswith("_timeout"):
            typed[name] = float(value)
        elif value is not None and name in ("port", "max_pdu"):
            typed[name] = int(value)
    if Path(values["config"]).name == "default.ini":
        typed["config"] = None
    return typed


def _comparable(values: dict[str, Any]) -> dict[str, Any]:
    """The values with what means the same made the same: spaces around AE titles, paths, no keys at all."""
    comparable = dict(values)
    for name, value in values.items():
        if name.endswith("_aet") or name == "ae_title":
            comparable[name] = value.strip(" ") if isinstance(value, str) else value
        elif name in ("file", "output_directory", "config", "instance_location"):
            comparable[name] = None if value is None else str(value)
        elif name == "keyword":
            comparable[name] = list(value or [])
    return comparable


def assert_same(app: str, arguments: Sequence[str]) -> None:
    """Our command reads `arguments`, which pynetdicom's app takes, and gives each option the same value."""
    expected = theirs(app, arguments)
    try:
        read = ours(app, arguments)
    except RefusedError as exc:
        pytest.fail(f"{app} {shlex.join(arguments)}: {exc}")
    assert {name: read[name] for name in expected} == expected, f"{app} {shlex.join(arguments)}"
