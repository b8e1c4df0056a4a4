"""Certificates for tests of TLS, good ones and bad ones, as PEM files."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

PASSWORD = b"the password of the key"

_A_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """The files of a certificate and of its private key."""

    certificate: Path
    key: Path


class Certificates:
    """The files of two authorities, and of what they issue, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority, self._other = trustme.CA(), trustme.CA()
        self.authority = self._written("authority.pem", self._authority.cert_pem)
        self.other_authority = self._written("other_authority.pem", self._other.cert_pem)
        now = datetime.datetime.now(datetime.UTC)
        self.server = self._identity("server", "localhost", "127.0.0.1")
        self.client = self._identity("client", "client.example.org")
        self.elsewhere = self._identity("elsewhere", "elsewhere.example.org")
        self.foreign = self._identity("foreign", "localhost", "127.0.0.1", authority=self._other)
        self.expired = self._identity(
            "expired", "localhost", "127.0.0.1", not_before=now - 2 * _A_DAY, not_after=now - _A_DAY
        )
        self.future = self._identity(
            "future", "localhost", "127.0.0.1", not_before=now + _A_DAY, not_after=now + 2 * _A_DAY
        )
        self.encrypted_key = folder / "encrypted.key"
        self.encrypted_key.write_bytes(_encrypted(self.server.key))
        self.both = folder / "both.pem"
        self.both.write_bytes(self.server.key.read_bytes() + self.server.certificate.read_bytes())

    def _written(self, name: str, blob: trustme.Blob) -> Path:
        path = self._folder / name
        blob.write_to_path(path)
        return path

    def _identity(
        self,
        name: str,
        *hosts: str,
        authority: trustme.CA | None = None,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
    ) -> Identity:
        issued = (authority or self._authority).issue_cert(*hosts, not_before=not_before, not_after=not_after)
        return Identity(
            self._written(f"{name}.pem", issued.cert_chain_pems[0]),
            self._written(f"{name}.key", issued.private_key_pem),
        )


def _encrypted(key: Path) -> bytes:
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    return loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD),
    )
