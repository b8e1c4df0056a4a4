"""``dcmtools demo``: the product shows itself on the sample files that come with pydicom."""

from __future__ import annotations

import queue
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

from pydicom.data import get_testdata_file
from rich.box import SIMPLE_HEAD
from rich.console import Console as RichConsole
from rich.table import Table
from rich.text import Text
from typer import Option

from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.dicom.part10 import InstanceFile, check_complete, read_instance
from dcmtools.dicom.storing import InstanceStore
from dcmtools.dicom.text import safe_text
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN
from dcmtools.errors import ExitCode, FileError
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.contexts import STORAGE_SOP_CLASSES, describe
from dcmtools.net.echo import VERIFICATION, echo, verification_context
from dcmtools.net.events import BadFile, NotStored, Received, Skipped, Stored, Unidentified
from dcmtools.net.files import dataset_pieces, whole_dataset
from dcmtools.net.inputs import plan_inputs
from dcmtools.net.reception import StorageProvider
from dcmtools.net.server import Event as ServerEvent
from dcmtools.net.server import Server, ServerSettings
from dcmtools.net.statuses import describe_status
from dcmtools.net.store import StoreRequest, store
from dcmtools.net.transfer_syntaxes import acceptable

_HERE = "127.0.0.1"
_AE_TITLE = "DEMO"
_WIDTH = 150  # columns of the table where there is no terminal


@dataclass
class _Row:
    """What became of one sample file; `identical` stays None where nothing was stored."""

    path: str
    file: InstanceFile | None
    status: str
    identical: bool | None = None


def demo(
    keep: Annotated[
        Path | None,
        Option(
            "--keep", metavar="DIRECTORY", help="keep the received files in this folder", show_default=False
        ),
    ] = None,
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Send sample files through storescu to storescp and check each byte.

    The files are the real ones that come with pydicom; nothing leaves this machine. Exit status 0
    means that every file that can be stored arrived with an identical dataset.
    """
    set_up(general, "demo")
    screen = RichConsole(highlight=False, soft_wrap=True)
    if not screen.is_terminal:
        screen.width = _WIDTH
    began = time.monotonic()
    with _folder(keep) as folder:
        received: queue.SimpleQueue[Received] = queue.SimpleQueue()
        with _receiver(folder, received) as server:
            peer = Peer(_HERE, server.port, _AE_TITLE)
            screen.print(Text(f"storescp listens on {peer} and stores in {folder}"))
            screen.print(Text(f"echoscu: {_echo(peer)}"))
            rows = _send(peer, received)
    screen.print(_table(rows))
    storable = [row for row in rows if row.file is not None]
    identical = [row for row in storable if row.identical]
    size = sum(row.file.length for row in identical if row.file is not None)
    screen.print(
        Text(
            f"{len(identical)} of {len(storable)} files were stored with an identical dataset "
            f"({size / 1e6:.1f} MB); {len(rows) - len(storable)} cannot be stored; "
            f"{time.monotonic() - began:.1f} s"
        )
    )
    return ExitCode.OK if storable and len(identical) == len(storable) else ExitCode.FAILURE


def _folder(keep: Path | None) -> AbstractContextManager[Path]:
    return _temporary_folder() if keep is None else nullcontext(keep)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dcmtools-demo-") as folder:
        yield Path(folder)


@contextmanager
def _receiver(folder: Path, received: queue.SimpleQueue[Received]) -> Iterator[Server]:
    """Run a Storage SCP on a free port of the loopback interface."""

    def report(event: ServerEvent) -> None:
        if isinstance(event, Received):
            received.put(event)

    objects = InstanceStore(folder)
    objects.prepare()
    settings = ServerSettings(
        ae_title=_AE_TITLE,
        port=0,
        sop_classes=(*STORAGE_SOP_CLASSES, VERIFICATION),
        transfer_syntaxes=acceptable(),
        bind_address=_HERE,
        any_sop_class=True,
    )
    server = Server(settings, report, StorageProvider(objects, report))
    try:
        yield server
    finally:
        server.stop()


def _echo(peer: Peer) -> str:
    with associate(
        peer, _AE_TITLE, [verification_context([EXPLICIT_VR_LITTLE_ENDIAN])], Limits()
    ) as association:
        answer = next(echo(association, 1))
    return f"{describe_status(answer.status, 'verification')} after {answer.seconds * 1000:.1f} ms"


def _send(peer: Peer, received: queue.SimpleQueue[Received]) -> list[_Row]:
    """Send all samples; compare each with what was received before its response."""
    rows = {row.path: row for row in _plan()}
    files = [row.file for row in rows.values() if row.file is not None]
    for event in store(StoreRequest(peer, _AE_TITLE, Limits()), files):
        match event:
            case Stored(path, status=status):
                rows[path].status = describe_status(status, "storage")
                rows[path].identical = _is_identical(rows[path].file, received.get_nowait().path)
            case NotStored(path, reason):
                rows[path].status = reason
    return list(rows.values())


def _plan() -> Iterator[_Row]:
    folder = Path(str(get_testdata_file("CT_small.dcm", download=False))).parent
    for found in plan_inputs([str(folder)], recurse=True):
        if not isinstance(found, InstanceFile):
            if isinstance(found, BadFile | Unidentified | Skipped):
                yield _Row(found.path, None, found.reason)
            continue
        try:
            check_complete(found)
        except FileError as exc:
            yield _Row(found.path, None, exc.reason)
        else:
            yield _Row(found.path, found, "")


def _is_identical(sent: InstanceFile | None, path: str | None) -> bool:
    if sent is None or path is None:
        return False
    pieces = zip_longest(whole_dataset(sent, sent.transfer_syntax_uid), dataset_pieces(read_instance(path)))
    return all(ours == theirs for ours, theirs in pieces)


def _table(rows: list[_Row]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("file", "SOP class", "transfer syntax", "status", "bytes", "identical"):
        table.add_column(heading, justify="right" if heading == "bytes" else "left", overflow="fold")
    for row in rows:
        file = row.file
        cells = [Path(row.path).name, "", "", row.status, "", ""]
        if file is not None:
            cells[1:3] = [describe(file.sop_class_uid), describe(file.transfer_syntax_uid)]
            cells[4:] = [f"{file.length:,}", {True: "yes", False: "NO", None: ""}[row.identical]]
        table.add_row(*(Text(safe_text(cell)) for cell in cells))
    return table
