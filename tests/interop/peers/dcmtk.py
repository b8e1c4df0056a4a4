"""DCMTK's programs as peers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydicom import Dataset, config, dcmread

from ...samples import Sample
from .processes import Server, missing, require, running

AE_TITLE = "DCMQRSCP"
ENVIRONMENT = {**os.environ, "TCP_NODELAY": "1"}
"""Without it DCMTK's own messages wait 40 ms for each other."""


def program(name: str) -> Path:
    """The path of one of DCMTK's programs.

    It is looked for beside dcmdump: programs of pynetdicom have the same names as DCMTK's others,
    and in a virtual environment they come first.
    """
    path = Path(require("dcmdump")).parent / name
    return path if path.exists() else missing(f"DCMTK has no {name} here")


def dcmtk(
    name: str, *arguments: object, timeout: float = 60, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of DCMTK's clients to its end."""
    command = [str(program(name)), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=timeout, cwd=cwd, env=ENVIRONMENT
    )


class FindResult(NamedTuple):
    """What DCMTK's findscu got: the identifiers of the matches, and what it logged."""

    matches: list[Dataset]
    log: str
    returncode: int

    def values(self, keyword: str) -> list[str]:
        """The values of an attribute in all matches, in order."""
        return sorted(str(match.get(keyword, "(missing)")) for match in self.matches)


def findscu(port: int, *keys: object, folder: Path, model: str = "-S", called: str = "QRSCP") -> FindResult:
    """Query with DCMTK's findscu, which writes each match to a file in `folder`, made for it."""
    folder.mkdir()
    options = [option for key in keys for option in ("-k", key)]
    ended = dcmtk("findscu", "-d", model, "-aec", called, "-X", "-od", folder, *options, "127.0.0.1", port)
    with config.disable_value_validation():
        matches = [dcmread(path) for path in sorted(folder.glob("rsp*.dcm"))]
        for match in matches:
            match.decode()
    return FindResult(matches, ended.stdout + ended.stderr, ended.returncode)


@dataclass
class Storage:
    """A storage SCP and the folder that it writes to."""

    server: Server
    folder: Path

    @property
    def port(self) -> int:
        return self.server.port

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.is_file())


@contextmanager
def storescp(folder: Path, *options: str, port: int | None = None) -> Iterator[Storage]:
    """DCMTK's storescp, which writes the datasets that it receives unchanged, each to a file of its own."""
    scp = program("storescp")
    received = folder / "received"
    received.mkdir(parents=True, exist_ok=True)

    def command(port: int) -> list[str | Path]:
        return [scp, "-v", "+xa", "+B", "+uf", "--promiscuous", "-od", received, *options, str(port)]

    with running("DCMTK storescp", command, folder, port=port, env=ENVIRONMENT) as server:
        yield Storage(server, received)


_QRSCP_CONFIG = """\
NetworkTCPPort  = {port}
MaxPDUSize      = 16384
MaxAssociations = 16
HostTable BEGIN
{hosts}
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
{ae_title} {storage} RW (500, 1024mb) ANY
AETable END
"""


@contextmanager
def dcmqrscp(folder: Path, destinations: Mapping[str, int] | None = None, *options: str) -> Iterator[Server]:
    """DCMTK's archive, empty; `destinations` are the ports of the AE titles that C-MOVE may name."""
    scp = program("dcmqrscp")
    storage = folder / "storage"
    storage.mkdir(parents=True)
    hosts = "\n".join(
        f"{title.lower()} = ({title}, 127.0.0.1, {port})" for title, port in (destinations or {}).items()
    )

    def command(port: int) -> list[str | Path]:
        config = folder / "dcmqrscp.cfg"
        config.write_text(
            _QRSCP_CONFIG.format(port=port, hosts=hosts, ae_title=AE_TITLE, storage=storage), encoding="ascii"
        )
        return [scp, "-v", "-c", config, *options, str(port)]

    with running("dcmqrscp", command, folder, env=ENVIRONMENT) as server:
        yield server


def profile(samples: Iterable[Sample], file: Path) -> list[str]:
    """The options that let DCMTK's storescu propose the samples' own transfer syntaxes, and no others."""
    contexts: dict[str, set[str]] = {}
    for sample in samples:
        contexts.setdefault(sample.transfer_syntax, set()).add(sample.sop_class)
    lines = ["[[TransferSyntaxes]]"]
    for number, syntax in enumerate(contexts, start=1):
        lines += [f"[Syntax{number}]", f"TransferSyntax1 = {syntax}"]
    lines += ["[[PresentationContexts]]", "[Contexts]"]
    pairs = [
        (f"Syntax{n}", sop) for n, classes in enumerate(contexts.values(), start=1) for sop in sorted(classes)
    ]
    lines += [f"PresentationContext{n} = {sop}\\{syntax}" for n, (syntax, sop) in enumerate(pairs, start=1)]
    lines += ["[[Profiles]]", "[Samples]", "PresentationContexts = Contexts"]
    file.write_text("\n".join(lines) + "\n", encoding="ascii")
    return ["-xf", str(file), "Samples"]
