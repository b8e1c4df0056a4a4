"""What the studies of a generated index are called (see `tests.index.filling`), and how to ask for them."""

from __future__ import annotations

from typing import NamedTuple

INDEX = "index.sqlite"
SERIES_OF_A_STUDY, INSTANCES_OF_A_SERIES = 2, 25
INSTANCES_OF_A_STUDY = SERIES_OF_A_STUDY * INSTANCES_OF_A_SERIES

_ROOT = "1.2.826.0.1.3680043.10.1.4"


class Question(NamedTuple):
    """A key that is matched against, the number of studies that match, and the milliseconds that may take."""

    key: str
    matches: int
    limit: float


def questions(study: int) -> dict[str, Question]:
    """Return questions whose answers have this study among them; 1,000 at least are counted before it."""
    day = study // 100
    date = f"{2000 + day // 336:04}{day % 336 // 28 + 1:02}{day % 28 + 1:02}"
    return {
        "study": Question(f"StudyInstanceUID={_ROOT}.{study}", 1, 10),
        "patient": Question(f"PatientID=P{study // 10}", 10, 10),
        "accession": Question(f"AccessionNumber=A{study}", 1, 10),
        "name": Question(f"PatientName=family{study // 1000}^given{study // 100}*", 100, 50),
        "date": Question(f"StudyDate={date}-{date}", 100, 50),
    }
