from __future__ import annotations

import ssl
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import pytest

from dcmtools.cli.archive_settings import DEFAULT_DESTINATIONS, ArchiveSettings, archive_settings
from dcmtools.dicom.storing import OnExisting, Sync
from dcmtools.errors import ConfigurationError, UnreadableFileError
from dcmtools.index.attributes import parse_attribute
from dcmtools.net.association import Limits, Peer
from dcmtools.net.tls import TlsVersion

from ..certificates import Certificates

EVERYTHING = {
    "ae_title": ("ARCHIVE", "ARCHIVE"),
    "port": ("104", 104),
    "bind_address": ("127.0.0.1", "127.0.0.1"),
    "max_pdu": ("0", 0),
    "acse_timeout": ("0", 0.0),
    "dimse_timeout": ("2.5", 2.5),
    "network_timeout": ("1e3", 1000.0),
    "max_associations": ("3", 3),
    "workers": ("4", 4),
    "promiscuous": ("on", True),
    "sync": ("full", Sync.FULL),
    "on_existing": ("keep", OnExisting.KEEP),
    "attribute": (
        "SERIES.ContrastBolusAgent, IMAGE.(0018,1110),",
        (parse_attribute("SERIES.ContrastBolusAgent"), parse_attribute("IMAGE.(0018,1110)")),
    ),
    "max_results": ("100", 100),
    "max_size": ("20G", 20 << 30),
    "min_free": ("0", 0),
    "require_called": ("yes", True),
    "allow_calling": ("A, B C", ("A", "B C")),
    "allow_address": ("10.1.0.0/16,::1", ("10.1.0.0/16", "::1")),
    "allow_read": ("A", ("A",)),
    "allow_write": ("", ()),
    "allow_anonymous": ("no", False),
    "max_associations_per_address": ("5", 5),
    "request_timeout": ("90", 90.0),
    "max_object_size": ("4G", 4 << 30),
    "log_identifier": ("True", True),
    "tls": ("yes", True),
    "tls_min_version": ("1.3", TlsVersion.TLS_1_3),
    "tls_ciphers": ("ECDHE+AESGCM", "ECDHE+AESGCM"),
    "tls_require_client_cert": ("1", True),
}
"""A value in an ini file for each key but those of paths, and what is read from it."""

PATHS = (
    "instance_location",
    "database_location",
    "worklist",
    "ups",
    "users",
    "tls_cert",
    "tls_key",
    "tls_key_password_file",
    "tls_ca",
)


def configured(folder: Path, text: str, name: str = "qrscp.ini", **given: object) -> ArchiveSettings:
    path = folder / name
    path.write_text(text if name.endswith(".toml") else f"[DEFAULT]\n{text}")
    return archive_settings(path, given)


def refused(folder: Path, text: str, name: str = "qrscp.ini") -> str:
    with pytest.raises(ConfigurationError) as error:
        configured(folder, text, name)
    assert str(error.value).startswith(f"{folder / name}: ")
    return str(error.value)


def test_defaults() -> None:
    """Those of pynetdicom, but in the current folder, and C-MOVE knows where ``movescu --store`` listens."""
    settings = archive_settings(None, {})
    assert (settings.ae_title, settings.port, settings.max_pdu) == ("QRSCP", 11112, 16382)
    assert settings.limits == Limits(acse=30.0, dimse=30.0, network=30.0, max_pdu=16382)
    assert settings.instance_location == Path("instances")
    assert settings.database_location == "instances.sqlite"
    assert settings.destinations == {"STORESCP": Peer("127.0.0.1", 11113, "STORESCP")}
    assert settings.sync is Sync.DATA


def test_the_file_of_pynetdicom() -> None:
    found = find_spec("pynetdicom")
    assert found is not None and found.origin is not None
    path = Path(found.origin).parent / "apps" / "qrscp" / "default.ini"
    settings = archive_settings(path, {})
    assert settings.destinations == DEFAULT_DESTINATIONS
    assert settings.instance_location == path.parent / "instances"
    assert settings.log_identifier


def test_every_key_of_an_ini_file(tmp_path: Path) -> None:
    settings = configured(tmp_path, "\n".join(f"{key}: {text}" for key, (text, _) in EVERYTHING.items()))
    for key, (_, value) in EVERYTHING.items():
        assert getattr(settings, key) == value, key
    assert {field.name for field in fields(settings)} == {
        *EVERYTHING,
        *PATHS,
        "path_template",
        "destinations",
    }


def test_every_key_of_a_toml_file(tmp_path: Path) -> None:
    text = (
        "ae_title = 'A'\nport = 104\nacse_timeout = 2\ndimse_timeout = 2.5\nmax_results = 100\n"
        "max_size = 500\nmin_free = '1K'\n"
        "require_called = true\nattribute = ['SERIES.ContrastBolusAgent']\n"
        "allow_address = '10.1.0.0/16, ::1'\n"
        "path_template = '{PatientID}/{SOPInstanceUID}'\n"
        "sync = 'none'\ninstance_location = 'a%b'\n[destinations.B]\naddress = 'host'\nport = 105\n"
    )
    settings = configured(tmp_path, text, "qrscp.toml")
    assert (settings.ae_title, settings.port, settings.max_results) == ("A", 104, 100)
    assert (settings.acse_timeout, settings.dimse_timeout) == (2.0, 2.5)
    assert (settings.max_size, settings.min_free) == (500, 1024)
    assert settings.path_template and settings.path_template.text == "{PatientID}/{SOPInstanceUID}"
    assert settings.require_called
    assert settings.attribute == (parse_attribute("SERIES.ContrastBolusAgent"),)
    assert settings.allow_address == ("10.1.0.0/16", "::1")
    assert settings.sync is Sync.NONE
    assert settings.instance_location == tmp_path / "a%b"
    assert settings.destinations == {"B": Peer("host", 105, "B")}


def test_destinations_with_tls(tmp_path: Path, certificates: Certificates) -> None:
    """They are verified against the same authorities, those of the command line before those of the file."""
    text = "tls_ca: missing.pem\n[A]\naddress: a\nport: 1\ntls: no\n[B]\naddress: b\nport: 2\ntls: yes\n"
    text += "[C]\naddress: c\nport: 3\ntls: yes\ntls_server_name: pacs.example.org"
    with pytest.raises(UnreadableFileError, match=r"missing\.pem"):
        configured(tmp_path, text)
    found = configured(tmp_path, text, tls_ca=certificates.authority).destinations
    assert found["A"] == Peer("a", 1, "A")
    b, c = found["B"].tls, found["C"].tls
    assert b is not None and c is not None
    assert (b.server_name, c.server_name) == (None, "pacs.example.org")
    assert b.context is c.context
    assert b.context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tls_min_version: 1.1", "key 'tls_min_version': '1.1' is none of 1.2, 1.3"),
        ("tls: maybe", "key 'tls': 'maybe' is neither true nor false"),
        (
            "[A]\naddress: a\nport: 1\ntls_server_name: .x",
            "key 'tls_server_name' of destination 'A': '.x' is no",
        ),
    ],
)
def test_tls_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_a_version_may_be_a_number(tmp_path: Path) -> None:
    assert configured(tmp_path, "tls_min_version = 1.3", "a.toml").tls_min_version is TlsVersion.TLS_1_3


def test_the_command_line_goes_first(tmp_path: Path) -> None:
    settings = configured(tmp_path, "port: 1\nae_title: A\n[X]\naddress: h\nport: 2", port=3)
    assert (settings.port, settings.ae_title) == (3, "A")
    assert settings.destinations == {"X": Peer("h", 2, "X")}


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    text = "instance_location: a%d/b\ndatabase_location: c.sqlite\nworklist: /w\nups: ../u"
    settings = configured(tmp_path, text)
    assert settings.instance_location == tmp_path / "a%d" / "b"
    assert settings.database_location == str(tmp_path / "c.sqlite")
    assert settings.worklist == Path("/w")
    assert settings.ups == tmp_path / ".." / "u"


def test_paths_of_the_command_line_are_not(tmp_path: Path) -> None:
    given = {"instance_location": Path("x"), "database_location": "y"}
    settings = configured(tmp_path, "instance_location: a\ndatabase_location: c", **given)
    assert (settings.instance_location, settings.database_location) == (Path("x"), "y")


def test_the_url_of_a_database(tmp_path: Path) -> None:
    url = "postgresql+psycopg://user:a%40b@host:5432/archive"
    assert configured(tmp_path, f"database_location: {url}").database_location == url


def test_a_key_without_a_value_has_its_default(tmp_path: Path) -> None:
    text = "\n".join(f"{key}:" for key in (*EVERYTHING, *PATHS))
    assert configured(tmp_path, text) == ArchiveSettings(
        instance_location=tmp_path / "instances",
        database_location=str(tmp_path / "instances.sqlite"),
        destinations={},
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port: soon", "key 'port': 'soon' is not a whole number"),
        ("port: 70000", "key 'port': 70000 is not in the range 0 to 65535"),
        ("max_pdu: 4", "key 'max_pdu': the maximum PDU length"),
        ("acse_timeout: -1", "key 'acse_timeout': '-1' is not a number of seconds"),
        ("acse_timeout: nan", "key 'acse_timeout': 'nan' is not a number of seconds"),
        ("ae_title: SEVENTEEN_LETTERS", "key 'ae_title': AE title"),
        ("max_size: lots", "key 'max_size': 'lots' is no number of bytes"),
        ("sync: maybe", "key 'sync': 'maybe' is none of none, data, full"),
        ("require_called: maybe", "key 'require_called': 'maybe' is neither true nor false"),
        ("allow_address: A, B", "key 'allow_address': 'A' is neither an IP address"),
        ("allow_calling: A, B\\C", "key 'allow_calling': AE title"),
        ("attribute: Manufacturer", "key 'attribute': attribute 'Manufacturer': no level is named"),
        ("attribute: SERIES.Manufacture", "key 'attribute': attribute 'SERIES.Manufacture'"),
        ("prot: 1", "key 'prot': there is no such key (did you mean 'port'?)"),
        ("[A]\naddress: h", "key 'port' of destination 'A': is missing"),
        ("[A]\naddress:\nport: 1", "key 'address' of destination 'A': is missing"),
        ("[A]\naddress: h\nport: 0", "key 'port' of destination 'A': 0 is not in the range"),
        ("[A]\naddress: h\nport: 1\nadress: h", "key 'adress' of destination 'A': there is no such key"),
        ("[SEVENTEEN_LETTERS]\naddress: h\nport: 1", "destination 'SEVENTEEN_LETTERS': AE title"),
    ],
)
def test_wrong_keys_and_values(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port = 1.5", "key 'port': '1.5' is not a whole number"),
        ("port = true", "key 'port': 'True' is not a whole number"),
        ("acse_timeout = true", "key 'acse_timeout': 'True' is not a number of seconds"),
        ("max_size = 1.5", "key 'max_size': '1.5' is not text"),
        ("min_free = true", "key 'min_free': 'True' is not text"),
        ("min_free = -1", "key 'min_free': '-1' is no number of bytes"),
        ("path_template = '../{PatientID}'", "key 'path_template': "),
        ("ae_title = 1", "key 'ae_title': '1' is not text"),
        ("instance_location = 1", "key 'instance_location': '1' is not text"),
        ("require_called = 1", "key 'require_called': '1' is neither true nor false"),
        ("allow_calling = 1", "key 'allow_calling': '1' is not a list"),
        ("allow_calling = [1]", "key 'allow_calling': '1' is not text"),
        (
            "[STORESCP]\nport = 1",
            "key 'STORESCP': there is no such key (a destination is [destinations.STORESCP])",
        ),
        ("[destinations.A]\nport = 1", "key 'address' of destination 'A': is missing"),
    ],
)
def test_wrong_types_of_toml(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refused(tmp_path, text, "qrscp.toml")
