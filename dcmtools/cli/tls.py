"""The options of TLS: the same on every command."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from ssl import SSLContext
from typing import Annotated

from typer import BadParameter, Option

from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import flag
from dcmtools.cli.secret_values import password
from dcmtools.dicom.text import safe_text
from dcmtools.net.tls import PeerTls, TlsSettings, TlsVersion, client_context, server_context

KEY_PASSWORD = "DCMTOOLS_TLS_KEY_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variable that has the password of the private key where no file has it."""


def host_name(value: str | None) -> str | None:
    """Check the name of a host, as a certificate has it."""
    if value is None:
        return None
    try:
        value.encode("idna")
    except UnicodeError:
        is_name = False
    else:
        is_name = value.isprintable() and " " not in value and value.strip(".") != ""
    if not is_name:
        raise BadParameter(f"'{safe_text(value)}' is no name of a host")
    return value


@dataclass(frozen=True, kw_only=True)
class TlsOptions(OptionGroup):
    """What both sides of a connection can be told."""

    heading = "TLS Options"
    tls: Annotated[bool, flag("--tls", help="make and accept connections with TLS only")] = False
    tls_cert: Annotated[
        Path | None,
        Option(
            "--tls-cert",
            metavar="FILE",
            help="my certificate, and those that lead to its authority (PEM)",
            show_default=False,
        ),
    ] = None
    tls_key: Annotated[
        Path | None,
        Option(
            "--tls-key",
            metavar="FILE",
            help="private key of my certificate (PEM; default: in the file of the certificate)",
            show_default=False,
        ),
    ] = None
    tls_key_password_file: Annotated[
        Path | None,
        Option(
            "--tls-key-password-file",
            metavar="FILE",
            help="file whose first line is the password of the private key (default: the environment "
            f"variable {KEY_PASSWORD})",
            show_default=False,
        ),
    ] = None
    tls_ca: Annotated[
        Path | None,
        Option(
            "--tls-ca",
            metavar="PATH",
            help="certificates of the authorities to trust, or of the peer itself: a PEM file, or a folder "
            "made by 'openssl rehash' (default: the system's for clients, none for servers)",
            show_default=False,
        ),
    ] = None
    tls_min_version: Annotated[
        TlsVersion | None,
        Option(
            "--tls-min-version",
            metavar="VERSION",
            help="lowest version of TLS: 1.2 or 1.3 (default: 1.2)",
            show_default=False,
        ),
    ] = None
    tls_ciphers: Annotated[
        str | None,
        Option(
            "--tls-ciphers",
            metavar="LIST",
            help="ciphers of TLS 1.2 in the words of OpenSSL (default: those that BCP 195 recommends)",
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse what means nothing alone."""
        self._need(self.tls, "--tls", *(field.name for field in fields(self) if field.name != "tls"))
        self._need(self.tls_cert, "--tls-cert", "tls_key", "tls_key_password_file")

    def _need(self, needed: object, spelling: str, *names: str) -> None:
        given = next((name for name in names if getattr(self, name)), None)
        if given and not needed:
            raise UsageError(f"argument --{given.replace('_', '-')}: only with {spelling}")

    def settings(self) -> TlsSettings:
        """Return what the options say; raises UnreadableFileError."""
        key_password = password(self.tls_key_password_file, KEY_PASSWORD) if self.tls_cert else None
        return TlsSettings(
            certificate=self.tls_cert,
            key=self.tls_key,
            key_password=key_password,
            authorities=self.tls_ca,
            minimum_version=self.tls_min_version or TlsVersion.TLS_1_2,
            ciphers=self.tls_ciphers,
        )


@dataclass(frozen=True, kw_only=True)
class PeerTlsOptions(TlsOptions):
    """TLS of an SCU."""

    tls_no_verify: Annotated[
        bool, flag("--tls-no-verify", help="accept any certificate of the peer: whoever it is")
    ] = False
    tls_server_name: Annotated[
        str | None,
        Option(
            "--tls-server-name",
            metavar="NAME",
            callback=host_name,
            help="name of the peer in its certificate (default: the host name or IP address)",
            show_default=False,
        ),
    ] = None

    def peer_tls(self) -> PeerTls | None:
        """Return how to connect to the peer, None without TLS; raises InputError."""
        if not self.tls:
            return None
        return PeerTls(client_context(self.settings(), verify=not self.tls_no_verify), self.tls_server_name)


@dataclass(frozen=True, kw_only=True)
class ServerTlsOptions(TlsOptions):
    """TLS of an SCP."""

    tls_require_client_cert: Annotated[
        bool,
        flag(
            "--tls-require-client-cert",
            help="refuse clients without a certificate from one of the authorities of --tls-ca",
        ),
    ] = False

    def check(self) -> None:
        """Refuse what means nothing alone."""
        super().check()
        self.check_server()

    def check_server(self) -> None:
        """Refuse a server without a certificate, or without the authorities that its clients need."""
        if self.tls and self.tls_cert is None:
            raise UsageError("argument --tls: a server needs a certificate: --tls-cert")
        self._need(self.tls_ca, "--tls-ca", "tls_require_client_cert")

    def server_tls(self) -> SSLContext | None:
        """Return how to accept connections, None without TLS; raises InputError."""
        if not self.tls:
            return None
        return server_context(self.settings(), require_certificate=self.tls_require_client_cert)


@dataclass(frozen=True, kw_only=True)
class MoveTlsOptions(PeerTlsOptions, ServerTlsOptions):
    """TLS of movescu: of its connection to the peer, and of its Storage SCP, if there is one."""

    def check(self) -> None:
        """Refuse what means nothing alone; what a server needs is checked where there is one."""
        TlsOptions.check(self)
