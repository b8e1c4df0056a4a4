"""Contexts for TLS: safe by default, and every file that cannot be used is named."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from dcmtools.errors import CertificateError, InputError, UnreadableFileError
from dcmtools.net.tls import TlsSettings, TlsVersion, client_context, server_context
from tests.certificates import PASSWORD, Certificates


def identified(certificates: Certificates, **settings: object) -> TlsSettings:
    values = {"certificate": certificates.server.certificate, "key": certificates.server.key} | settings
    return TlsSettings(**values)  # type: ignore[arg-type]


def test_a_client_verifies_by_default() -> None:
    context = client_context(TlsSettings())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    context = client_context(TlsSettings(), verify=False)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_named_authorities_replace_those_of_the_system(certificates: Certificates, tmp_path: Path) -> None:
    context = client_context(TlsSettings(authorities=certificates.authority))
    assert context.cert_store_stats()["x509"] == 1
    client_context(TlsSettings(authorities=tmp_path))


def test_what_a_server_asks_of_its_clients(certificates: Certificates) -> None:
    settings = identified(certificates)
    assert server_context(settings).verify_mode is ssl.CERT_NONE
    settings = identified(certificates, authorities=certificates.authority)
    assert server_context(settings).verify_mode is ssl.CERT_OPTIONAL
    assert server_context(settings, require_certificate=True).verify_mode is ssl.CERT_REQUIRED


def test_bcp_195_is_the_default(certificates: Certificates) -> None:
    for context in (client_context(TlsSettings()), server_context(identified(certificates))):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.maximum_version is ssl.TLSVersion.MAXIMUM_SUPPORTED
        assert context.options & ssl.OP_NO_RENEGOTIATION
        for cipher in context.get_ciphers():
            assert cipher["aead"], cipher
            assert cipher["kea"] in ("kx-ecdhe", "kx-any"), cipher


def test_version_and_ciphers() -> None:
    context = client_context(TlsSettings(minimum_version=TlsVersion.TLS_1_3))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    context = client_context(TlsSettings(ciphers="ECDHE-RSA-AES128-GCM-SHA256"))
    older = [cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"]
    assert older == ["ECDHE-RSA-AES128-GCM-SHA256"]
    with pytest.raises(InputError, match="no TLS cipher is called 'ROT13'"):
        client_context(TlsSettings(ciphers="ROT13"))


def test_the_key_may_be_in_the_file_of_the_certificate(certificates: Certificates) -> None:
    server_context(TlsSettings(certificate=certificates.both))


def test_an_encrypted_key(certificates: Certificates) -> None:
    """Nobody is asked on the terminal."""
    server_context(identified(certificates, key=certificates.encrypted_key, key_password=PASSWORD))
    with pytest.raises(CertificateError, match=r"encrypted\.key: the private key is encrypted"):
        server_context(identified(certificates, key=certificates.encrypted_key))
    with pytest.raises(CertificateError, match="password of the private key is wrong"):
        server_context(identified(certificates, key=certificates.encrypted_key, key_password=b"wrong"))


def test_passwords_are_in_no_representation() -> None:
    assert "secret" not in repr(TlsSettings(key_password=b"secret"))


def test_files_that_cannot_be_used(certificates: Certificates, tmp_path: Path) -> None:
    missing, broken = tmp_path / "missing.pem", tmp_path / "broken.pem"
    broken.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    wrong = [
        (
            identified(certificates, certificate=missing),
            UnreadableFileError,
            "missing.pem: cannot read the cert",
        ),
        (
            identified(certificates, key=missing),
            UnreadableFileError,
            "missing.pem: cannot read the private key",
        ),
        (identified(certificates, authorities=missing), UnreadableFileError, "missing.pem: cannot read"),
        (identified(certificates, key=None), CertificateError, "server.pem: there is no private key in it"),
        (
            identified(certificates, certificate=certificates.server.key),
            CertificateError,
            "server.key: there is no certificate in it",
        ),
        (
            identified(certificates, key=certificates.client.key),
            CertificateError,
            "is not the private key of",
        ),
        (identified(certificates, certificate=broken), CertificateError, "broken.pem"),
        (
            identified(certificates, authorities=broken),
            CertificateError,
            "broken.pem: the certificates in it",
        ),
        (
            identified(certificates, authorities=certificates.server.key),
            CertificateError,
            "server.key: there is no certificate of an authority in it",
        ),
    ]
    for settings, error, text in wrong:
        with pytest.raises(error, match=text):
            server_context(settings)
