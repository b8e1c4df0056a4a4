"""The identity of a user, which an SCU can send with the association request (PS3.7 section D.3.3.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from pynetdicom.pdu_primitives import UserIdentityNegotiation

from dcmtools.errors import InputError

LARGEST_FIELD = 0xE000
"""What a field may have, in bytes: with all other items it has to fit an item of 65,535."""


class IdentityType(IntEnum):
    """The types of PS3.7 table D.3-14."""

    USERNAME = 1
    USERNAME_AND_PASSCODE = 2
    KERBEROS = 3
    SAML = 4
    JWT = 5


@dataclass(frozen=True)
class UserIdentity:
    """Who asks: a user name in UTF-8, a ticket, an assertion or a token, and for one type a passcode.

    With `wants_response` the peer has to confirm it. Raises InputError when a field is empty where it
    must not be, or too long.
    """

    type: IdentityType
    primary: bytes = field(repr=False)
    passcode: bytes = field(default=b"", repr=False)
    wants_response: bool = False

    def __post_init__(self) -> None:
        needed = [self.primary]
        if self.type is IdentityType.USERNAME_AND_PASSCODE:
            needed.append(self.passcode)
        if not all(needed):
            raise InputError("a user identity has an empty user name, password, ticket or token")
        longest = max(map(len, needed))
        if longest > LARGEST_FIELD:
            raise InputError(f"a user identity of {longest} bytes is too long, the most is {LARGEST_FIELD}")

    def item(self) -> UserIdentityNegotiation:
        """Return the item of the association request."""
        item = UserIdentityNegotiation()
        item.user_identity_type = int(self.type)
        item.positive_response_requested = self.wants_response
        item.primary_field = self.primary
        item.secondary_field = self.passcode
        return item


def confirmation() -> UserIdentityNegotiation:
    """Return the positive response to a user name: an item without content (PS3.7 table D.3-15)."""
    item = UserIdentityNegotiation()
    item.server_response = b""
    return item
