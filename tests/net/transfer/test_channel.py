"""The data plane itself, between two ends that both drive their sockets."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest
import trustme

from dcmtools.errors import AssociationAbortedError, AssociationTimeoutError
from dcmtools.net.association import Limits
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.stream import ByteStream, LinkEndedError
from dcmtools.net.transfer.takeover import end_now, shared_socket
from dcmtools.wire.commands import Command, CommandField
from tests.net.scripted import CT, peer

STORE = Command(
    field=CommandField.C_STORE_RQ,
    message_id=1,
    priority=0,
    has_dataset=True,
    sop_class_uid=CT,
    sop_instance_uid="1.2.3",
)


def _echo_back(channel: Channel) -> None:
    """Answer a C-STORE with the size of what came, as the number of remaining sub-operations."""
    arrived = channel.command(5)
    size = sum(len(piece) for piece in channel.pieces(arrived, 5))
    channel.send(1, _answer(error_comment=str(size)))


def _answer(**changes: object) -> Command:
    return Command(field=CommandField.C_STORE_RSP, responded_to=1, status=0)._replace(**changes)


@pytest.mark.parametrize("size", [0, 1, 2, 16376, 16377, 200_000, 3_000_000])
@pytest.mark.parametrize("max_pdu", [0, 128, 16382, 131072])
def test_any_size_through_any_maximum_length(size, max_pdu):
    if size > 200_000 and max_pdu == 128:
        pytest.skip("slow, and no different from 200,000 bytes")
    data = bytes(size)
    pieces = [data[start : start + 50_000] for start in range(0, size, 50_000)]
    with peer(_echo_back, max_pdu=max_pdu) as association:
        association.send(1, STORE, pieces)
        response, _ = association.response(1, 5)
    assert response.error_comment == str(size)


@pytest.mark.parametrize("tls", [False, True])
def test_a_refusal_in_the_middle_stops_the_sending_and_keeps_the_association(tls):
    def refuse(channel: Channel) -> None:
        arrived = channel.command(5)
        channel.send(1, _answer(status=0xA700))
        refused.set()
        taken.append(sum(len(piece) for piece in channel.pieces(arrived, 5)))
        _echo_back(channel)

    refused, taken = threading.Event(), []

    def endless() -> Iterator[bytes]:
        yield bytes(100_000)
        yield bytes(100_000)
        refused.wait(5)
        for _ in range(1000):
            time.sleep(0.001)
            yield bytes(100_000)

    with peer(refuse, tls=_contexts() if tls else None) as association:
        association.send(1, STORE, endless())
        assert association.response(1, 5)[0].status == 0xA700
        association.send(1, STORE, [b"good"])
        assert association.response(1, 5)[0].error_comment == "4"
    assert taken[0] < 50_000_000


def test_a_peer_that_stops_reading_is_given_up_after_the_network_timeout():
    done = threading.Event()

    def deaf(channel: Channel) -> None:
        channel.command(5)
        done.wait(10)

    limits = Limits(connect=5, acse=5, dimse=5, network=0.5)
    began = time.monotonic()
    with (
        pytest.raises(AssociationTimeoutError, match="does not read"),
        peer(deaf, limits) as association,
    ):
        try:
            association.send(1, STORE, [bytes(1 << 20)] * 100)
        finally:
            done.set()
    assert time.monotonic() - began < 5


def test_an_abort_between_command_and_data():
    def abort(channel: Channel) -> None:
        channel.command(5)
        end_now(channel.association)
        raise LinkEndedError

    with pytest.raises(AssociationAbortedError, match=r"service user|closed"), peer(abort) as association:
        association.send(1, STORE, [bytes(1 << 20)] * 20)
        association.response(1, 5)


def test_a_connection_that_closes_while_the_response_is_awaited():
    def close(channel: Channel) -> None:
        arrived = channel.command(5)
        for _ in channel.pieces(arrived, 5):
            pass
        shared_socket(channel.association)._shutdown_socket()
        raise LinkEndedError

    with pytest.raises(AssociationAbortedError, match="closed the connection"), peer(close) as association:
        association.send(1, STORE, [b"data"])
        association.response(1, 5)


def test_a_response_that_comes_with_the_release_of_the_peer():
    def answer_and_release(channel: Channel) -> None:
        arrived = channel.command(5)
        for _ in channel.pieces(arrived, 5):
            pass
        channel.send(1, _answer(error_comment="last words"))
        shared_socket(channel.association).socket.sendall(b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00")

    with pytest.raises(AssociationAbortedError, match="released"), peer(answer_and_release) as association:
        association.send(1, STORE, [b"data"])
        assert association.response(1, 5)[0].error_comment == "last words"
        association.response(1, 5)


def _contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS contexts for the client and the server."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return client, server


def test_over_tls():
    with peer(_echo_back, tls=_contexts()) as association:
        association.send(1, STORE, [bytes(70_000)] * 40)
        assert association.response(1, 5)[0].error_comment == "2800000"


def test_a_connection_that_has_just_been_closed():
    """pynetdicom may close the socket between the peer's acceptance and its first use."""
    one, other = socket.socketpair()
    with one:
        other.close()
        with pytest.raises(LinkEndedError):
            ByteStream(other)
