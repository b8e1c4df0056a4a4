"""Orthanc as a peer: an archive with a REST interface to look at what it keeps."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ...ports import free_port
from .dcmtk import ENVIRONMENT
from .processes import Server, accepts_connections, require, running

AE_TITLE = "ORTHANC"


class Query(NamedTuple):
    """A query that Orthanc made, and the answers by their keywords."""

    identifier: str
    answers: list[dict[str, str]]


@dataclass
class Orthanc:
    """A running Orthanc; `port` is its DICOM port."""

    server: Server
    http_port: int

    @property
    def port(self) -> int:
        return self.server.port

    def instances(self) -> dict[str, str]:
        """Orthanc's identifier of each instance that it keeps, by SOP Instance UID."""
        found = json.loads(self._request("GET", "/instances?expand"))
        return {instance["MainDicomTags"]["SOPInstanceUID"]: instance["ID"] for instance in found}

    def file(self, identifier: str) -> bytes:
        """The DICOM file that Orthanc keeps of an instance."""
        return self._request("GET", f"/instances/{identifier}/file")

    def upload(self, path: Path) -> None:
        """Give Orthanc a DICOM file, not by DICOM."""
        self._request("POST", "/instances", path.read_bytes())

    def add_modality(self, ae_title: str, port: int) -> None:
        """Make `ae_title` known as a peer on `port` of this machine."""
        modality: dict[str, Any] = {"AET": ae_title, "Host": "127.0.0.1", "Port": port}
        self._request("PUT", f"/modalities/{ae_title.lower()}", json.dumps(modality).encode())

    def verify(self, modality: str) -> None:
        """Let Orthanc send a C-ECHO to a modality; an error is an exception."""
        self._request("POST", f"/modalities/{modality.lower()}/echo", b"{}")

    def store(self, modality: str, identifiers: Sequence[str]) -> None:
        """Let Orthanc send instances that it keeps to a modality with C-STORE; an error is an exception."""
        body = json.dumps({"Resources": list(identifiers), "Synchronous": True}).encode()
        self._request("POST", f"/modalities/{modality.lower()}/store", body)

    def query(self, modality: str, level: str, keys: Mapping[str, str]) -> Query:
        """Let Orthanc query a modality with C-FIND."""
        body = json.dumps({"Level": level, "Query": dict(keys)}).encode()
        found = json.loads(self._request("POST", f"/modalities/{modality.lower()}/query", body))
        answers = json.loads(self._request("GET", f"/queries/{found['ID']}/answers?expand&simplify"))
        return Query(found["ID"], answers)

    def retrieve(self, query: Query) -> None:
        """Let Orthanc have what it found sent to itself with C-MOVE; an error is an exception."""
        self._request("POST", f"/queries/{query.identifier}/retrieve", AE_TITLE.encode())

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        url = f"http://127.0.0.1:{self.http_port}{path}"
        request = urllib.request.Request(url, data=body, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            content: bytes = response.read()
        return content


@contextmanager
def orthanc(folder: Path, port: int | None = None) -> Iterator[Orthanc]:
    """Orthanc without plugins and with an empty storage, open to every AE title.

    It is killed at the end: its own way down takes seconds, and nobody looks at its storage again.
    """
    program = require("Orthanc")
    folder.mkdir(parents=True, exist_ok=True)
    http_port = free_port()

    def command(port: int) -> list[str | Path]:
        config = folder / "orthanc.json"
        config.write_text(json.dumps(_configuration(folder, port, http_port)))
        return [program, "--verbose", config]

    def ready(server: Server) -> bool:
        return accepts_connections(http_port) and accepts_connections(server.port)

    with running(
        "Orthanc", command, folder, ready=ready, port=port, env=ENVIRONMENT, stop_with=signal.SIGKILL
    ) as server:
        yield Orthanc(server, http_port)


def _configuration(folder: Path, port: int, http_port: int) -> dict[str, Any]:
    return {
        "Name": "interop",
        "DicomAet": AE_TITLE,
        "DicomPort": port,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "UnknownSopClassAccepted": True,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "OverwriteInstances": True,
        "Plugins": [],
    }
