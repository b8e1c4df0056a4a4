"""The settings of qrscp: the command line before the configuration file, and that before the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from ssl import SSLContext
from typing import Any

from dcmtools.cli.configuration_file import ConfigurationFile, read_configuration
from dcmtools.cli.options import no_limit
from dcmtools.cli.setting_values import (
    Reader,
    attribute,
    choice,
    database_in,
    host,
    listed,
    network,
    path_in,
    pdu_length,
    seconds,
    size_in_bytes,
    template,
    text,
    title,
    tls_version,
    whole_number,
    yes_or_no,
)
from dcmtools.cli.tls import TlsOptions
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.storing import OnExisting, Sync
from dcmtools.dicom.text import brief_text
from dcmtools.errors import ConfigurationError
from dcmtools.index.attributes import Attribute
from dcmtools.net.association import Limits, Peer
from dcmtools.net.tls import PeerTls, TlsSettings, TlsVersion, client_context

DEFAULT_DESTINATIONS = {"STORESCP": Peer("127.0.0.1", 11113, "STORESCP")}
"""Where C-MOVE may send to without a configuration file: ``movescu --store`` listens there."""

_MANY = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ArchiveSettings:
    """All that qrscp can be told to be; each field is a key of the configuration file.

    Time-outs are in seconds, 0 is for ever. `max_results` is how many matches a query may have, 0 is
    no limit. An empty allow-list allows everyone. `on_existing` None keeps both of two different
    objects with one UID, and the later one is found. `path_template` names the files, None by SOP class
    and UID. `max_size` and `min_free` are the bytes that all stored files may have and that have to stay
    free; 0 is no limit. `attribute` are those that the index takes in beside those that it always does.
    """

    ae_title: str = "QRSCP"
    port: int = 11112
    bind_address: str = ""
    max_pdu: int = 16382
    acse_timeout: float = 30.0
    dimse_timeout: float = 30.0
    network_timeout: float = 30.0
    max_associations: int = 100
    workers: int = 1
    instance_location: Path = Path("instances")
    database_location: str = "instances.sqlite"
    promiscuous: bool = False
    sync: Sync = Sync.DATA
    on_existing: OnExisting | None = None
    path_template: PathTemplate | None = None
    max_size: int = 0
    min_free: int = 0
    attribute: tuple[Attribute, ...] = ()
    max_results: int = 0
    worklist: Path | None = None
    ups: Path | None = None
    require_called: bool = False
    allow_calling: tuple[str, ...] = ()
    allow_address: tuple[str, ...] = ()
    allow_read: tuple[str, ...] = ()
    allow_write: tuple[str, ...] = ()
    users: Path | None = None
    allow_anonymous: bool = False
    max_associations_per_address: int | None = None
    request_timeout: float = 0.0
    max_object_size: int = 0
    log_identifier: bool = False
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_key_password_file: Path | None = None
    tls_ca: Path | None = None
    tls_min_version: TlsVersion = TlsVersion.TLS_1_2
    tls_ciphers: str | None = None
    tls_require_client_cert: bool = False
    destinations: Mapping[str, Peer] = field(default_factory=lambda: DEFAULT_DESTINATIONS)

    @property
    def limits(self) -> Limits:
        """The time-outs and the PDU size of its associations."""
        return Limits(
            acse=no_limit(self.acse_timeout),
            dimse=no_limit(self.dimse_timeout),
            network=no_limit(self.network_timeout),
            max_pdu=self.max_pdu,
        )

    @property
    def tls_settings(self) -> TlsSettings:
        """TLS, as an SCP and towards destinations that have it; raises UnreadableFileError."""
        return TlsOptions(
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            tls_key_password_file=self.tls_key_password_file,
            tls_ca=self.tls_ca,
            tls_min_version=self.tls_min_version,
            tls_ciphers=self.tls_ciphers,
        ).settings()


def archive_settings(configuration: Path | None, given: Mapping[str, Any]) -> ArchiveSettings:
    """Return the settings: what is `given` on the command line, then what the configuration file says.

    Paths of the file, and the default ones where there is a file, are relative to its folder; a key
    without a value has its default. Raises ConfigurationError, and InputError when a destination has TLS
    and a certificate cannot be used.
    """
    if configuration is None:
        return ArchiveSettings(**given)
    file = read_configuration(configuration)
    folder = configuration.parent
    configured = {
        "instance_location": folder / ArchiveSettings.instance_location,
        "database_location": str(folder / ArchiveSettings.database_location),
        **_settings(file),
    }
    settings = ArchiveSettings(**{**configured, **given})
    return replace(settings, destinations=_destinations(file, settings))


def _settings(file: ConfigurationFile) -> dict[str, Any]:
    readers = _readers(file.path.parent)
    unknown = next((key for key in file.settings if key not in readers), None)
    if unknown is not None:
        is_table = isinstance(file.settings[unknown], dict)
        hint = f"a destination is [destinations.{unknown}]" if is_table else _nearest(unknown, readers)
        raise file.wrong(unknown, "there is no such key", hint=hint)
    return {
        key: _read(file, key, value, readers[key])
        for key, value in file.settings.items()
        if not _is_empty(value)
    }


def _destinations(file: ConfigurationFile, settings: ArchiveSettings) -> dict[str, Peer]:
    """Return the move destinations by their AE titles, which are compared without spaces around them."""
    found = {}
    context: SSLContext | None = None
    for name, keys in file.destinations.items():
        values = _destination(file, name, keys)
        tls = None
        if values.get("tls"):
            context = context or client_context(settings.tls_settings)
            tls = PeerTls(context, values.get("tls_server_name"))
        ae_title = title(name)
        found[ae_title] = Peer(values["address"], values["port"], ae_title, tls)
    return found


def _destination(file: ConfigurationFile, name: str, keys: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of a destination's keys."""
    try:
        title(name)
    except ValueError as exc:
        raise ConfigurationError(file.path, f"destination '{brief_text(name)}': {exc}") from None
    unknown = next((key for key in keys if key not in _DESTINATION), None)
    if unknown is not None:
        raise file.wrong(unknown, "there is no such key", name, hint=_nearest(unknown, _DESTINATION))
    missing = next((key for key in _NEEDED if _is_empty(keys.get(key, ""))), None)
    if missing is not None:
        raise file.wrong(missing, "is missing", name)
    return {
        key: _read(file, key, value, _DESTINATION[key], name)
        for key, value in keys.items()
        if not _is_empty(value)
    }


def _read(
    file: ConfigurationFile, key: str, value: object, reader: Reader, destination: str | None = None
) -> Any:
    try:
        return reader(value)
    except ValueError as exc:
        raise file.wrong(key, str(exc), destination) from None


def _is_empty(value: object) -> bool:
    """Whether a key has no value, as ``bind_address:`` has none in pynetdicom's own file."""
    return isinstance(value, str) and not value.strip()


def _nearest(key: str, known: Iterable[str]) -> str | None:
    near = get_close_matches(key, known, n=1)
    return f"did you mean '{near[0]}'?" if near else None


def _readers(folder: Path) -> dict[str, Reader]:
    """Return how to read each key of a file in `folder`."""
    return {
        "ae_title": title,
        "port": whole_number(0, 65535),
        "bind_address": text,
        "max_pdu": pdu_length,
        "acse_timeout": seconds,
        "dimse_timeout": seconds,
        "network_timeout": seconds,
        "max_associations": whole_number(1, _MANY),
        "workers": whole_number(1, 64),
        "instance_location": path_in(folder),
        "database_location": database_in(folder),
        "promiscuous": yes_or_no,
        "sync": choice(Sync),
        "on_existing": choice(OnExisting),
        "path_template": template,
        "max_size": size_in_bytes,
        "min_free": size_in_bytes,
        "attribute": listed(attribute),
        "max_results": whole_number(0, _MANY * 1000),
        "worklist": path_in(folder),
        "ups": path_in(folder),
        "require_called": yes_or_no,
        "allow_calling": listed(title),
        "allow_address": listed(network),
        "allow_read": listed(title),
        "allow_write": listed(title),
        "users": path_in(folder),
        "allow_anonymous": yes_or_no,
        "max_associations_per_address": whole_number(1, _MANY),
        "request_timeout": seconds,
        "max_object_size": size_in_bytes,
        "log_identifier": yes_or_no,
        "tls": yes_or_no,
        "tls_cert": path_in(folder),
        "tls_key": path_in(folder),
        "tls_key_password_file": path_in(folder),
        "tls_ca": path_in(folder),
        "tls_min_version": tls_version,
        "tls_ciphers": text,
        "tls_require_client_cert": yes_or_no,
    }


_DESTINATION: dict[str, Reader] = {
    "address": text,
    "port": whole_number(1, 65535),
    "tls": yes_or_no,
    "tls_server_name": host,
}
_NEEDED = ("address", "port")
