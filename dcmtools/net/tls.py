"""TLS for associations: what BCP 195 (RFC 9325) asks for, as the profiles of PS3.15 annex B do.

TLS 1.2 and 1.3, forward secrecy and authenticated encryption, no renegotiation. PEM files only.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from dcmtools.errors import CertificateError, InputError, UnreadableFileError

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2: RFC 9325 section 4.2; those of 1.3 are all good
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_PRIVATE_KEY = b"PRIVATE KEY-----"


class TlsVersion(StrEnum):
    """The versions that may be required; BCP 195 forbids those before."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


_VERSIONS = {TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2, TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, kw_only=True)
class TlsSettings:
    """What both sides of a connection can be told.

    `certificate` is followed in its file by those that lead to its authority; without a `key` the
    private key is in that file as well. `authorities` are the certificates to trust, a file or a folder
    with the hashed names of ``openssl rehash``. `ciphers` of TLS 1.2 are in the words of OpenSSL.
    """

    certificate: Path | None = None
    key: Path | None = None
    key_password: bytes | None = field(default=None, repr=False)
    authorities: Path | None = None
    minimum_version: TlsVersion = TlsVersion.TLS_1_2
    ciphers: str | None = None


class PeerTls(NamedTuple):
    """How to connect to a peer with TLS; `server_name` is its name in the certificate (None: the host)."""

    context: ssl.SSLContext
    server_name: str | None = None


def client_context(settings: TlsSettings, *, verify: bool = True) -> ssl.SSLContext:
    """Return the context of an SCU, which trusts the system's authorities if the settings name none.

    With `verify` off any certificate is as good as any other. Raises `CertificateError`,
    `UnreadableFileError`, and InputError for ciphers that there are not.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT, settings)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.authorities is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def server_context(settings: TlsSettings, *, require_certificate: bool = False) -> ssl.SSLContext:
    """Return the context of an SCP, whose settings need a certificate.

    A client's certificate has to be good where the settings name authorities; with
    `require_certificate`, which needs them, there has to be one. Raises as `client_context`.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, settings)
    if require_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    elif settings.authorities is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _context(protocol: int, settings: TlsSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = _VERSIONS[settings.minimum_version]
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a device's own certificate can be trusted
    try:
        context.set_ciphers(settings.ciphers or _CIPHERS)
    except ssl.SSLError as exc:
        hint = "'openssl ciphers' lists those that there are"
        raise InputError(f"no TLS cipher is called '{settings.ciphers}'", hint=hint) from exc
    if settings.authorities is not None:
        _trust(context, settings.authorities)
    if settings.certificate is not None:
        _identify(context, settings.certificate, settings.key, settings.key_password)
    return context


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    if authorities.is_dir():
        context.load_verify_locations(capath=authorities)
        return
    _require(authorities, _CERTIFICATE, "certificate of an authority")
    try:
        context.load_verify_locations(cafile=authorities)
    except ssl.SSLError as exc:
        raise CertificateError(authorities, "the certificates in it cannot be read") from exc


def _identify(context: ssl.SSLContext, certificate: Path, key: Path | None, password: bytes | None) -> None:
    """Give `context` its certificate and private key."""
    _require(certificate, _CERTIFICATE, "certificate")
    holder = key or certificate
    _require(holder, _PRIVATE_KEY, "private key")
    asked: list[bytes] = []
    try:
        context.load_cert_chain(certificate, key, _answering(holder, password, asked))
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            reason = f"is not the private key of {certificate}"
        elif asked:
            reason = "the password of the private key is wrong"
        else:
            reason = f"certificate or private key cannot be read (certificate: {certificate})"
        raise CertificateError(holder, reason) from exc


def _answering(holder: Path, password: bytes | None, asked: list[bytes]) -> Callable[[], bytes]:
    """Return what OpenSSL calls for the password; without it OpenSSL would ask on the terminal."""

    def answer() -> bytes:
        if password is None:
            hint = "--tls-key-password-file names the file with its password"
            raise CertificateError(holder, "the private key is encrypted", hint=hint)
        asked.append(password)
        return password

    return answer


def _require(path: Path, mark: bytes, what: str) -> None:
    """Raise unless the file has something of this kind: OpenSSL does not say which file is wrong."""
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise UnreadableFileError(path, f"cannot read the {what}: {exc.strerror or exc}") from exc
    if mark not in text:
        raise CertificateError(path, f"there is no {what} in it", hint="only PEM files can be read")
