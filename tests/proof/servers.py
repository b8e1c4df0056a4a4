"""Our SCPs as processes, to be killed, starved and watched."""

from __future__ import annotations

import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydicom import Dataset

from dcmtools.net.association import Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.events import Finished, Match
from dcmtools.net.find import find
from dcmtools.net.models import InformationModel

from ..command import ENVIRONMENT, archive_configuration
from ..interop.peers.processes import Server, running
from .objects import SERIES, STUDY
from .senders import LIMITS

_WITHOUT_UNNAMED_FILES = (
    "from dcmtools.dicom import storing; storing.supports_unnamed_files = lambda folder: False; "
    "from dcmtools.__main__ import main; main()"
)


def our_program(*, part_files: bool = False) -> list[str]:
    """How dcmtools is started; with `part_files` as on a system that knows no unnamed files."""
    return (
        [sys.executable, "-c", _WITHOUT_UNNAMED_FILES] if part_files else [sys.executable, "-m", "dcmtools"]
    )


@contextmanager
def storescp(
    folder: Path,
    *options: object,
    stop_with: signal.Signals = signal.SIGTERM,
    part_files: bool = False,
    prefix: tuple[str, ...] = (),
    port: int | None = None,
) -> Iterator[Server]:
    """Run our storescp, which stores in the folder "received"; `prefix` is a command that runs it."""
    folder.mkdir(parents=True, exist_ok=True)

    def command(number: int) -> list[str]:
        ours = [*our_program(part_files=part_files), "storescp", "-od", str(folder / "received")]
        return [*prefix, *ours, *map(str, options), str(number)]

    with running("storescp", command, folder, env=ENVIRONMENT, stop_with=stop_with, port=port) as server:
        yield server


@contextmanager
def qrscp(
    folder: Path,
    *options: object,
    stop_with: signal.Signals = signal.SIGTERM,
    part_files: bool = False,
    settings: str = "",
) -> Iterator[Server]:
    """Run our archive, which stores in the folder "instances"."""
    folder.mkdir(parents=True, exist_ok=True)

    def command(number: int) -> list[str]:
        path = archive_configuration(folder, number, settings=settings)
        return [*our_program(part_files=part_files), "qrscp", "-c", str(path), *map(str, options)]

    with running("qrscp", command, folder, env=ENVIRONMENT, stop_with=stop_with) as server:
        yield server


def findable(port: int) -> list[str]:
    """Return the SOP Instance UIDs that an archive finds in the study of all objects of proof."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "IMAGE"
    identifier.StudyInstanceUID, identifier.SeriesInstanceUID = STUDY, SERIES
    identifier.SOPInstanceUID = ""
    sop_class = InformationModel.STUDY_ROOT.sop_classes.find
    contexts = [Proposal(sop_class, ["1.2.840.10008.1.2.1"]).context()]
    found = []
    with associate(Peer("127.0.0.1", port), "PROOF", contexts, LIMITS) as association:
        for event in find(association, identifier):
            if isinstance(event, Match):
                found.append(str(event.identifier.SOPInstanceUID))
            elif isinstance(event, Finished):
                assert event.status == 0, f"C-FIND ended with 0x{event.status:04X}"
    return found


def indexed(folder: Path) -> dict[str, str]:
    """Return the SOP Instance UIDs in the index of an archive that runs, by the names of their files."""
    [database] = [path for path in folder.glob("*.sqlite*") if path.suffix in (".sqlite", ".sqlite3")]
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT path, sopinstanceuid FROM instance").fetchall()
    return {Path(path).name: uid for path, uid in rows}
