"""The applications that come with pynetdicom, as peers."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .dcmtk import Storage
from .processes import Server, missing, running

QRSCP_AE_TITLE = "QRSCP"


_LOST_RESPONSE = "Received unexpected"
_ATTEMPTS = 3


def app(name: str, *arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one of pynetdicom's clients to its end, and again if it lost a response.

    Where an answer comes fast, the client's reactor thread sometimes takes it for an unexpected
    message, and the client waits in vain.
    """
    command = [*_command(name), "-v", "-td", "5", *map(str, arguments)]
    for _ in range(_ATTEMPTS):
        completed = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        if _LOST_RESPONSE not in completed.stderr:
            break
    return completed


@contextmanager
def echoscp(folder: Path) -> Iterator[Server]:
    """pynetdicom's echoscp."""
    with running(
        "pynetdicom echoscp", lambda port: [*_command("echoscp"), "-v", str(port)], folder
    ) as server:
        yield server


@contextmanager
def storescp(folder: Path) -> Iterator[Storage]:
    """pynetdicom's storescp; it writes what it receives to ``PREFIX.UID``, one over the other."""
    received = folder / "received"
    received.mkdir(parents=True)

    def command(port: int) -> list[str | Path]:
        return [*_command("storescp"), "-v", "-od", received, str(port)]

    with running("pynetdicom storescp", command, folder) as server:
        yield Storage(server, received)


_QRSCP_CONFIG = """\
[DEFAULT]
ae_title: {ae_title}
port: {port}
max_pdu: 16382
acse_timeout: 30
dimse_timeout: 30
network_timeout: 30
bind_address: 127.0.0.1
instance_location: {folder}/instances
database_location: {folder}/instances.sqlite
log_identifier: True
"""


@contextmanager
def qrscp(folder: Path, destinations: Mapping[str, int]) -> Iterator[Server]:
    """pynetdicom's archive, empty; it needs SQLAlchemy, which dcmtools does not."""
    if importlib.util.find_spec("sqlalchemy") is None:
        missing("pynetdicom's qrscp needs SQLAlchemy")

    def command(port: int) -> list[str | Path]:
        config = folder / "qrscp.ini"
        text = _QRSCP_CONFIG.format(ae_title=QRSCP_AE_TITLE, port=port, folder=folder)
        for title, destination in destinations.items():
            text += f"\n[{title}]\naddress: 127.0.0.1\nport: {destination}\n"
        config.write_text(text)
        return [*_command("qrscp"), "-v", "-c", config]

    with running("pynetdicom qrscp", command, folder) as server:
        yield server


def _command(name: str) -> list[str | Path]:
    return [sys.executable, "-m", "pynetdicom", name]
