"""Makes the index of an archive: ``python -m tests.benchmarks.archive_index FOLDER INSTANCES IN_A_STUDY``.

The rows go straight into the index; the files that they name do not exist. Each study is of a patient
of its own, and a hundred of them have a Study Date and the family name of their patients in common.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.storing import Sync
from dcmtools.index.catalog import Catalog
from dcmtools.index.entries import Entry

from .archive_studies import INDEX, UID_ROOT, family_name, study_date

_CT = "1.2.840.10008.5.1.4.1.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"
_IN_A_SERIES = 25
_BATCH = 5000


def main(folder: Path, instances: int, in_a_study: int) -> None:
    """Make an index of so many instances."""
    catalog = Catalog.open(str(folder / INDEX), folder, sync=Sync.NONE)
    entries = []
    for entry in _entries(folder, instances, in_a_study):
        entries.append(entry)
        if len(entries) == _BATCH:
            catalog.add_all(entries)
            entries = []
    catalog.add_all(entries)
    catalog.close()


def _entries(folder: Path, instances: int, in_a_study: int) -> Iterator[Entry]:
    for number in range(instances):
        study, place = divmod(number, in_a_study)
        series = f"{UID_ROOT}.{study}.{place // _IN_A_SERIES + 1}"
        uid = f"{series}.{place + 1}"
        values = {
            0x00080016: _CT,
            0x00080018: uid,
            0x00080020: study_date(study),
            0x00080030: f"{study % 24:02}{study % 60:02}00",
            0x00080050: f"A{study:06}",
            0x00080060: "CT",
            0x00081030: f"Study of patient {study}",
            0x00100010: f"{family_name(study)}^Patient{study:06}",
            0x00100020: f"P{study:06}",
            0x00100030: "19700101",
            0x00100040: "MF"[study % 2],
            0x0020000D: f"{UID_ROOT}.{study}",
            0x0020000E: series,
            0x00200010: str(study),
            0x00200011: str(place // _IN_A_SERIES + 1),
            0x00200013: str(place + 1),
        }
        file = InstanceFile(str(folder / f"CT.{uid}"), _CT, uid, _EXPLICIT, 1000, 500_000)
        yield Entry(file, {tag: text.encode() for tag, text in values.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
