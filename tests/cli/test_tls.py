"""The options of TLS: what they mean, and what does not fit together."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from dcmtools.cli.option_group import UsageError
from dcmtools.cli.tls import KEY_PASSWORD, MoveTlsOptions, PeerTlsOptions, ServerTlsOptions
from dcmtools.errors import CertificateError, UnreadableFileError

from ..certificates import PASSWORD, Certificates
from ..contract.parsing import REQUIRED, SCPS, SCUS, RefusedError, ours

CERT, KEY, CA = Path("cert.pem"), Path("key.pem"), Path("ca.pem")


@pytest.mark.parametrize("app", [*SCUS, *SCPS])
def test_every_command_has_them(app: str) -> None:
    given = [
        "--tls",
        "--tls-cert",
        "c.pem",
        "--tls-key=k.pem",
        "--tls-key-password-file",
        "p",
        "--tls-ca",
        "a",
    ]
    given += ["--tls-min-version", "1.3", "--tls-ciphers", "ECDHE+AESGCM"]
    given += (
        ["--tls-no-verify", "--tls-server-name", "pacs"] if app in SCUS else ["--tls-require-client-cert"]
    )
    read = ours(app, [*given, *REQUIRED[app]])
    assert (read["tls"], read["tls_cert"], read["tls_key"]) == (True, Path("c.pem"), Path("k.pem"))
    assert (read["tls_min_version"], read["tls_ciphers"]) == ("1.3", "ECDHE+AESGCM")
    assert read["tls_server_name"] == "pacs" if app in SCUS else read["tls_require_client_cert"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tls_cert": CERT}, "argument --tls-cert: only with --tls"),
        ({"tls_no_verify": True}, "argument --tls-no-verify: only with --tls"),
        ({"tls_server_name": "pacs"}, "argument --tls-server-name: only with --tls"),
        ({"tls": True, "tls_key": KEY}, "argument --tls-key: only with --tls-cert"),
        (
            {"tls": True, "tls_key_password_file": KEY},
            "argument --tls-key-password-file: only with --tls-cert",
        ),
    ],
)
def test_what_means_nothing_alone(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        PeerTlsOptions(**given).check()  # type: ignore[arg-type]
    assert caught.value.format_message() == message


def test_what_a_server_needs() -> None:
    with pytest.raises(UsageError, match="a server needs a certificate"):
        ServerTlsOptions(tls=True).check()
    with pytest.raises(UsageError, match="only with --tls-ca"):
        ServerTlsOptions(tls=True, tls_cert=CERT, tls_require_client_cert=True).check()
    ServerTlsOptions(tls=True, tls_cert=CERT, tls_require_client_cert=True, tls_ca=CA).check()


def test_movescu_needs_a_certificate_for_its_server_only() -> None:
    MoveTlsOptions(tls=True).check()
    with pytest.raises(UsageError, match="a server needs a certificate"):
        MoveTlsOptions(tls=True).check_server()


@pytest.mark.parametrize("name", ["", ".", ".example.org", "a..b", "x" * 70, "two words", "a\x1b[31m"])
def test_names_that_no_host_has(name: str) -> None:
    with pytest.raises(RefusedError, match="no name of a host"):
        ours("echoscu", ["--tls", "--tls-server-name", name, *REQUIRED["echoscu"]])


@pytest.mark.parametrize("name", ["pacs", "müller.example.org", "192.0.2.7", "::1"])
def test_names_of_hosts(name: str) -> None:
    read = ours("echoscu", ["--tls", "--tls-server-name", name, *REQUIRED["echoscu"]])
    assert read["tls_server_name"] == name


@pytest.mark.parametrize("version", ["1.0", "1.1", "TLSv1.2"])
def test_versions_that_are_not_to_be_had(version: str) -> None:
    with pytest.raises(RefusedError):
        ours("echoscu", ["--tls", "--tls-min-version", version, *REQUIRED["echoscu"]])


def test_without_tls_there_is_none() -> None:
    assert PeerTlsOptions().peer_tls() is None
    assert ServerTlsOptions().server_tls() is None


def test_a_client(certificates: Certificates) -> None:
    there = PeerTlsOptions(tls=True, tls_ca=certificates.authority, tls_server_name="pacs").peer_tls()
    assert there is not None
    assert (there.server_name, there.context.verify_mode) == ("pacs", ssl.CERT_REQUIRED)
    there = PeerTlsOptions(tls=True, tls_no_verify=True).peer_tls()
    assert there is not None
    assert (there.server_name, there.context.verify_mode) == (None, ssl.CERT_NONE)


def test_a_server(certificates: Certificates) -> None:
    context = ServerTlsOptions(
        tls=True,
        tls_cert=certificates.server.certificate,
        tls_key=certificates.server.key,
        tls_ca=certificates.authority,
        tls_require_client_cert=True,
    ).server_tls()
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_the_password_of_a_key(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file, else from the environment; the file has the last word."""
    file = tmp_path / "password"
    file.write_bytes(PASSWORD + b"\r\nand a second line\n")
    cert, key = certificates.server.certificate, certificates.encrypted_key
    by_file = ServerTlsOptions(tls=True, tls_cert=cert, tls_key=key, tls_key_password_file=file)
    by_variable = ServerTlsOptions(tls=True, tls_cert=cert, tls_key=key)
    by_file.server_tls()
    with pytest.raises(CertificateError, match="encrypted"):
        by_variable.server_tls()
    monkeypatch.setenv(KEY_PASSWORD, PASSWORD.decode())
    by_variable.server_tls()
    monkeypatch.setenv(KEY_PASSWORD, "wrong")
    by_file.server_tls()
    file.unlink()
    with pytest.raises(UnreadableFileError, match="password: cannot be read"):
        by_file.server_tls()
