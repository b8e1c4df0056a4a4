"""The bare C pair: compiled when it is needed, where there is a C compiler."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

from .measure import TIMEOUT, RunError, Sample, run
from .peers import installed, set_aside
from .races import Lab, Runner
from .runs import Choice, Variant

_SOURCE = Path(__file__).with_name("bare.c")


def bare(choice: Choice) -> Variant:
    """Move the files of a data set to disk; the time is from the connection to the last answer."""

    def prepare(lab: Lab) -> Runner:
        program = lab.folder / "bare"
        if not program.exists():
            subprocess.run([installed("cc"), "-O2", "-o", program, _SOURCE], check=True)
        dataset = choice(lab.data)
        dataset.read()
        folder = lab.folder / "bare-received"
        folder.mkdir()
        return lambda: _run(program, dataset.folder, folder, dataset.count)

    return prepare


def _run(program: Path, source: Path, folder: Path, count: int) -> Sample:
    set_aside(folder)
    receiver = subprocess.Popen([program, "receive", folder], stdout=subprocess.PIPE, text=True)
    assert receiver.stdout is not None
    with receiver.stdout:
        port = receiver.stdout.readline().strip()
        try:
            ended = run([program, "send", port, source])
        except RunError:
            receiver.kill()
            receiver.wait(TIMEOUT)
            raise
    _, status, usage = os.wait4(receiver.pid, 0)
    receiver.returncode = os.waitstatus_to_exitcode(status)
    stored = len(list(folder.iterdir()))
    if receiver.returncode or stored != count:
        raise RunError(f"the bare pair moved {stored} files of {count}")
    return replace(ended.sample, seconds=float(ended.output), receiver_cpu=usage.ru_utime + usage.ru_stime)
