"""Makes the index of an archive without files: ``python -m tests.benchmarks.archive_index FOLDER INSTANCES``.

A process of its own, so that the one that measures imports no libraries.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ..index.filling import fill
from .archive_studies import INDEX, INSTANCES_OF_A_SERIES, INSTANCES_OF_A_STUDY, SERIES_OF_A_STUDY

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    fill(
        str(folder / INDEX),
        folder,
        studies=int(sys.argv[2]) // INSTANCES_OF_A_STUDY,
        series=SERIES_OF_A_STUDY,
        instances=INSTANCES_OF_A_SERIES,
    )
