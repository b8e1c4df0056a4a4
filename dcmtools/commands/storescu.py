"""``dcmtools storescu``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

from typer import Argument

from dcmtools.cli.console import Console
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import Address, GeneralOptions, PeerOptions, PeerPort, RequestedSyntaxOptions, flag
from dcmtools.cli.peer import limits, peer, requested_syntaxes
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.errors import ExitCode
from dcmtools.net.events import NotStored, Skipped, Stored
from dcmtools.net.inputs import plan_inputs
from dcmtools.net.sending import SendingTerms
from dcmtools.net.statuses import ELEMENTS_DISCARDED
from dcmtools.net.store import StoreRequest, store

Paths = Annotated[
    list[str], Argument(metavar="PATH", help="DICOM files and folders to send", show_default=False)
]


@dataclass
class _Tally:
    """What became of the files; `size` is in bytes, `began` on the monotonic clock."""

    began: float
    stored: int = 0
    failed: int = 0
    skipped: int = 0
    incomplete: int = 0
    size: int = 0

    def count(self, event: object) -> None:
        match event:
            case Stored(size=size, status=status):
                self.stored += 1
                self.size += size
                self.incomplete += status == ELEMENTS_DISCARDED
            case NotStored():
                self.failed += 1

    @property
    def exit_code(self) -> ExitCode:
        if not self.stored:
            return ExitCode.FAILURE
        return ExitCode.PARTIAL if self.failed or self.incomplete else ExitCode.OK

    def __str__(self) -> str:
        seconds = time.monotonic() - self.began
        size = f"{self.size / 1e6:.1f} MB in {seconds:.1f} s"
        text = f"Stored {self.stored} of {self.stored + self.failed} files ({size})"
        if self.failed:
            text += f", {self.failed} failed"
        if self.incomplete:
            text += f", {self.incomplete} with elements discarded"
        if self.skipped:
            text += f", {self.skipped} skipped"
        return text


def storescu(
    addr: Address,
    port: PeerPort,
    path: Paths,
    recurse: Annotated[bool, flag("-r", "--recurse", help="send the files in folders below too")] = False,
    required_contexts: Annotated[
        bool,
        flag(
            "-cx",
            "--required-contexts",
            help="propose only the files' own transfer syntaxes, no alternatives",
        ),
    ] = False,
    decompress: Annotated[
        bool,
        flag(
            "--decompress",
            help="send compressed objects uncompressed where the peer refuses their transfer syntax (needs "
            "the codecs that come with dcmtools[pixels])",
        ),
    ] = False,
    syntaxes: RequestedSyntaxOptions = RequestedSyntaxOptions(),
    network: PeerOptions = PeerOptions(calling_aet="STORESCU"),
    tls: PeerTlsOptions = PeerTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Send DICOM files to a peer with C-STORE."""
    console = Console(set_up(general, "storescu"))
    tally = _Tally(time.monotonic())
    paths = [str(Path(name).resolve()) for name in path] if required_contexts else path
    files = _planned(console, tally, paths, recurse=recurse)
    first = next(files, None)
    if first is None:
        console.error("No suitable DICOM files found")
        return ExitCode.FAILURE
    request = StoreRequest(
        peer(addr, port, network, tls, identity),
        network.calling_aet,
        limits(network),
        alternatives=requested_syntaxes(syntaxes),
        exact=required_contexts,
        terms=SendingTerms(decompress=decompress),
    )
    for event in store(request, chain([first], files)):
        console.show(event)
        tally.count(event)
    console.summary(str(tally), failed=tally.exit_code != ExitCode.OK)
    return tally.exit_code


def _planned(console: Console, tally: _Tally, paths: list[str], *, recurse: bool) -> Iterator[InstanceFile]:
    """Yield the files that can be sent; show and count the others."""
    for found in plan_inputs(paths, recurse=recurse):
        if isinstance(found, InstanceFile):
            yield found
            continue
        console.show(found)
        if isinstance(found, Skipped):
            tally.skipped += 1
        else:
            tally.failed += 1
