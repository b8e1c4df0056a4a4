"""DCMTK as it is by default, with Nagle's algorithm: 40 ms and more for an object among its own programs."""

from __future__ import annotations

from collections.abc import Iterator

from .peers import DCMTK_DCMSEND, DCMTK_STORESCP, DCMTK_STORESCU, OUR_STORESCP, OUR_STORESCU
from .races import Race, Row, Target
from .runs import drive_store, objects, send
from .scale import Scale

_TIMES_FASTER = {"ct": (20, 25), "small": (80, 60)}  # sending, receiving


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    for kind in ("ct", "small"):
        yield _storescu(kind, scale.slow_of(kind))
        yield _dcmsend(kind, scale.slow_of(kind))


def _storescu(kind: str, count: int) -> Race:
    sending, receiving = _TIMES_FASTER[kind]
    choice = objects(kind, count)
    return Race(
        [
            Row(
                f"default-send-{kind}",
                f"storescu of {count} {kind} → DCMTK storescp default, against DCMTK storescu default",
                "storescu → DCMTK",
                "DCMTK → DCMTK",
                Target("times faster", sending),
            ),
            Row(
                f"default-send-{kind}-transfer",
                "the same: transfer alone (DCMTK: less the time for one small object)",
                "storescu → DCMTK, transfer",
                "DCMTK → DCMTK",
                Target("times faster", sending),
                peer_startup="DCMTK → DCMTK, start-up",
            ),
            Row(
                f"default-receive-{kind}",
                f"DCMTK storescu default of {count} {kind} → storescp, against → DCMTK storescp default",
                "DCMTK → storescp",
                "DCMTK → DCMTK",
                Target("times faster", receiving),
            ),
        ],
        {
            "storescu → DCMTK": send(OUR_STORESCU, DCMTK_STORESCP, choice),
            "storescu → DCMTK, transfer": drive_store(DCMTK_STORESCP, choice),
            "DCMTK → storescp": send(DCMTK_STORESCU, OUR_STORESCP, choice),
            "DCMTK → DCMTK": send(DCMTK_STORESCU, DCMTK_STORESCP, choice),
            "DCMTK → DCMTK, start-up": send(DCMTK_STORESCU, DCMTK_STORESCP, objects("small", 1)),
        },
    )


def _dcmsend(kind: str, count: int) -> Race:
    _, receiving = _TIMES_FASTER[kind]
    choice = objects(kind, count)
    return Race(
        [
            Row(
                f"default-dcmsend-{kind}",
                f"DCMTK dcmsend default of {count} {kind} → storescp, against → DCMTK storescp default",
                "dcmsend → storescp",
                "dcmsend → DCMTK",
                Target("times faster", receiving),
            )
        ],
        {
            "dcmsend → storescp": send(DCMTK_DCMSEND, OUR_STORESCP, choice),
            "dcmsend → DCMTK": send(DCMTK_DCMSEND, DCMTK_STORESCP, choice),
        },
    )
