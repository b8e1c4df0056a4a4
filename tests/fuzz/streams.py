"""Seeded conversations with a server in which something is wrong at one of its layers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from dcmtools.wire.commands import Command, CommandField, encode_command
from dcmtools.wire.framing import frame_command, frame_dataset

from . import material, speaking
from .mutation import LENGTHS_32, mutate
from .speaking import CONTEXTS, CT, Context, associate_rq, echo_rq, item, message, store_rq

HOSTILE_TEXTS = (
    "",
    " ",
    "*",
    "?" * 40,
    "%",
    "_%_",
    "\\",
    "1\\2\\3",
    "'; DROP TABLE instance; --",
    '"',
    "../../../escaped",
    "/etc/escaped",
    "\x00",
    "a\x00b",
    "\x1b[2J\x1b]0;title\x07",
    "[/bold][link=x]",
    "%s%n{0}{x}",
    "Ω" * 30,
    "\udcff\udc80",
    "9" * 400,
    "-1",
    "20200101-20191231",
    "-",
    "a" * 2000,
    "=^=^=^",
    "NaN",
    "1e999",
)


class Stream(NamedTuple):
    """What is sent on one connection: the request for the association, and what comes after it."""

    layer: str
    request: bytes
    rest: bytes


def make_stream(seed: object, *, archive: bool) -> Stream:
    """Return the stream of a seed, for a server that is an archive or one that only stores."""
    random = Random(str(seed))
    layers = _ARCHIVE_LAYERS if archive else _LAYERS
    layer = random.choice(layers)
    made = layer(random)
    return made if random.random() < 0.8 else made._replace(rest=made.rest + speaking.RELEASE_RQ)


def hostile_text(random: Random) -> str:
    """A text that means trouble, or some random characters."""
    if random.random() < 0.8:
        return random.choice(HOSTILE_TEXTS)
    return "".join(chr(random.choice((random.randrange(128), random.randrange(0xD7FF)))) for _ in range(9))


def _uid(random: Random) -> str:
    return f"{material.ROOT}.1.{random.randint(1000000000, 1000000000 + 10**8)}"


def _stored(random: Random) -> tuple[int, Command, bytes]:
    """Context, request and dataset of a good C-STORE."""
    context_id, syntax = random.choice([(context.context_id, context[2]) for context in CONTEXTS[1:5]])
    uid = _uid(random)
    return context_id, store_rq(uid), material.encoded_instance(syntax, uid)


def _good(random: Random) -> bytes:
    if random.random() < 0.5:
        return message(1, echo_rq())
    return message(*_stored(random))


def _anything(random: Random) -> Stream:
    """Damage anywhere in a whole conversation."""
    request, rest = associate_rq(), _good(random) + _good(random)
    return Stream("anything", mutate(request, random, 3), mutate(rest, random))


def _noise(random: Random) -> Stream:
    """No DICOM at all, or a PDU of a random type."""
    if random.random() < 0.3:
        return Stream("noise", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"")
    header = struct.pack(">BBI", random.randrange(10), 0, random.choice((0, 4, 68, 200, 0xFFFFFFFF)))
    return Stream("noise", header + random.randbytes(random.randrange(300)), b"")


def _request(random: Random) -> Stream:
    """An A-ASSOCIATE-RQ with damage, but the right length."""
    body = mutate(associate_rq()[6:], random)
    return Stream("request", struct.pack(">BxI", 1, len(body)) + body, _good(random))


def _items(random: Random) -> Stream:
    """An A-ASSOCIATE-RQ of items that do not belong there, or have odd values."""
    contexts = [
        Context(random.choice((0, 1, 2, 3, 255)), random.choice(CONTEXTS)[1], random.choice(CONTEXTS)[2])
        for _ in range(random.choice((0, 1, 3, 128, 140)))
    ]
    users = [
        item(0x51, random.choice((b"\0\0\0\0", b"\0\0\0\1", b"\0\0\0\7", b"\xff\xff\xff\xff", b"\0"))),
        item(0x52, hostile_text(random).encode("utf-8", "replace")[:60]),
        item(0x53, random.randbytes(4)),
        item(0x54, struct.pack(">H", random.choice((0, 25, 9999))), CT.encode(), random.randbytes(2)),
        item(0x55, hostile_text(random).encode("utf-8", "replace")[:60]),
        item(0x56, struct.pack(">H", random.choice((25, 0, 500))), CT.encode(), random.randbytes(6)),
        item(0x57, struct.pack(">H", random.choice((25, 3))), CT.encode(), random.randbytes(9)),
        item(0x58, random.randbytes(2), b"\x00\x04user\x00\x04pass"),
        item(random.randrange(256), random.randbytes(random.randrange(40))),
    ]
    random.shuffle(users)
    request = associate_rq(
        contexts or CONTEXTS,
        users=users[: random.randrange(9)],
        calling=hostile_text(random).encode("utf-8", "replace")[:16],
        called=hostile_text(random).encode("utf-8", "replace")[:16],
        application_context=random.choice((speaking.APPLICATION_CONTEXT, hostile_text(random))).encode(
            "utf-8", "replace"
        ),
    )
    return Stream("items", request, _good(random))


def _headers(random: Random) -> Stream:
    """P-DATA-TF PDUs and PDVs with odd lengths, context IDs and control headers."""
    rest = bytearray(_good(random) + _good(random))
    field = random.choice((2, 6, 10, 11))
    if field in (2, 6):
        number = random.choice((*LENGTHS_32, random.randrange(400)))
        rest[field : field + 4] = struct.pack(">I", number)
    else:
        rest[field] = random.randrange(256)
    return Stream("headers", associate_rq(), bytes(rest))


def _fragments(random: Random) -> Stream:
    """Good fragments in an order, or of a kind, that makes no message."""
    context_id, command, dataset = _stored(random)
    size = random.choice((8, 20, 64, 512))
    parts = [
        b"".join(map(bytes, frame_command(context_id, encode_command(command), size))),
        b"".join(map(bytes, frame_dataset(context_id, dataset, size))),
        b"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x02" + bytes((context_id, random.randrange(4))),
        b"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x02\x01\x03",
        message(1, echo_rq()),
    ]
    chosen = [random.choice(parts) for _ in range(random.randint(1, 6))]
    return Stream("fragments", associate_rq(), b"".join(chosen))


def _between(random: Random) -> Stream:
    """A PDU that does not belong between, or into, messages."""
    foreign = random.choice(
        (
            associate_rq(),
            b"\x02\x00\x00\x00\x00\x04\x00\x00\x00\x00",
            b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x01",
            speaking.RELEASE_RQ,
            b"\x06\x00\x00\x00\x00\x04\x00\x00\x00\x00",
            b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x06",
            b"\x08\x00\x00\x00\x00\x04\x00\x00\x00\x00",
            b"\x05\x00\xff\xff\xff\xff",
            random.randbytes(20),
        )
    )
    good = _good(random)
    at = random.choice((0, len(good), random.randrange(len(good))))
    return Stream("between", associate_rq(), good[:at] + foreign + good[at:])


def _command(random: Random) -> Stream:
    """A command set with damage, in good fragments."""
    context_id, command, dataset = _stored(random)
    damaged = mutate(encode_command(command), random, 3)
    return Stream("command", associate_rq(), message(context_id, damaged, dataset) + _good(random))


def _fields(random: Random) -> Stream:
    """A command set whose values are not what they should be."""
    context_id, command, dataset = _stored(random)
    changes: dict[str, object] = {}
    for _ in range(random.randint(1, 3)):
        name = random.choice(("field", "sop_class_uid", "sop_instance_uid", "message_id", "has_dataset"))
        if name in ("field", "message_id"):
            changes[name] = random.choice((*CommandField, random.randrange(0x10000)))
        elif name == "has_dataset":
            changes[name] = random.random() < 0.5
        else:
            changes[name] = hostile_text(random)
    odd = command._replace(
        **changes, move_destination=hostile_text(random), move_originator_aet=hostile_text(random)
    )
    answered = odd.has_dataset or random.random() < 0.1
    rest = message(context_id, odd, dataset if answered else None) + _good(random)
    return Stream("fields", associate_rq(), rest)


def _dataset(random: Random) -> Stream:
    """A dataset with damage."""
    context_id, command, dataset = _stored(random)
    rest = message(context_id, command, mutate(dataset, random)) + _good(random)
    return Stream("dataset", associate_rq(), rest)


_LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE", "", "WORKLIST", "STUDY\\SERIES")
_KEYS = {
    0x00080005: "CS",
    0x00080020: "DA",
    0x00080030: "TM",
    0x00080050: "SH",
    0x00080060: "CS",
    0x00100010: "PN",
    0x00100020: "LO",
    0x00100030: "DA",
    0x0020000D: "UI",
    0x0020000E: "UI",
    0x00080018: "UI",
    0x00200013: "IS",
    0x00280010: "US",
    0x00091001: "UN",
    0x00400100: "SQ",
    0x00081199: "SQ",
}
_QUERIES = (
    (11, CommandField.C_FIND_RQ, speaking.PATIENT_FIND),
    (13, CommandField.C_FIND_RQ, speaking.STUDY_FIND),
    (15, CommandField.C_GET_RQ, speaking.STUDY_GET),
    (17, CommandField.C_MOVE_RQ, speaking.STUDY_MOVE),
    (19, CommandField.C_FIND_RQ, speaking.WORKLIST_FIND),
)


def _query(random: Random) -> tuple[int, Command, bytes]:
    """Context, request and Identifier of a query or retrieval with hostile values."""
    context_id, field, sop_class = random.choice(_QUERIES)
    request = Command(
        field=field,
        sop_class_uid=sop_class if random.random() < 0.9 else hostile_text(random),
        message_id=random.choice((1, 0xFFFF)),
        priority=random.choice((0, 1, 2, 9)),
        has_dataset=True,
        move_destination=random.choice(("FUZZDEST", hostile_text(random))),
    )
    level = random.choice(_LEVELS)
    elements = [(0x00080052, b"CS", level.encode())]
    for tag, vr in random.sample(sorted(_KEYS.items()), random.randint(1, 6)):
        value = random.choice((b"", hostile_text(random).encode("utf-8", "replace"), random.randbytes(6)))
        if tag == 0x0020000D and random.random() < 0.6:
            value = f"{material.STUDY[:-3]}{random.randrange(1000):03}".encode()
        said = vr if random.random() < 0.9 else random.choice(list(_KEYS.values()))
        elements.append((tag, said.encode(), value))
    explicit = context_id != 13
    return context_id, request, b"".join(_element(*element, explicit) for element in sorted(elements))


def _element(tag: int, vr: bytes, value: bytes, explicit: bool) -> bytes:
    value += b" " * (len(value) % 2)
    numbers = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return numbers + struct.pack("<I", len(value)) + value
    if vr in (b"SQ", b"UN"):
        return numbers + vr + struct.pack("<HI", 0, len(value)) + value
    return numbers + vr + struct.pack("<H", len(value)) + value


def _hostile_query(random: Random) -> Stream:
    """Queries with hostile keys, and now and then a C-CANCEL."""
    rest = b"".join(message(*_query(random)) for _ in range(random.randint(1, 3)))
    if random.random() < 0.2:
        cancel = Command(field=CommandField.C_CANCEL_RQ, responded_to=random.choice((1, 0xFFFF, 7)))
        rest += message(11, cancel)
    return Stream("query", associate_rq(), rest)


def _damaged_query(random: Random) -> Stream:
    """Queries with a damaged Identifier or command set."""
    context_id, command, encoded = _query(random)
    if random.random() < 0.7:
        rest = message(context_id, command, mutate(encoded, random))
    else:
        rest = message(context_id, mutate(encode_command(command), random, 2), encoded)
    return Stream("damaged query", associate_rq(), rest + _good(random))


_Layer = Callable[[Random], Stream]
_LAYERS: tuple[_Layer, ...] = (
    _anything,
    _noise,
    _request,
    _items,
    _headers,
    _fragments,
    _between,
    _command,
    _fields,
    _dataset,
    _dataset,
)
_ARCHIVE_LAYERS: tuple[_Layer, ...] = (
    *_LAYERS,
    *(_hostile_query,) * 5,
    *(_damaged_query,) * 3,
)
