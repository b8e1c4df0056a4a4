"""How much each benchmark sends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of objects; `big` is the size of the pixel data of one object in bytes.

    `slow_*` are for rows with a peer that takes 10 to 90 ms for an object, `few` for rows without a
    target. The fewer objects, the more the start-up weighs, which favours the peer.
    `their_echoes` are those that pynetdicom's echoscu sends on one association: of a thousand it
    often loses a response. `archived` small objects are stored into an archive, `archived_slow`
    into one that takes the longer the more it has: dcmqrscp 300 s and more for 10,000. `indexed` are
    the numbers of instances in the indexes that are queried.
    """

    ct: int
    small: int
    some_ct: int
    some_small: int
    slow_ct: int
    slow_small: int
    few: int
    many_ct: int
    many_small: int
    big: int
    planned: tuple[int, int]
    echoes: int
    their_echoes: int
    archived: int
    archived_slow: int
    indexed: tuple[int, int]

    def all_of(self, kind: str) -> int:
        """Return the largest number of objects of a kind, "ct" or "small"."""
        return self.ct if kind == "ct" else self.small

    def some_of(self, kind: str) -> int:
        """Return the usual number of objects of a kind."""
        return self.some_ct if kind == "ct" else self.some_small

    def slow_of(self, kind: str) -> int:
        """Return the number of objects of a kind for a slow peer."""
        return self.slow_ct if kind == "ct" else self.slow_small

    def many_of(self, kind: str) -> int:
        """Return the number of objects of a kind that eight senders have together."""
        return self.many_ct if kind == "ct" else self.many_small


FULL = Scale(
    ct=2000,
    small=10_000,
    some_ct=500,
    some_small=1000,
    slow_ct=500,
    slow_small=1000,
    few=150,
    many_ct=1000,
    many_small=4000,
    big=1_500_000_000,
    planned=(10_000, 100_000),
    echoes=1000,
    their_echoes=200,
    archived=10_000,
    archived_slow=2000,
    indexed=(100_000, 1_000_000),
)

QUICK = Scale(
    ct=40,
    small=200,
    some_ct=20,
    some_small=40,
    slow_ct=5,
    slow_small=5,
    few=5,
    many_ct=40,
    many_small=80,
    big=50_000_000,
    planned=(500, 2000),
    echoes=100,
    their_echoes=50,
    archived=100,
    archived_slow=60,
    indexed=(100_000, 200_000),
)
