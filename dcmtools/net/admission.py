"""Letting requestors of associations in, and counting those that are in."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, cast

from pynetdicom.pdu_primitives import A_ASSOCIATE

from dcmtools.net.access import (
    ADDRESS_LIMIT,
    IDENTITY_NEEDED,
    IDENTITY_REFUSED,
    LOCAL_LIMIT,
    Access,
    Rejection,
    Requestor,
    plain_address,
)
from dcmtools.net.identity import IdentityType, confirmation

if TYPE_CHECKING:
    from pynetdicom.association import Association

_NAMED = (IdentityType.USERNAME, IdentityType.USERNAME_AND_PASSCODE)


class Admission:
    """Lets in those that `access` allows: `most` at a time, and `most_per_address` from each address."""

    def __init__(self, access: Access, most: int, most_per_address: int | None = None) -> None:
        self._access = access
        self._most = most
        self._most_per_address = most if most_per_address is None else most_per_address
        self._hosts: dict[int, str] = {}  # of the associations that are in
        self._counts: Counter[str] = Counter()
        self._changed = threading.Condition()

    @property
    def busy(self) -> bool:
        """Whether there is an association."""
        return bool(self._hosts)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until there is no association; return whether there is none."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._hosts, seconds)

    def rejection(self, association: Association) -> Rejection | None:
        """Return why a requested association is rejected; None counts it until it has `ended`.

        A user's password is checked last: that takes its time, which the others must not pay for.
        """
        requestor = self.requestor(association)
        rejection = self._access.rejection(requestor) or self._enter(association, requestor.host)
        if rejection is None:
            rejection = self._identity_rejection(association)
            if rejection is not None:
                self.ended(association)
        return rejection

    def ended(self, association: Association) -> None:
        """Forget an association, if it was counted."""
        with self._changed:
            host = self._hosts.pop(id(association), None)
            if host is not None:
                self._counts[host] -= 1
                if not self._counts[host]:
                    del self._counts[host]
                self._changed.notify_all()

    def requestor(self, association: Association) -> Requestor:
        """Return who requests `association`."""
        request = cast(A_ASSOCIATE, association.requestor.primitive)
        host = plain_address(association.requestor.address or "")
        return Requestor(str(request.calling_ae_title).strip(), str(request.called_ae_title).strip(), host)

    def _enter(self, association: Association, host: str) -> Rejection | None:
        with self._changed:
            if len(self._hosts) >= self._most:
                return LOCAL_LIMIT
            if self._counts[host] >= self._most_per_address:
                return ADDRESS_LIMIT
            self._hosts[id(association)] = host
            self._counts[host] += 1
        return None

    def _identity_rejection(self, association: Association) -> Rejection | None:
        """Return why the identity is not accepted; None confirms it where that was asked for."""
        users, identity = self._access.users, association.requestor.user_identity
        if users is None:
            return None
        if identity is None or identity.user_identity_type not in _NAMED:
            return None if self._access.anonymous else IDENTITY_NEEDED
        passcode = identity.secondary_field
        if identity.user_identity_type == IdentityType.USERNAME:
            passcode = None
        if not users.confirms(identity.primary_field or b"", passcode):
            return IDENTITY_REFUSED
        if identity.positive_response_requested:
            association.acceptor.add_negotiation_item(confirmation())
        return None
