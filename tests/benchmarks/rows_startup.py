"""Work that is next to nothing: C-ECHO, and the help."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from .peers import (
    DCMTK_STORESCP_IGNORE,
    HOST,
    OUR_ECHOSCP,
    PYNETDICOM_ECHOSCP,
    SHORT_TIMEOUT,
    Service,
    installed,
    ours,
    pynetdicom,
)
from .races import Figure, Race, Row, Target
from .runs import Variant, alone, call, drive_echo, each, repeating_failures
from .scale import Scale

_MICROSECONDS = Figure("seconds", "µs", 1e-6)
_PEERS = Path(__file__).with_name("peers.toml")
_EMPTY_APP = Path(__file__).with_name("empty_app.py")


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    yield _many_echoes(scale.echoes, scale.their_echoes)
    yield _one_echo()
    yield _help()


def _pynetdicom_echoes(service: Service, count: int) -> Variant:
    arguments = ("--repeat", str(count), *SHORT_TIMEOUT)
    return repeating_failures(call(lambda port: pynetdicom("echoscu", HOST, str(port), *arguments), service))


def _many_echoes(count: int, their_count: int) -> Race:
    def theirs(service: Service, sent: int) -> Variant:
        return each(_pynetdicom_echoes(service, sent), their_count)

    what = f"one of {count} C-ECHOs on an association"
    than = f"(of {their_count}, less its time for a single one)"
    return Race(
        [
            Row(
                "echoes",
                f"{what}, echoscu → DCMTK storescp tuned, against pynetdicom's echoscu {than}",
                "echoscu",
                "pynetdicom echoscu",
                Target("times faster", 20),
                peer_startup="pynetdicom echoscu, one",
                figure=_MICROSECONDS,
            ),
            Row(
                "echoes-both",
                f"{what}, echoscu → echoscp, against pynetdicom's pair {than}",
                "echoscu → echoscp",
                "pynetdicom → pynetdicom",
                Target("times faster", 20),
                peer_startup="pynetdicom → pynetdicom, one",
                figure=_MICROSECONDS,
            ),
        ],
        {
            "echoscu": each(drive_echo(DCMTK_STORESCP_IGNORE, count), count),
            "pynetdicom echoscu": theirs(DCMTK_STORESCP_IGNORE, their_count),
            "pynetdicom echoscu, one": theirs(DCMTK_STORESCP_IGNORE, 1),
            "echoscu → echoscp": each(drive_echo(OUR_ECHOSCP, count), count),
            "pynetdicom → pynetdicom": theirs(PYNETDICOM_ECHOSCP, their_count),
            "pynetdicom → pynetdicom, one": theirs(PYNETDICOM_ECHOSCP, 1),
        },
    )


def _one_echo() -> Race:
    receiver = DCMTK_STORESCP_IGNORE
    return Race(
        [
            Row(
                "echo",
                "echoscu, whole process → DCMTK storescp tuned, against pynetdicom's echoscu",
                "echoscu",
                "pynetdicom echoscu",
                Target("ratio", 1.2),
            ),
            Row(
                "echo-dcmtk",
                "echoscu, whole process → DCMTK storescp tuned, against DCMTK's echoscu",
                "echoscu",
                "DCMTK echoscu",
            ),
        ],
        {
            "echoscu": call(lambda port: ours("echoscu", HOST, str(port)), receiver),
            "pynetdicom echoscu": _pynetdicom_echoes(receiver, 1),
            "DCMTK echoscu": call(lambda port: [installed("echoscu"), HOST, str(port)], receiver),
        },
    )


def _help() -> Race:
    return Race(
        [
            Row(
                "help",
                "dcmtools --help, against --help of a Typer app with one empty command",
                "dcmtools --help",
                "empty app --help",
                Target("ratio", 1.1),
            ),
            Row(
                "completion",
                "dcmtools peers --names (completes a peer), against --help of a Typer app with one empty "
                "command",
                "dcmtools peers --names",
                "empty app --help",
                Target("ratio", 1.1),
            ),
        ],
        {
            "dcmtools --help": alone([sys.executable, "-m", "dcmtools", "--help"]),
            "dcmtools peers --names": alone(
                ["env", f"DCMTOOLS_CONFIG={_PEERS}", sys.executable, "-m", "dcmtools", "peers", "--names"]
            ),
            "empty app --help": alone([sys.executable, _EMPTY_APP, "--help"]),
        },
    )
