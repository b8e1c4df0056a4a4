"""Who may associate with a server, and what they may ask of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dcmtools.errors import InputError

if TYPE_CHECKING:
    from dcmtools.net.users import UserFile

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Rejection(NamedTuple):
    """Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 section 9.3.4), and `why` in words."""

    result: int
    source: int
    reason: int
    why: str


CALLING_AET_UNKNOWN = Rejection(1, 1, 3, "calling AE title not recognised")
CALLED_AET_UNKNOWN = Rejection(1, 1, 7, "called AE title not recognised")
ADDRESS_NOT_ALLOWED = Rejection(1, 1, 1, "address not allowed")  # DICOM has no reason of its own for it
LOCAL_LIMIT = Rejection(2, 3, 2, "too many associations")
ADDRESS_LIMIT = Rejection(2, 3, 2, "too many associations from this address")
# PS3.7 section D.3.3.7: permanent, by the ACSE related function of the service provider
IDENTITY_NEEDED = Rejection(1, 2, 1, "no user name that can be checked")
IDENTITY_REFUSED = Rejection(1, 2, 1, "user name or password not accepted")


class Requestor(NamedTuple):
    """Who requests an association: AE titles as they came, and an IP address."""

    calling_aet: str
    called_aet: str
    host: str


@dataclass(frozen=True)
class Rights:
    """What a requestor may do: `read` is C-FIND, C-GET and C-MOVE, `write` is C-STORE."""

    read: bool = True
    write: bool = True


@dataclass(frozen=True)
class Access:
    """Who may associate, and with which rights; the default lets everyone do everything.

    `calling_aets` and `networks` are lists of those who may: empty ones let all. With a `called_aet`
    that one has to be called. With `users` an identity among them is needed, unless `anonymous` lets
    in those without a user name as well. An AE title has the rights that `rights` gives it, all
    others have `other_rights`.
    """

    calling_aets: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    called_aet: str | None = None
    users: UserFile | None = None
    anonymous: bool = False
    rights: Mapping[str, Rights] = field(default_factory=lambda: MappingProxyType({}))
    other_rights: Rights = Rights()

    def rejection(self, requestor: Requestor) -> Rejection | None:
        """Return why a requestor is rejected whoever its user is, None if it is not."""
        if self.networks and not self._is_known_host(requestor.host):
            return ADDRESS_NOT_ALLOWED
        if self.calling_aets and requestor.calling_aet.strip() not in self.calling_aets:
            return CALLING_AET_UNKNOWN
        if self.called_aet is not None and requestor.called_aet.strip() != self.called_aet.strip():
            return CALLED_AET_UNKNOWN
        return None

    def rights_of(self, calling_aet: str) -> Rights:
        """Return the rights of the application entity with this title."""
        return self.rights.get(calling_aet.strip(), self.other_rights)

    def _is_known_host(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(plain_address(host))
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return IP addresses and networks, as ``192.0.2.7`` or ``10.0.0.0/8``; raises InputError."""
    networks = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(plain_address(text.strip()), strict=False))
        except ValueError as exc:
            raise InputError(
                f"'{text}' is no IP address or network", hint="for example 192.0.2.7 or 10.0.0.0/8"
            ) from exc
    return tuple(networks)


def plain_address(host: str) -> str:
    """Return an IP address without its scope, and an IPv4 one that comes in the form of IPv6 as IPv4.

    A socket that listens on both sees IPv4 peers as ``::ffff:192.0.2.7``.
    """
    plain = host.partition("%")[0]
    mapped = plain.lower().removeprefix("::ffff:")
    return mapped if "." in mapped else plain
