"""Both ends ours: storescu → storescp to disk."""

from __future__ import annotations

from collections.abc import Iterator

from .bare import bare
from .data import Data
from .peers import (
    DCMTK_STORESCP_BEST,
    DCMTK_STORESCP_TUNED,
    DCMTK_STORESCU_TUNED,
    OUR_STORESCP,
    OUR_STORESCU,
)
from .races import Figure, Race, Row, Target
from .runs import drive_store, objects, send, send_to_fresh
from .scale import Scale

_WHOLE_PROCESS = {"ct": 0.7, "small": 0.6}
_OVER_BARE = 2.5
_MEGABYTES = 1e6


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    for kind in ("ct", "small"):
        yield _many_objects(kind, scale.all_of(kind))
    yield _one_big_object(scale.big)


def _many_objects(kind: str, count: int) -> Race:
    choice = objects(kind, count)
    return Race(
        [
            Row(
                f"both-{kind}",
                f"storescu → storescp to disk, {count} {kind}, against DCMTK → DCMTK tuned: whole process",
                "storescu → storescp",
                "DCMTK → DCMTK",
                Target("ratio", _WHOLE_PROCESS[kind]),
            ),
            Row(
                f"both-best-{kind}",
                "the same against DCMTK at its best (storescp +B -pdu 131072)",
                "storescu → storescp",
                "DCMTK → DCMTK +B",
            ),
            Row(
                f"both-bare-{kind}",
                f"storescu → storescp to disk, {count} {kind}, transfer alone, against a bare C pair",
                "storescu → storescp, transfer",
                "bare C pair",
                Target("ratio", _OVER_BARE),
            ),
        ],
        {
            "storescu → storescp": send(OUR_STORESCU, OUR_STORESCP, choice),
            "DCMTK → DCMTK": send(DCMTK_STORESCU_TUNED, DCMTK_STORESCP_TUNED, choice),
            "DCMTK → DCMTK +B": send(DCMTK_STORESCU_TUNED, DCMTK_STORESCP_BEST, choice),
            "storescu → storescp, transfer": drive_store(OUR_STORESCP, choice),
            "bare C pair": bare(choice),
        },
    )


def _one_big_object(size: int) -> Race:
    what = f"one object of {size / 1e9:g} GB, storescu → storescp"
    variants = ("storescu → storescp", "DCMTK → DCMTK")
    return Race(
        [
            Row("big-time", f"{what}, against DCMTK → DCMTK tuned", *variants, Target("ratio", 0.3)),
            Row(
                "big-sender-memory",
                f"{what}: peak memory of the sender",
                *variants,
                Target("value", 100),
                figure=Figure("sender_peak", "MB", _MEGABYTES),
            ),
            Row(
                "big-receiver-memory",
                f"{what}: peak memory of the receiver",
                *variants,
                Target("value", 100),
                figure=Figure("receiver_peak", "MB", _MEGABYTES),
            ),
        ],
        {
            "storescu → storescp": send_to_fresh(OUR_STORESCU, OUR_STORESCP, Data.big),
            "DCMTK → DCMTK": send_to_fresh(DCMTK_STORESCU_TUNED, DCMTK_STORESCP_TUNED, Data.big),
        },
    )
