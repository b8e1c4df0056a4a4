"""Work that is next to nothing: C-ECHO, and the help."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from .peers import DCMTK_STORESCP_IGNORE, HOST, OUR_ECHOSCP, PYNETDICOM_ECHOSCP, Service, installed, ours, theirs
from .races import Race, Row, Target
from .runs import alone, call, drive_echo
from .scale import Scale

_EMPTY_APP = Path(__file__).with_name("empty_app.py")


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    yield _many_echoes(scale.echoes)
    yield _one_echo()
    yield _help()


def _their_echoes(count: int) -> list[str]:
    return ["--repeat", str(count)]


def _many_echoes(count: int) -> Race:
    def theirs_to(service: Service, repeat: int):  # type: ignore[no-untyped-def]
        return call(lambda port: theirs("echoscu", HOST, str(port), "--repeat", str(repeat)), service)

    return Race(
        [
            Row(
                "echoes",
                f"{count} C-ECHOs on one association → DCMTK storescp tuned, against pynetdicom's echoscu",
                "echoscu",
                "pynetdicom echoscu",
                Target("times faster", 20),
                peer_startup="pynetdicom echoscu, one",
            ),
            Row(
                "echoes-both",
                f"{count} C-ECHOs on one association, echoscu → echoscp, against pynetdicom's pair",
                "echoscu → echoscp",
                "pynetdicom → pynetdicom",
                Target("times faster", 20),
                peer_startup="pynetdicom → pynetdicom, one",
            ),
        ],
        {
            "echoscu": drive_echo(DCMTK_STORESCP_IGNORE, count),
            "pynetdicom echoscu": theirs_to(DCMTK_STORESCP_IGNORE, count),
            "pynetdicom echoscu, one": theirs_to(DCMTK_STORESCP_IGNORE, 1),
            "echoscu → echoscp": drive_echo(OUR_ECHOSCP, count),
            "pynetdicom → pynetdicom": theirs_to(PYNETDICOM_ECHOSCP, count),
            "pynetdicom → pynetdicom, one": theirs_to(PYNETDICOM_ECHOSCP, 1),
        },
    )
