"""``dcmtools demo`` shows the product with nothing but the package."""

from __future__ import annotations

import time
from pathlib import Path

from ..command import dcmtools
from ..samples import samples


def test_demo(tmp_path: Path) -> None:
    start = time.monotonic()
    outcome = dcmtools("demo", "--keep", tmp_path / "kept")
    assert outcome.code == 0, outcome.stderr
    assert time.monotonic() - start < 15
    assert "CT_small.dcm" in outcome.stdout
    assert "MR Image Storage" in outcome.stdout
    kept = [path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    ct_small = next(item for item in samples() if item.path.name == "CT_small.dcm")
    assert any(content.endswith(ct_small.dataset) for content in kept)
