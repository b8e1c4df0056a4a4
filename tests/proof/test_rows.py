"""Every row of proof at its small size; ``python -m tests.proof --full`` runs the full ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from .registry import Row, rows

pytestmark = [
    pytest.mark.interop,
    # of pynetdicom's own threads, in the peers that break off in the middle
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@pytest.mark.parametrize("row", tuple(rows()), ids=lambda row: row.name)
def test_row(row: Row, tmp_path: Path) -> None:
    figure = row.run(row.small, tmp_path)
    assert figure.reached, "\n".join([figure.text, *figure.faults])
