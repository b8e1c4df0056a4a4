"""User identity: what is sent, what a confirmation is, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pynetdicom import AE, evt

from dcmtools.errors import AssociationRejectedError, IdentityNotConfirmedError, InputError
from dcmtools.net.association import Peer, associate
from dcmtools.net.echo import VERIFICATION, echo, verification_context
from dcmtools.net.identity import LARGEST_FIELD, IdentityType, UserIdentity
from tests.net.conftest import BRIEF

CONTEXTS = [verification_context(["1.2.840.10008.1.2"])]

Answer = tuple[bool, bytes | None]


@contextmanager
def checking(answer: Callable[[evt.Event], Answer]) -> Iterator[Peer]:
    """A peer of pynetdicom that lets `answer` decide about identities."""
    entity = AE("SCP")
    entity.add_supported_context(VERIFICATION)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_USER_ID, answer)])
    try:
        assert server is not None
        yield Peer("127.0.0.1", server.server_address[1])
    finally:
        entity.shutdown()


def verify(there: Peer, identity: UserIdentity) -> None:
    known = Peer(there.host, there.port, identity=identity)
    with associate(known, "SCU", CONTEXTS, BRIEF) as association:
        assert next(echo(association, 1)).status == 0


@pytest.mark.parametrize(
    ("kind", "primary", "passcode"),
    [
        (IdentityType.USERNAME, "müller".encode(), b""),
        (IdentityType.USERNAME_AND_PASSCODE, b"user", "Schlüssel".encode()),
        (IdentityType.KERBEROS, bytes(range(256)), b""),
        (IdentityType.SAML, b"<saml:Assertion/>", b""),
        (IdentityType.JWT, b"x" * LARGEST_FIELD, b""),
    ],
)
def test_what_is_sent(kind: IdentityType, primary: bytes, passcode: bytes) -> None:
    seen: list[evt.Event] = []

    def accept(event: evt.Event) -> Answer:
        seen.append(event)
        return True, None

    with checking(accept) as there:
        verify(there, UserIdentity(kind, primary, passcode))
    [event] = seen
    assert (event.user_id_type, event.primary_field, event.secondary_field or b"") == (
        kind,
        primary,
        passcode,
    )


def test_a_user_who_is_refused() -> None:
    with checking(lambda event: (False, None)) as there, pytest.raises(AssociationRejectedError):
        verify(there, UserIdentity(IdentityType.USERNAME, b"mallory"))


def test_a_confirmation_can_be_asked_for() -> None:
    ticket = UserIdentity(IdentityType.KERBEROS, b"ticket", wants_response=True)
    with checking(lambda event: (True, b"server ticket")) as there:
        verify(there, ticket)
    with checking(lambda event: (True, None)) as there:
        with pytest.raises(IdentityNotConfirmedError, match="does not confirm the identity"):
            verify(there, ticket)
        verify(there, UserIdentity(IdentityType.KERBEROS, b"ticket"))


@pytest.mark.parametrize(
    ("kind", "primary", "passcode", "text"),
    [
        (IdentityType.USERNAME, b"", b"", "empty"),
        (IdentityType.USERNAME_AND_PASSCODE, b"user", b"", "empty"),
        (IdentityType.JWT, b"x" * (LARGEST_FIELD + 1), b"", "too long"),
    ],
)
def test_what_cannot_be_sent(kind: IdentityType, primary: bytes, passcode: bytes, text: str) -> None:
    with pytest.raises(InputError, match=text):
        UserIdentity(kind, primary, passcode)


def test_secrets_are_in_no_representation() -> None:
    assert "secret" not in repr(UserIdentity(IdentityType.USERNAME_AND_PASSCODE, b"user", b"secret"))
    assert "secret" not in repr(UserIdentity(IdentityType.JWT, b"secret"))
