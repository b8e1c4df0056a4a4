"""An index of any size, written without files: for tests of scale and for benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.storing import Sync
from dcmtools.index.attributes import STANDARD
from dcmtools.index.connecting import connect, prepare
from dcmtools.index.entries import Entry
from dcmtools.index.rows import Rows
from dcmtools.index.schema import Schema
from dcmtools.index.stored_paths import StoredPaths
from dcmtools.index.writing import Writer

ROOT = "1.2.826.0.1.3680043.10.1.4"
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"

_AT_ONCE = 5000


def fill(location: str, folder: Path, *, studies: int, series: int, instances: int) -> None:
    """Write an index of `studies`, each with `series` of `instances`.

    Study number n has the UID ``ROOT.n``, the Accession Number ``An`` and, as every tenth study of a
    patient, the Patient ID ``P(n // 10)``; the names are ``Family(n // 1000)^Given(n // 10)``, and
    there are 100 studies of each Study Date.
    """
    schema = Schema(STANDARD)
    engine = connect(location, Sync.NONE)
    prepare(engine, schema, location, renew=False)
    writer = Writer(engine, Rows(schema, StoredPaths(folder), engine.dialect))
    batch: list[Entry] = []
    for entry in _entries(folder, studies, series, instances):
        batch.append(entry)
        if len(batch) == _AT_ONCE:
            writer.add_all(batch)
            batch = []
    writer.add_all(batch)
    writer.close()
    engine.dispose()


def _entries(folder: Path, studies: int, series: int, instances: int) -> Iterator[Entry]:
    for study in range(studies):
        day = study // 100
        of_study = {
            0x00080020: b"%04d%02d%02d" % (2000 + day // 336, day % 336 // 28 + 1, day % 28 + 1),
            0x00080030: b"%02d3000" % (study % 24),
            0x00080050: b"A%d" % study,
            0x00080090: b"Referring^Physician",
            0x00081030: b"CT of the whole body ",
            0x00100010: b"Family%d^Given%d" % (study // 1000, study // 10),
            0x00100020: b"P%d" % (study // 10),
            0x00100030: b"19700101",
            0x00100040: b"F ",
            0x0020000D: f"{ROOT}.{study}".encode(),
            0x00200010: b"%d" % study,
        }
        for number in range(1, series + 1):
            of_series = of_study | {
                0x00080060: b"CT",
                0x0008103E: b"Axial 5 mm",
                0x00180015: b"CHEST ",
                0x0020000E: f"{ROOT}.{study}.{number}".encode(),
                0x00200011: b"%d" % number,
            }
            for index in range(1, instances + 1):
                uid = f"{ROOT}.{study}.{number}.{index}"
                values = of_series | {0x00200013: b"%d" % index, 0x00280010: b"\0\2", 0x00280011: b"\0\2"}
                file = InstanceFile(str(folder / f"CT.{uid}"), CT, uid, EXPLICIT_LITTLE, 400, 525_000)
                yield Entry(file, values)
