from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtools.cli.serving_mark import serving_mark

from ..command import ENVIRONMENT

PROGRAM = """
import sys
from pathlib import Path
from dcmtools.cli.serving_mark import serving_mark
with serving_mark(Path(sys.argv[1])):
    print("serving", flush=True)
    sys.stdin.read()
"""


def served_elsewhere(folder: Path) -> subprocess.Popen[str]:
    """A process that serves `folder` until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "serving\n"
    return process


def end(process: subprocess.Popen[str], number: int = 0) -> None:
    if number:
        os.kill(process.pid, number)
    process.communicate("")


def test_an_end_in_order_leaves_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with serving_mark(tmp_path) as was_killed:
            assert not was_killed
            assert len(list(tmp_path.iterdir())) == 1
        assert list(tmp_path.iterdir()) == []


def test_one_that_was_killed_is_noticed_once(tmp_path: Path) -> None:
    end(served_elsewhere(tmp_path), signal.SIGKILL)
    with serving_mark(tmp_path) as first, serving_mark(tmp_path) as second:
        assert (first, second) == (True, False)
    with serving_mark(tmp_path) as was_killed:
        assert not was_killed


def test_one_that_goes_on_is_not_taken_for_killed(tmp_path: Path) -> None:
    other = served_elsewhere(tmp_path)
    with serving_mark(tmp_path) as was_killed:
        assert not was_killed
    end(other)
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_put_right_is_noticed_again(tmp_path: Path) -> None:
    end(served_elsewhere(tmp_path), signal.SIGKILL)
    with pytest.raises(OSError, match="full"), serving_mark(tmp_path):
        raise OSError("full")
    with serving_mark(tmp_path) as was_killed:
        assert was_killed


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with serving_mark(tmp_path / "nowhere") as was_killed:
        assert not was_killed
