"""Seeded damage to bytes: the same seed damages them in the same way."""

from __future__ import annotations

from random import Random

LENGTHS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000)
LENGTHS_32 = (*LENGTHS, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_TOKENS = (
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",  # an item without a length
    b"\xfe\xff\x0d\xe0\x00\x00\x00\x00",
    b"\xfe\xff\xdd\xe0\x00\x00\x00\x00",
    b"SQ\x00\x00\xff\xff\xff\xff",
    b"UN\x00\x00\xff\xff\xff\xff",
    b"\x00" * 16,
    b"\xff" * 16,
    b"../../../escaped",
    b"[bold]\x1b[31m%s%n",
    b"1.2.840.10008.1.2.1.99",
)


def mutate(data: bytes, random: Random, most: int = 6) -> bytes:
    """Return `data` with one to `most` pieces of damage."""
    damaged = bytearray(data)
    for _ in range(random.randint(1, most)):
        random.choice(_DAMAGES)(damaged, random)
    return bytes(damaged)


def _position(data: bytearray, random: Random) -> int:
    return random.randint(0, len(data))


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _replace(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _insert(data: bytearray, random: Random) -> None:
    at = _position(data, random)
    data[at:at] = random.randbytes(random.choice((1, 2, 4, 8, 40)))


def _remove(data: bytearray, random: Random) -> None:
    at = _position(data, random)
    del data[at : at + random.choice((1, 2, 4, 8, 40))]


def _repeat(data: bytearray, random: Random) -> None:
    at = _position(data, random)
    data[at:at] = data[at : at + random.choice((2, 8, 40, 400))] * random.randint(1, 3)


def _move(data: bytearray, random: Random) -> None:
    at, size = _position(data, random), random.choice((2, 4, 8, 40))
    piece = data[at : at + size]
    del data[at : at + size]
    at = _position(data, random)
    data[at:at] = piece


def _cut(data: bytearray, random: Random) -> None:
    if random.random() < 0.3:
        del data[_position(data, random) :]


def _length(data: bytearray, random: Random) -> None:
    """Put a number that is odd as a length over some bytes."""
    size = random.choice((2, 4))
    numbers = LENGTHS_32 if size == 4 else [number for number in LENGTHS if number < 0x10000]
    at = _position(data, random)
    data[at : at + size] = random.choice(numbers).to_bytes(size, random.choice(("little", "big")))


def _token(data: bytearray, random: Random) -> None:
    at, token = _position(data, random), random.choice(_TOKENS)
    data[at : at + random.choice((0, len(token)))] = token


_DAMAGES = (_flip, _flip, _replace, _insert, _remove, _repeat, _move, _cut, _length, _length, _token)
