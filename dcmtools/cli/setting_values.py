"""How the value of a key in a configuration file is read: each function returns a reader.

A reader takes what the file says, text from an ini file and any type from a TOML file, and returns
the value in the type that the settings have. It raises ValueError, whose text says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from typer import BadParameter

from dcmtools.cli.options import LARGEST_LENGTH, ae_title, byte_size, maximum_length
from dcmtools.cli.tls import host_name
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.text import brief_text
from dcmtools.errors import InputError
from dcmtools.index.attributes import Attribute, parse_attribute
from dcmtools.net.tls import TlsVersion

Reader = Callable[[object], Any]

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_URL = "://"
_split = re.compile(r",(?![0-9A-Fa-f]{4}\))").split  # at commas, but not that of ``(0018,0010)``


def text(value: object) -> str:
    """Read text without the spaces around it."""
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not text")
    return value.strip()


def host(value: object) -> str:
    """Read the name of a host, as a certificate has it."""
    try:
        checked = host_name(text(value))
    except BadParameter as exc:
        raise ValueError(exc.message) from None
    assert checked is not None
    return checked


def title(value: object) -> str:
    """Read an AE title."""
    try:
        checked = ae_title(text(value))
    except BadParameter as exc:
        raise ValueError(exc.message) from None
    assert checked is not None
    return checked


def whole_number(low: int, high: int) -> Reader:
    """Return a reader of an integer from `low` to `high`."""

    def read(value: object) -> int:
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            number = None
        if not isinstance(number, int) or isinstance(number, bool):
            raise ValueError(f"{_shown(value)} is not a whole number")
        if not low <= number <= high:
            raise ValueError(f"{number} is not in the range {low} to {high}")
        return number

    return read


def pdu_length(value: object) -> int:
    """Read a maximum PDU length in bytes."""
    number: int = whole_number(0, LARGEST_LENGTH)(value)
    try:
        maximum_length(number)
    except BadParameter as exc:
        raise ValueError(exc.message) from None
    return number


def seconds(value: object) -> float:
    """Read a time in seconds, 0 or more."""
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int | float) or isinstance(number, bool) or not number >= 0:
        raise ValueError(f"{_shown(value)} is not a number of seconds")
    return float(number)


def size_in_bytes(value: object) -> int:
    """Read a number of bytes, which may be written as ``500M``."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    try:
        return byte_size(str(value) if is_number else text(value))
    except BadParameter as exc:
        raise ValueError(exc.message) from None


def template(value: object) -> PathTemplate:
    """Read a template for the paths of stored instances."""
    try:
        return PathTemplate(text(value))
    except InputError as exc:
        raise ValueError(str(exc)) from None


def yes_or_no(value: object) -> bool:
    """Read a truth value, in the words that Python's configparser knows."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in _TRUE + _FALSE:
        raise ValueError(f"{_shown(value)} is neither true nor false")
    return word in _TRUE


def choice(choices: type[StrEnum]) -> Reader:
    """Return a reader of one of the words of `choices`."""

    def read(value: object) -> StrEnum:
        word = text(value)
        if word not in list(choices):
            raise ValueError(f"{_shown(value)} is none of {', '.join(choices)}")
        return choices(word)

    return read


def tls_version(value: object) -> TlsVersion:
    """Read a version of TLS, which may be written as a number."""
    version: TlsVersion = choice(TlsVersion)(str(value) if isinstance(value, float) else value)
    return version


def path_in(folder: Path) -> Reader:
    """Return a reader of a path, which is relative to `folder`."""
    return lambda value: folder / text(value)


def database_in(folder: Path) -> Reader:
    """Return a reader of a database's location: a URL, or a file name relative to `folder`."""

    def read(value: object) -> str:
        location = text(value)
        return location if _URL in location else str(folder / location)

    return read


def listed(read_one: Reader) -> Reader:
    """Return a reader of several values: a list, or text in which commas separate them."""

    def read(value: object) -> tuple[Any, ...]:
        parts = _split(value) if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise ValueError(f"{_shown(value)} is not a list")
        return tuple(read_one(part) for part in parts if not isinstance(part, str) or part.strip())

    return read


def network(value: object) -> str:
    """Read an IP address, or a network as ``192.168.2.0/24``."""
    address = text(value)
    try:
        ip_network(address, strict=False)
    except ValueError:
        raise ValueError(
            f"{_shown(value)} is neither an IP address nor a network such as 10.1.0.0/16"
        ) from None
    return address


def attribute(value: object) -> Attribute:
    """Read what names an attribute and the level that it describes, such as ``SERIES.ContrastBolusAgent``."""
    try:
        return parse_attribute(text(value))
    except InputError as exc:
        raise ValueError(str(exc)) from None


def _shown(value: object) -> str:
    return f"'{brief_text(str(value))}'"
