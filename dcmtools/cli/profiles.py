"""Named peers, from ``config.toml``: where each is, and the options that go with it.

::

    [defaults]                  # options for all peers
    calling_aet = "DESK"
    [defaults.storescu]         # of one command
    retries = 3
    [peers]
    ct = "CT1@192.0.2.7:104"
    [peers.pacs]
    host = "pacs.example.org"
    port = 11112
    called_aet = "PACS"
    [peers.pacs.findscu]
    study = true
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dcmtools.cli.address import Address, read_address
from dcmtools.cli.config_place import configuration_path, is_named
from dcmtools.cli.toml_file import configuration_text, toml_tables
from dcmtools.dicom.text import brief_text
from dcmtools.errors import ConfigurationError

SCUS = ("echoscu", "storescu", "findscu", "getscu", "movescu")
"""The commands that have a peer."""

ADDRESS_KEYS = ("host", "port")
"""The keys of a peer that are no options."""

is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}").fullmatch
"""Whether a text can be the name of a peer."""


class Layer(NamedTuple):
    """Options out of one table of the file; `table` is its name there, such as ``peers.pacs``.

    The keys are the long names of options, with underscores.
    """

    table: str
    values: Mapping[str, Any]
    command: str | None = None  # the only one that it is for


class Profiles:
    """What a configuration file says of peers; raises ConfigurationError for what has no place in it."""

    def __init__(self, path: Path, tables: Mapping[str, Any]) -> None:
        self.path = path
        self._refuse_unknown(tables, ("peers", "defaults"), None)
        self._defaults = self._table(tables, "defaults", None)
        peers = tables.get("peers", {})
        if not isinstance(peers, dict):
            raise self.wrong("peers", None, "is not a table")
        self._peers = {name: self._peer(name, value) for name, value in peers.items()}

    @property
    def names(self) -> list[str]:
        """The names of the peers, in the order of the file."""
        return list(self._peers)

    def address(self, name: str) -> Address:
        """Return where the peer `name` is; its AE title is an option."""
        peer = self._peers[name]
        return Address(peer["host"], peer["port"])

    def no_peer(self, name: str) -> str:
        """Return how to say that there is no peer of that name."""
        from difflib import get_close_matches  # noqa: PLC0415 - only for this message

        near = get_close_matches(name, self.names, n=1)
        meant = f" (did you mean '{near[0]}'?)" if near else ""
        return f"'{brief_text(name)}' is no peer of {self.path}{meant}"

    def layers(self, name: str, command: str) -> list[Layer]:
        """Return the options of the peer `name` for `command`, the tables that go first before the others."""
        found = []
        peer = {key: value for key, value in self._peers[name].items() if key not in ADDRESS_KEYS}
        for table, values in ((f"peers.{name}", peer), ("defaults", self._defaults)):
            if command in values:
                of_command = self._table(values, command, table)
                found.append(Layer(f"{table}.{command}", of_command, command))
            options = {key: value for key, value in values.items() if key not in SCUS}
            found.append(Layer(table, options))
        return found

    def wrong(
        self, key: str, table: str | None, reason: str, *, hint: str | None = None
    ) -> ConfigurationError:
        """Return the error about a key of a table."""
        where = "" if table is None else f" in [{brief_text(table)}]"
        return ConfigurationError(self.path, f"key '{brief_text(key)}'{where}: {reason}", hint=hint)

    def unknown(self, key: str, table: str | None, known: Iterable[str]) -> ConfigurationError:
        """Return the error about a key that means nothing where it is."""
        from difflib import get_close_matches  # noqa: PLC0415 - only for this message

        near = get_close_matches(key, sorted(known), n=1)
        hint = f"did you mean '{near[0]}'?" if near else None
        return self.wrong(key, table, "there is no such key", hint=hint)

    def _refuse_unknown(self, values: Mapping[str, Any], known: Iterable[str], table: str | None) -> None:
        unknown = next((key for key in values if key not in known), None)
        if unknown is not None:
            raise self.unknown(unknown, table, known)

    def _table(self, values: Mapping[str, Any], key: str, table: str | None) -> dict[str, Any]:
        """Return a table with underscores in its keys."""
        found = values.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, table, "is not a table")
        return self._normalised(found, key if table is None else f"{table}.{key}")

    def _normalised(self, values: Mapping[str, Any], table: str) -> dict[str, Any]:
        normalised: dict[str, Any] = {}
        for key, value in values.items():
            name = key.replace("-", "_")
            if name in normalised:
                raise self.wrong(key, table, "is there twice")
            if name in SCUS and not isinstance(value, dict):
                raise self.wrong(key, table, "is not a table")
            normalised[name] = value
        return normalised

    def _peer(self, name: str, value: object) -> dict[str, Any]:
        table = f"peers.{name}"
        if not is_name(name):
            hint = "letters, digits, '.', '_' and '-'"
            raise self.wrong(name, "peers", "cannot be the name of a peer", hint=hint)
        if isinstance(value, str):
            return self._short(name, value)
        if not isinstance(value, dict):
            raise self.wrong(name, "peers", "is neither a table nor text such as 'PACS@192.0.2.7:11112'")
        peer = self._normalised(value, table)
        for key in ADDRESS_KEYS:
            if key not in peer:
                raise self.wrong(key, table, "is missing")
        host, port = peer["host"], peer["port"]
        if not isinstance(host, str) or not host.strip() or host.startswith("-"):
            raise self.wrong("host", table, "is not the name or address of a host")
        if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
            raise self.wrong("port", table, "is not a number from 1 to 65535")
        return peer | {"host": host.strip()}

    def _short(self, name: str, text: str) -> dict[str, Any]:
        """Return the keys of a peer that is written as ``AETITLE@HOST:PORT``."""
        try:
            address = read_address(text)
        except ValueError as exc:
            raise self.wrong(name, "peers", str(exc)) from None
        if address is None:
            raise self.wrong(name, "peers", f"'{brief_text(text)}' is not [AETITLE@]HOST:PORT")
        keys: dict[str, Any] = {"host": address.host, "port": address.port}
        return keys if address.called_aet is None else keys | {"called_aet": address.called_aet}


def read_profiles(given: Path | None = None) -> Profiles:
    """Read the configuration file; one that nobody named may be missing. Raises ConfigurationError."""
    path = configuration_path(given)
    return Profiles(path, _tables(path, may_be_missing=not is_named(given)))


def peer_names(given: Path | None = None) -> list[str]:
    """Return the names of the peers, for completion: quickly, and none where the file cannot be read."""
    try:
        peers = _tables(configuration_path(given), may_be_missing=True).get("peers")
    except ConfigurationError:
        return []
    return [name for name in peers if is_name(name)] if isinstance(peers, dict) else []


def _tables(path: Path, *, may_be_missing: bool) -> dict[str, Any]:
    try:
        text = configuration_text(path)
    except ConfigurationError as exc:
        if may_be_missing and isinstance(exc.__cause__, FileNotFoundError | NotADirectoryError):
            return {}
        raise
    return toml_tables(path, text)
