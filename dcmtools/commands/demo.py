"""``dcmtools demo``: the product shows itself on the sample files that come with pydicom."""

from __future__ import annotations

import queue
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

from pydicom.dataset import Dataset
from rich.box import SIMPLE_HEAD
from rich.console import Console as RichConsole
from rich.table import Table
from rich.text import Text
from typer import Option

from dcmtools.cli.archive import instance_store, open_catalog, start_archive
from dcmtools.cli.archive_settings import ArchiveSettings
from dcmtools.cli.console import Console
from dcmtools.cli.demo_transfers import (
    AE_TITLE,
    STUDY_KEYS,
    Retrieval,
    Sample,
    compare,
    find_studies,
    get_studies,
    move_studies,
    send_samples,
    verify,
)
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.dicom.query import text_values
from dcmtools.dicom.storing import InstanceStore, Sync
from dcmtools.dicom.text import safe_text
from dcmtools.errors import ExitCode
from dcmtools.net.association import Peer
from dcmtools.net.contexts import STORAGE_SOP_CLASSES, describe
from dcmtools.net.events import Demonstrated, Received
from dcmtools.net.reception import StorageProvider
from dcmtools.net.server import Event, Server, ServerSettings
from dcmtools.net.transfer_syntaxes import acceptable

_HERE = "127.0.0.1"
_DESTINATION = "WORKSTATION"
_WIDTH = 150  # columns of a table where there is no terminal


def demo(
    keep: Annotated[
        Path | None,
        Option(
            "--keep",
            metavar="DIRECTORY",
            help="keep the archive and what is retrieved in this folder",
            show_default=False,
        ),
    ] = None,
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Store sample files in an archive, find them, get them back and check each byte.

    The files are the real ones that come with pydicom; nothing leaves this machine. Echo, store, find,
    get and move go through qrscp. Exit status 0 means that every file that can be stored arrived with
    an identical dataset, and that all that was asked for came back so with C-GET and with C-MOVE.
    """
    screen = _Screen(Console(set_up(general, "demo")), quiet=general.json)
    began = time.monotonic()
    with _folder(keep) as folder:
        good = _run(screen, folder)
    screen.say("demo", f"all of it took {time.monotonic() - began:.1f} s", good=good)
    return ExitCode.OK if good else ExitCode.FAILURE


class _Screen:
    """Where the demo shows itself: stdout, unless it is `quiet`, and as events."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._screen = RichConsole(highlight=False, soft_wrap=True, quiet=quiet)
        if not self._screen.is_terminal:
            self._screen.width = _WIDTH

    def say(self, step: str, text: str, *, good: bool = True) -> None:
        """Say what came of a step."""
        self._screen.print(Text(text))
        self._console.show(Demonstrated(step, text, good))

    def tabulate(self, table: Table) -> None:
        """Show a table."""
        self._screen.print(table)


def _run(screen: _Screen, folder: Path) -> bool:
    """Do each step and show what came of it; return whether all went well."""
    received: queue.SimpleQueue[Received] = queue.SimpleQueue()
    got: list[Event] = []
    moved: list[Event] = []
    with (
        _destination(folder / "moved", moved.append) as destination,
        _archive(folder, destination.port, received) as server,
    ):
        peer = Peer(_HERE, server.port, AE_TITLE)
        screen.say("qrscp", f"qrscp listens on {peer} and keeps its files in {folder}")
        screen.say("echoscu", f"echoscu: {verify(peer)}")
        samples = send_samples(peer, received)
        screen.tabulate(_table_of_samples(samples))
        good = _show_stored(screen, samples)
        studies = find_studies(peer)
        screen.tabulate(_table_of_studies(studies))
        screen.say("findscu", f"findscu: {len(studies)} studies")
        counts = {str(study.StudyInstanceUID): int(study.NumberOfStudyRelatedInstances) for study in studies}
        counts.pop("", None)  # some samples are of no study, and cannot be asked for by one
        largest = max(counts, key=lambda uid: counts[uid])
        finished = get_studies(peer, [largest], folder / "got", got.append)
        what = "getscu of the largest study"
        good &= _show_retrieved(screen, what, compare(finished, got, samples), counts[largest])
        finished = move_studies(peer, list(counts), _DESTINATION)
        what = f"movescu of {len(counts)} studies"
        good &= _show_retrieved(screen, what, compare(finished, moved, samples), sum(counts.values()))
    return good


def _folder(keep: Path | None) -> AbstractContextManager[Path]:
    return _temporary_folder() if keep is None else nullcontext(keep)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dcmtools-demo-") as folder:
        yield Path(folder)


@contextmanager
def _archive(folder: Path, move_port: int, received: queue.SimpleQueue[Received]) -> Iterator[Server]:
    """Run an archive on a free port of the loopback interface, which sends what is moved to `move_port`."""

    def report(event: Event) -> None:
        if isinstance(event, Received):
            received.put(event)

    settings = ArchiveSettings(
        ae_title=AE_TITLE,
        port=0,
        bind_address=_HERE,
        instance_location=folder / "instances",
        database_location=str(folder / "instances.sqlite"),
        sync=Sync.NONE,
        promiscuous=True,
        destinations={_DESTINATION: Peer(_HERE, move_port, _DESTINATION)},
    )
    store = instance_store(settings)
    with (
        open_catalog(settings) as catalog,
        _running(start_archive(settings, store, catalog, report)) as server,
    ):
        yield server


@contextmanager
def _destination(folder: Path, report: Callable[[Event], None]) -> Iterator[Server]:
    """Run a Storage SCP on a free port of the loopback interface."""
    objects = InstanceStore(folder)
    objects.prepare()
    settings = ServerSettings(
        ae_title=_DESTINATION,
        port=0,
        sop_classes=STORAGE_SOP_CLASSES,
        transfer_syntaxes=acceptable(),
        bind_address=_HERE,
        any_sop_class=True,
    )
    with _running(Server(settings, report, StorageProvider(objects, report))) as server:
        yield server


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.stop()


def _show_stored(screen: _Screen, samples: Sequence[Sample]) -> bool:
    storable = [sample for sample in samples if sample.file is not None]
    identical = [sample for sample in storable if sample.identical]
    size = sum(sample.file.length for sample in identical if sample.file is not None)
    good = bool(storable) and len(identical) == len(storable)
    screen.say(
        "storescu",
        f"storescu: {len(identical)} of {len(storable)} files were stored with an identical dataset "
        f"({size / 1e6:.1f} MB); {len(samples) - len(storable)} cannot be stored",
        good=good,
    )
    return good


def _show_retrieved(screen: _Screen, client: str, retrieval: Retrieval, expected: int) -> bool:
    good = retrieval.arrived == retrieval.identical == expected
    screen.say(
        client.split(" ", 1)[0],
        f"{client}: {retrieval.status}; {retrieval.arrived} of {expected} objects arrived, "
        f"{retrieval.identical} of them as they were sent",
        good=good,
    )
    return good


def _table_of_samples(samples: Sequence[Sample]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("file", "SOP class", "transfer syntax", "status", "bytes", "identical"):
        table.add_column(heading, justify="right" if heading == "bytes" else "left", overflow="fold")
    for sample in samples:
        file = sample.file
        cells = [Path(sample.path).name, "", "", sample.status, "", ""]
        if file is not None:
            cells[1:3] = [describe(file.sop_class_uid), describe(file.transfer_syntax_uid)]
            cells[4:] = [f"{file.length:,}", {True: "yes", False: "NO", None: ""}[sample.identical]]
        table.add_row(*(Text(safe_text(cell)) for cell in cells))
    return table


def _table_of_studies(studies: Sequence[Dataset]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("patient", "ID", "date", "description", "modalities", "objects"):
        table.add_column(heading, justify="right" if heading == "objects" else "left", overflow="fold")
    for study in studies:
        cells = ("\\".join(text_values(study[keyword])) for keyword in STUDY_KEYS[:-1])
        table.add_row(*(Text(safe_text(cell)) for cell in cells))
    return table
