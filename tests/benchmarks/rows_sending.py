"""Sending: our storescu against the peers', into the same receiver."""

from __future__ import annotations

from collections.abc import Iterator

from .peers import (
    DCMTK_STORESCP_IGNORE,
    DCMTK_STORESCU_TUNED,
    ORTHANC,
    OUR_STORESCU,
    PYNETDICOM_STORESCU,
    Service,
)
from .races import Race, Row, Target
from .runs import Choice, Variant, drive_store, objects, repeating_failures, send
from .scale import Scale

_LIMITS = {"ct": (0.9, 0.75), "small": (0.6, 0.5)}  # whole process, transfer alone
_TIMES_PYNETDICOM = {"ct": 15, "small": 50}


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    for kind in ("ct", "small"):
        yield _against_dcmtk(kind, scale.all_of(kind))
    for kind in ("ct", "small"):
        yield _against_pynetdicom(kind, scale.slow_of(kind))
    for kind in ("ct", "small"):
        yield _into_orthanc(kind, scale.few)


def _against_dcmtk(kind: str, count: int) -> Race:
    whole, alone = _LIMITS[kind]
    receiver = DCMTK_STORESCP_IGNORE
    return Race(
        [
            Row(
                f"send-{kind}",
                f"storescu of {count} {kind} → {receiver.name}, against DCMTK storescu tuned: whole process",
                "storescu",
                "DCMTK storescu",
                Target("ratio", whole),
            ),
            Row(
                f"send-{kind}-transfer",
                "the same: transfer alone (DCMTK: less the time for one small object)",
                "storescu, transfer",
                "DCMTK storescu",
                Target("ratio", alone),
                peer_startup="DCMTK storescu, start-up",
            ),
        ],
        {
            "storescu": send(OUR_STORESCU, receiver, objects(kind, count)),
            "DCMTK storescu": send(DCMTK_STORESCU_TUNED, receiver, objects(kind, count)),
            "storescu, transfer": drive_store(receiver, objects(kind, count)),
            "DCMTK storescu, start-up": send(DCMTK_STORESCU_TUNED, receiver, objects("small", 1)),
        },
    )


def _against_pynetdicom(kind: str, count: int) -> Race:
    receiver, target = DCMTK_STORESCP_IGNORE, Target("times faster", _TIMES_PYNETDICOM[kind])
    return Race(
        [
            Row(
                f"send-pynetdicom-{kind}",
                f"storescu of {count} {kind} → {receiver.name}, against pynetdicom's storescu -cx",
                "storescu",
                "pynetdicom storescu",
                target,
            ),
            Row(
                f"send-pynetdicom-{kind}-transfer",
                "the same: transfer alone (pynetdicom: less the time for one small object)",
                "storescu, transfer",
                "pynetdicom storescu",
                target,
                peer_startup="pynetdicom storescu, start-up",
            ),
        ],
        {
            "storescu": send(OUR_STORESCU, receiver, objects(kind, count)),
            "pynetdicom storescu": _sent_by_pynetdicom(receiver, objects(kind, count)),
            "storescu, transfer": drive_store(receiver, objects(kind, count)),
            "pynetdicom storescu, start-up": _sent_by_pynetdicom(receiver, objects("small", 1)),
        },
    )


def _sent_by_pynetdicom(receiver: Service, choice: Choice) -> Variant:
    return repeating_failures(send(PYNETDICOM_STORESCU, receiver, choice))


def _into_orthanc(kind: str, count: int) -> Race:
    return Race(
        [
            Row(
                f"send-orthanc-{kind}",
                f"storescu of {count} {kind} → Orthanc, against DCMTK storescu tuned",
                "storescu",
                "DCMTK storescu",
            )
        ],
        {
            "storescu": send(OUR_STORESCU, ORTHANC, objects(kind, count)),
            "DCMTK storescu": send(DCMTK_STORESCU_TUNED, ORTHANC, objects(kind, count)),
        },
    )
