"""A file of users and hashed passwords, which an SCP checks user identities against (PS3.7 section D.3.3.7).

Text in UTF-8, one user a line: the name, a colon, and the password hashed with scrypt (RFC 7914) in the
form ``$scrypt$ln=14,r=8,p=5$SALT$HASH``: the cost parameters (N is two to the power of ln), a salt of 16
and a hash of 32 bytes, both in Base64 without padding. A user with nothing behind the colon needs no
password. Lines that are empty or begin with ``#`` are comments.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import logging
import os
import re
import secrets
import threading
from base64 import b64decode, b64encode
from pathlib import Path
from typing import NamedTuple

from dcmtools.dicom.text import brief_text
from dcmtools.errors import InputError, UserFileError

LOGGER = logging.getLogger(__name__)

LONGEST_NAME = 255

_COST = (14, 8, 5)  # 16 MiB of memory, some tenths of a second
_MOST_MEMORY = 1 << 28  # bytes that one check may need
_AT_ONCE = 2  # checks, so that many wrong passwords leave processors for others
_SALT_SIZE, _HASH_SIZE = 16, 32

_BASE64 = "([A-Za-z0-9+/]+)"
_hash_parts = re.compile(
    rf"\$scrypt\$ln=(\d{{1,2}}),r=(\d{{1,2}}),p=(\d{{1,2}})\${_BASE64}\${_BASE64}", re.ASCII
).fullmatch


class _Hash(NamedTuple):
    """A hashed password: the logarithm of N, the block size, the parallelization, salt and hash."""

    ln: int
    r: int
    p: int
    salt: bytes
    hash: bytes

    def of(self, password: bytes) -> bytes:
        """Hash `password` with the same salt and at the same cost."""
        memory = 128 * self.r * ((1 << self.ln) + self.p + 2)
        return hashlib.scrypt(
            password,
            salt=self.salt,
            n=1 << self.ln,
            r=self.r,
            p=self.p,
            maxmem=2 * memory,
            dklen=_HASH_SIZE,
        )

    def __str__(self) -> str:
        salt, digest = (b64encode(part).decode().rstrip("=") for part in (self.salt, self.hash))
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${salt}${digest}"


def checked_name(name: str) -> str:
    """Return a user name that a file can have; raises InputError."""
    if not name or name != name.strip() or name.startswith("#") or not name.isprintable():
        raise InputError(
            f"'{brief_text(name)}' is no name of a user",
            hint="printable characters, the first one no #, and no spaces around them",
        )
    if len(name.encode()) > LONGEST_NAME:
        raise InputError(f"the name of a user has {LONGEST_NAME} bytes at most")
    return name


def hashed(password: bytes) -> str:
    """Return `password` as a file has it, with a salt of its own; raises InputError if it is empty."""
    if not password:
        raise InputError("a password has at least one character")
    unhashed = _Hash(*_COST, secrets.token_bytes(_SALT_SIZE), b"")
    return str(unhashed._replace(hash=unhashed.of(password)))


def read_users(path: Path) -> dict[str, str]:
    """Return the users of a file with their hashed passwords, "" for none; raises UserFileError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as exc:
        raise UserFileError(path, f"cannot be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise UserFileError(path, "is not text in UTF-8") from exc
    users: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, password = line.rpartition(":")
        if not colon or (password and _parsed(password) is None) or name in users:
            reason = "has a user for the second time" if name in users else "is not NAME:HASH"
            raise UserFileError(path, f"line {number} {reason}", hint="'dcmtools users' writes such lines")
        users[name] = password
    return users


def write_user(path: Path, name: str, password: str | None) -> bool:
    """Give a user this hashed password in a file, which is made if need be; None removes the user.

    The file is replaced as a whole, and a new one can be read by its owner only. Returns whether the
    user was there before. Raises UserFileError.
    """
    lines: list[str] = []
    known = path.exists() and name in read_users(path)
    try:
        path = path.resolve()
        mode = 0o600
        if path.exists():
            lines = path.read_text("utf-8").splitlines()
            mode = path.stat().st_mode & 0o777
        kept = [line for line in lines if line.startswith("#") or line.rpartition(":")[0] != name]
        if password is not None:
            kept.append(f"{name}:{password}")
        _replace(path, "".join(f"{line}\n" for line in kept), mode)
    except OSError as exc:
        raise UserFileError(path, f"cannot be written: {exc.strerror or exc}") from exc
    return known


class UserFile:
    """The users of a file, which is read again when it changes; threads may share it.

    Raises UserFileError if it cannot be read at first; later the users stay as they were.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._signature = _signature(path)
        self._users = read_users(path)
        self._reading = threading.Lock()
        self._checking = threading.BoundedSemaphore(_AT_ONCE)
        self._key = secrets.token_bytes(_HASH_SIZE)
        self._confirmed: dict[str, bytes] = {}  # what has been right, under a key that nobody knows
        self._stranger = _Hash(*_COST, secrets.token_bytes(_SALT_SIZE), secrets.token_bytes(_HASH_SIZE))

    def confirms(self, name: bytes, password: bytes | None) -> bool:
        """Whether there is this user with this password (None: none was given).

        It takes as long for a user who is not there as for a wrong password; a right one that has
        been seen before takes no time.
        """
        user = name.decode("utf-8", "replace")
        known = self._current().get(user)
        if known == "":
            return True
        if password is None:
            return False
        seen = hmac.digest(self._key, f"{known}:".encode() + password, "sha256")
        if known is not None and hmac.compare_digest(self._confirmed.get(user, b""), seen):
            return True
        expected = (_parsed(known) if known else None) or self._stranger
        with self._checking:
            is_right = hmac.compare_digest(expected.of(password), expected.hash) and known is not None
        if is_right:
            self._confirmed[user] = seen
        return is_right

    def _current(self) -> dict[str, str]:
        with self._reading:
            signature = _signature(self.path)
            if signature != self._signature:
                self._signature = signature
                try:
                    self._users = read_users(self.path)
                except UserFileError as exc:
                    LOGGER.error("The users stay as they were: %s", exc)
            return self._users


def _parsed(text: str) -> _Hash | None:
    match = _hash_parts(text)
    if match is None:
        return None
    ln, r, p = int(match[1]), int(match[2]), int(match[3])
    try:
        salt, digest = (b64decode(part + "=" * (-len(part) % 4)) for part in (match[4], match[5]))
    except binascii.Error:
        return None
    is_bounded = 1 <= ln <= 24 and r and p and 128 * r * ((1 << ln) + p) <= _MOST_MEMORY
    return _Hash(ln, r, p, salt, digest) if is_bounded and len(digest) == _HASH_SIZE else None


def _signature(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _replace(path: Path, text: str, mode: int) -> None:
    """Write a file as a whole; raises OSError."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
