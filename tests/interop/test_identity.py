"""User identity as pynetdicom sees it; secrets stay out of the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from ..command import dcmtools

pytestmark = pytest.mark.interop

SECRET = "pa55 wörd"


@pytest.fixture
def peer() -> Iterator[tuple[int, list[evt.Event]]]:
    """The port of an SCP that refuses the user "mallory" and answers a ticket, and what it was asked."""
    seen: list[evt.Event] = []

    def check(event: evt.Event) -> tuple[bool, bytes | None]:
        seen.append(event)
        return event.primary_field != b"mallory", b"server ticket" if event.user_id_type == 3 else None

    entity = AE("SCP")
    entity.add_supported_context(Verification)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_USER_ID, check)])
    assert server is not None
    yield server.server_address[1], seen
    entity.shutdown()


def test_a_user_with_a_password(peer: tuple[int, list[evt.Event]], tmp_path: Path) -> None:
    port, seen = peer
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    outcome = dcmtools("echoscu", "-d", "--user", "müller", "--password-file", file, "127.0.0.1", port)
    assert outcome.code == 0
    assert "W: A password, ticket or token goes over the network in clear without --tls" in outcome.stderr
    assert SECRET not in outcome.stderr
    [event] = seen
    fields = (event.user_id_type, event.primary_field, event.secondary_field)
    assert fields == (2, "müller".encode(), SECRET.encode())


def test_a_user_who_is_refused(peer: tuple[int, list[evt.Event]]) -> None:
    outcome = dcmtools("echoscu", "--user", "mallory", "127.0.0.1", peer[0])
    assert outcome.code == 1
    outcome.error_about("association rejected")


def test_a_confirmation(peer: tuple[int, list[evt.Event]], tmp_path: Path) -> None:
    """That of a ticket comes; pynetdicom has none for a token here, which is no failure unless asked for."""
    port, seen = peer
    secret = tmp_path / "secret"
    secret.write_bytes(b"\x00binary\xff")
    confirmed = dcmtools("echoscu", "--kerberos-file", secret, "--positive-response", "127.0.0.1", port)
    assert (confirmed.code, confirmed.errors()) == (0, [])
    assert dcmtools("echoscu", "--jwt-file", secret, "127.0.0.1", port).code == 0
    refused = dcmtools("echoscu", "--jwt-file", secret, "--positive-response", "127.0.0.1", port)
    assert refused.code == 1
    refused.error_about("does not confirm the identity")
    assert [event.user_id_type for event in seen] == [3, 5, 5]
