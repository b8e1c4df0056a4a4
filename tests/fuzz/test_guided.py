"""Some seconds of damage that is led by coverage; ``python -m tests.fuzz.guided`` goes on for longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ..command import ENVIRONMENT

pytest.importorskip("atheris", reason="atheris (the extra `fuzz`) is not installed")

_RUNS = 2000


@pytest.mark.parametrize("name", ["inspection", "messages"])
def test_guided(name: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.guided",
        name,
        f"-runs={_RUNS}",
        "-max_total_time=5",
        "-seed=1",
    ]
    root = Path(__file__).parents[2]
    environment = ENVIRONMENT | {"PYTHONPATH": str(root)}
    ended = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/"], cwd=root, capture_output=True, text=True, env=environment
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
