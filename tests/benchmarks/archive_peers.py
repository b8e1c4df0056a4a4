"""The archives that are compared, and those who query them and retrieve from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .archive_studies import INDEX
from .peers import HOST, Client, Service, installed, ours, pynetdicom

AE_TITLE = "ARCHIVE"
DESTINATION = "STORESCP"
"""The AE title of the C-MOVE destination that all archives know."""

_INI = """\
[DEFAULT]
ae_title: {ae_title}
port: {port}
max_pdu: {max_pdu}
acse_timeout: 30
dimse_timeout: 30
network_timeout: 30
bind_address: {host}
instance_location: {folder}/instances
database_location: {folder}/instances.sqlite

[{destination}]
address: {host}
port: {move_port}
"""

_DCMQRSCP = """\
NetworkTCPPort = {port}
MaxPDUSize = 131072
MaxAssociations = 16
HostTable BEGIN
destination = ({destination}, {host}, {move_port})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
{ae_title} {folder} RW (1000, 100000mb) ANY
AETable END
"""

LARGE_PDU = 131072
_SMALL_PDU = 16382


def _ini(port: int, folder: Path, move_port: int, max_pdu: int) -> str:
    path = folder.with_suffix(".ini")
    path.write_text(
        _INI.format(
            ae_title=AE_TITLE,
            port=port,
            folder=folder,
            host=HOST,
            destination=DESTINATION,
            move_port=move_port or 1,
            max_pdu=max_pdu,
        )
    )
    return str(path)


def qrscp(move_port: int = 0, sync: str = "none") -> Service:
    """Our archive; C-MOVE goes to `move_port`."""
    return Service(
        f"qrscp --sync {sync}",
        lambda port, folder: ours("qrscp", "-c", _ini(port, folder, move_port, LARGE_PDU), "--sync", sync),
    )


def qrscp_with_index(index: Path) -> Service:
    """Our archive with the index in a folder."""
    location = ("--database-location", str(index / INDEX))
    return Service(
        f"qrscp, {index.name}",
        lambda port, folder: ours("qrscp", "-c", _ini(port, folder, 0, LARGE_PDU), *location),
    )


def pynetdicom_qrscp(move_port: int = 0) -> Service:
    """pynetdicom's archive."""
    return Service(
        "pynetdicom qrscp",
        lambda port, folder: pynetdicom("qrscp", "-c", _ini(port, folder, move_port, _SMALL_PDU)),
    )


def dcmqrscp(move_port: int = 0) -> Service:
    """DCMTK's archive, which has one process for all associations, as it does by default."""

    def command(port: int, folder: Path) -> list[str]:
        path = folder.with_suffix(".cfg")
        path.write_text(
            _DCMQRSCP.format(
                ae_title=AE_TITLE,
                port=port,
                folder=folder,
                host=HOST,
                destination=DESTINATION,
                move_port=move_port or 1,
            )
        )
        return [installed("dcmqrscp"), "-c", str(path), str(port)]

    return Service("dcmqrscp, tuned", command, tuned=True)


def orthanc(move_port: int = 0) -> Service:
    """Orthanc as it is by default: with its own database, and each file on the disk before it answers."""

    def command(port: int, folder: Path) -> list[str]:
        path = folder.with_suffix(".json")
        settings = {
            "StorageDirectory": str(folder),
            "IndexDirectory": str(folder),
            "DicomAet": AE_TITLE,
            "DicomPort": port,
            "DicomAlwaysAllowStore": True,
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowGet": True,
            "DicomAlwaysAllowMove": True,
            "DicomCheckCalledAet": False,
            "DicomModalities": {"destination": [DESTINATION, HOST, move_port or 1]},
            "HttpServerEnabled": False,
            "OverwriteInstances": True,
            "MaximumPduLength": LARGE_PDU,
            "Plugins": [],
        }
        path.write_text(json.dumps(settings))
        return [installed("Orthanc"), str(path)]

    return Service("Orthanc", command, tuned=True)


Archive = Callable[[int], Service]
ARCHIVES: dict[str, Archive] = {
    "qrscp": qrscp,
    "dcmqrscp": dcmqrscp,
    "Orthanc": orthanc,
    "pynetdicom qrscp": pynetdicom_qrscp,
}


SENDER = Client(
    "DCMTK storescu, tuned",
    lambda port, folder: [installed("storescu"), "-aec", AE_TITLE, HOST, str(port), "+sd", str(folder)],
    tuned=True,
)
