"""Receiving: our storescp against the peers', from the same senders."""

from __future__ import annotations

from collections.abc import Iterator

from .peers import (
    DCMTK_STORESCP_FORK,
    DCMTK_STORESCP_TUNED,
    DCMTK_STORESCU_TUNED,
    OUR_STORESCP,
    OUR_STORESCP_WORKERS,
    PYNETDICOM_STORESCP,
    WORKERS,
    storescp_with,
)
from .races import Race, Row, Target
from .runs import objects, send, send_together
from .scale import Scale

_SENDERS = 8
_OPTIONS = {
    "sync-data": ("--sync", "data"),
    "sync-full": ("--sync", "full"),
    "template": ("--path-template", "{Modality}-{StudyDate:%Y}-{SOPInstanceUID}.dcm"),
    "room": ("--max-size", "1T", "--min-free", "1M"),
}


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    for kind in ("ct", "small"):
        yield _one_sender(kind, scale.some_of(kind))
    for kind in ("ct", "small"):
        yield _against_pynetdicom(kind, scale.few)
    for kind in ("ct", "small"):
        yield _with_options(kind, scale.some_of(kind))
    for kind in ("ct", "small"):
        yield _many_senders(kind, scale.many_of(kind))


def _one_sender(kind: str, count: int) -> Race:
    sender, choice = DCMTK_STORESCU_TUNED, objects(kind, count)
    return Race(
        [
            Row(
                f"receive-{kind}",
                f"DCMTK storescu tuned of {count} {kind} → storescp, against → DCMTK storescp tuned",
                "storescp",
                "DCMTK storescp",
                Target("ratio", 0.8),
            ),
        ],
        {
            "storescp": send(sender, OUR_STORESCP, choice),
            "DCMTK storescp": send(sender, DCMTK_STORESCP_TUNED, choice),
        },
    )


def _against_pynetdicom(kind: str, count: int) -> Race:
    sender, choice = DCMTK_STORESCU_TUNED, objects(kind, count)
    return Race(
        [
            Row(
                f"receive-pynetdicom-{kind}",
                f"DCMTK storescu tuned of {count} {kind} → storescp, against → pynetdicom storescp",
                "storescp",
                "pynetdicom storescp",
            )
        ],
        {
            "storescp": send(sender, OUR_STORESCP, choice),
            "pynetdicom storescp": send(sender, PYNETDICOM_STORESCP, choice),
        },
    )


def _with_options(kind: str, count: int) -> Race:
    """What safety and order on the disk cost: each option against none."""
    choice = objects(kind, count)
    services = {name: storescp_with(*options) for name, options in _OPTIONS.items()}
    return Race(
        [
            Row(
                f"receive-{name}-{kind}",
                f"DCMTK storescu tuned of {count} {kind} → {service.name}, against → storescp",
                service.name,
                "storescp",
            )
            for name, service in services.items()
        ],
        {
            service.name: send(DCMTK_STORESCU_TUNED, service, choice)
            for service in (OUR_STORESCP, *services.values())
        },
    )


def _many_senders(kind: str, count: int) -> Race:
    sender = DCMTK_STORESCU_TUNED
    work = f"{count} {kind} from {_SENDERS} DCMTK storescu at once"
    return Race(
        [
            Row(
                f"many-{kind}",
                f"{work} → storescp, against all from one",
                f"{_SENDERS} → storescp",
                "1 → storescp",
                Target("ratio", 1.0),
            ),
            Row(
                f"many-fork-{kind}",
                f"{work} → storescp --workers {WORKERS}, against → DCMTK --fork",
                f"{_SENDERS} → storescp --workers",
                f"{_SENDERS} → DCMTK storescp --fork",
                Target("ratio", 1.0),
            ),
            Row(
                f"many-threads-{kind}",
                f"{work} → storescp in one process, against → DCMTK --fork",
                f"{_SENDERS} → storescp",
                f"{_SENDERS} → DCMTK storescp --fork",
            ),
        ],
        {
            f"{_SENDERS} → storescp": send_together(sender, OUR_STORESCP, kind, count, _SENDERS),
            f"{_SENDERS} → storescp --workers": send_together(
                sender, OUR_STORESCP_WORKERS, kind, count, _SENDERS
            ),
            "1 → storescp": send_together(sender, OUR_STORESCP, kind, count, 1),
            f"{_SENDERS} → DCMTK storescp --fork": send_together(
                sender, DCMTK_STORESCP_FORK, kind, count, _SENDERS
            ),
        },
    )
