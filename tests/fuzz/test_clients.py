"""Our SCUs against a peer whose answers are damaged: an error of ours or a result, and no thread stays."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from pydicom import Dataset

from dcmtools.errors import DcmtoolsError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.find import find
from dcmtools.wire.commands import Command, CommandField, encode_command

from .material import identifier
from .mutation import mutate
from .speaking import APPLICATION_CONTEXT, EXPLICIT, STUDY_FIND, item, message

LIMITS = Limits(connect=3, acse=1, dimse=1, network=1)
STREAMS = 40


def accept() -> bytes:
    """An A-ASSOCIATE-AC PDU that accepts the first context."""
    body = b"".join(
        (
            b"\x00\x01\x00\x00",
            b"PEER".ljust(16),
            b"SCU".ljust(16),
            bytes(32),
            item(0x10, APPLICATION_CONTEXT.encode()),
            item(0x21, b"\x01\x00\x00\x00", item(0x40, EXPLICIT.encode())),
            item(0x50, item(0x51, b"\x00\x00\x40\x00"), item(0x52, b"1.2.3"), item(0x55, b"PEER")),
        )
    )
    return struct.pack(">BxI", 2, len(body)) + body


def responses(random: Random) -> bytes:
    """Two matches and the end of a C-FIND, damaged at one of their layers."""
    pending = Command(
        field=CommandField.C_FIND_RSP,
        responded_to=1,
        sop_class_uid=STUDY_FIND,
        status=0xFF00,
        has_dataset=True,
    )
    match = identifier(EXPLICIT, PatientName="Doe^Jane", StudyDate="20200101")
    command = encode_command(pending)
    layer = random.randrange(4)
    if layer == 0:
        command = mutate(command, random, 2)
    elif layer == 1:
        match = mutate(match, random)
    said = message(1, command, match) + message(1, pending, match)
    said += message(1, pending._replace(status=0, has_dataset=False))
    return mutate(said, random, 3) if layer == 2 else said


@contextmanager
def damaged_peer(seed: int) -> Iterator[int]:
    """Listen for one connection on a loopback port, and answer whatever comes with damage."""
    random = Random(seed)
    answer = mutate(accept(), random, 3) if random.random() < 0.4 else accept()

    def talk() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(3)
            connection.recv(65536)
            connection.sendall(answer)
            if connection.recv(65536)[:1] == b"\x04":
                connection.sendall(responses(random))
                connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_damaged_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    unhandled: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: unhandled.append(str(arguments.exc_value)))
    before = set(threading.enumerate())
    query = Dataset()
    query.PatientName = "*"
    matches, errors = 0, 0
    for seed in range(STREAMS):
        with damaged_peer(seed) as port:
            try:
                contexts = [Proposal(STUDY_FIND, (EXPLICIT,)).context()]
                with associate(Peer("127.0.0.1", port), "SCU", contexts, LIMITS) as association:
                    matches += len(list(find(association, query)))
            except DcmtoolsError:
                errors += 1
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive(), f"{thread} is still there"
    assert unhandled == []
    assert matches
    assert errors
