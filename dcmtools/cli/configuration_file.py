"""Configuration files: ini files as pynetdicom's qrscp takes them, and TOML files with the same keys.

An ini file has the settings in ``[DEFAULT]`` and a section for each move destination, named by its
AE title. In a TOML file the settings are at the top, and ``[destinations.AETITLE]`` is a destination.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dcmtools.cli.toml_file import configuration_text, toml_tables
from dcmtools.dicom.text import brief_text
from dcmtools.errors import ConfigurationError

SETTINGS = "DEFAULT"
"""The section of an ini file that has the settings."""

_DESTINATIONS = "destinations"
_NO_SECTION = ""  # one that a file cannot have: configparser would let all others inherit from it


class ConfigurationFile(NamedTuple):
    """What a configuration file says, nothing of it checked yet.

    The values of an ini file are all text. `destinations` are the keys of each by its AE title.
    """

    path: Path
    settings: Mapping[str, object]
    destinations: Mapping[str, Mapping[str, object]]

    def wrong(
        self, key: str, reason: str, destination: str | None = None, *, hint: str | None = None
    ) -> ConfigurationError:
        """Return the error about a key, of the settings or of a destination."""
        where = "" if destination is None else f" of destination '{brief_text(destination)}'"
        return ConfigurationError(self.path, f"key '{brief_text(key)}'{where}: {reason}", hint=hint)


def read_configuration(path: Path) -> ConfigurationFile:
    """Read a configuration file, as TOML if its name ends in ``.toml``; raises ConfigurationError."""
    text = configuration_text(path)
    return _read_toml(path, text) if path.suffix.lower() == ".toml" else _read_ini(path, text)


def _read_ini(path: Path, text: str) -> ConfigurationFile:
    parser = configparser.RawConfigParser(default_section=_NO_SECTION)  # raw: '%' means itself
    try:
        parser.read_file(_without_indentation(text), source=path.name)
    except configparser.Error as exc:
        raise ConfigurationError(path, _syntax_error(exc)) from exc
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    settings = sections.pop(SETTINGS, {})
    return ConfigurationFile(path, settings, sections)


def _without_indentation(text: str) -> Iterable[str]:
    """Yield the lines so that an indented section or key is one, not the rest of the value above it."""
    return (line.strip() + "\n" for line in text.splitlines())


def _syntax_error(exc: configparser.Error) -> str:
    match exc:
        case configparser.MissingSectionHeaderError(lineno=number):
            return f"line {number}: there must be a section above it, such as [{SETTINGS}]"
        case configparser.ParsingError(errors=[(number, _), *_]):
            return f"line {number}: is neither 'key: value', nor a [section], nor a # comment"
        case configparser.DuplicateOptionError(section=section, option=key, lineno=number):
            return f"line {number}: key '{key}' is in [{section}] twice"
        case configparser.DuplicateSectionError(section=section, lineno=number):
            return f"line {number}: there is a section [{section}] already"
    return str(exc)


def _read_toml(path: Path, text: str) -> ConfigurationFile:
    settings = toml_tables(path, text)
    file = ConfigurationFile(path, settings, {})
    destinations = settings.pop(_DESTINATIONS, {})
    if not isinstance(destinations, dict):
        raise file.wrong(_DESTINATIONS, "is not a table of tables, such as [destinations.STORESCP]")
    for title, keys in destinations.items():
        if not isinstance(keys, dict):
            raise file.wrong(_DESTINATIONS, f"'{title}' is not a table, such as [destinations.STORESCP]")
    return file._replace(destinations=destinations)
