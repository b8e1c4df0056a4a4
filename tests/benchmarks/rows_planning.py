"""What storescu does before it sends: looking at the header of each file."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator

from .data import DataSet
from .measure import TIMEOUT, RunError, Sample, run
from .peers import HOST, OUR_STORESCP_IGNORE, driver, ours
from .races import Figure, Lab, Race, Row, Runner, Target
from .runs import Variant
from .scale import Scale

_MICROSECOND = 1e-6
_SENDING = b"I: Sending file: "


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    for count in scale.planned:
        yield _planning(count)


def _planning(count: int) -> Race:
    what = f"planning {count} files"
    return Race(
        [
            Row(
                f"plan-{count}-cpu",
                f"{what}: processor time a file",
                "planning",
                target=Target("value", 20),
                figure=Figure("sender_cpu", "µs", count * _MICROSECOND),
            ),
            Row(
                f"plan-{count}-memory",
                f"{what}: memory a file (what the peak rises by)",
                "planning",
                target=Target("value", 500),
                figure=Figure("sender_peak", "B", count),
            ),
            Row(
                f"plan-{count}-start",
                f"{what}: from the start of storescu to the first C-STORE",
                "first C-STORE",
                target=Target("value", 0.5),
            ),
        ],
        {"planning": _plan(count), "first C-STORE": _first_store(count)},
    )


def _plan(count: int) -> Variant:
    def prepare(lab: Lab) -> Runner:
        dataset = _warm(lab, count)

        def measure() -> Sample:
            printed = json.loads(run(driver("plan", str(dataset.folder))).output)
            if printed["count"] != count:
                raise RunError(f"{printed['count']} of {count} files were planned")
            return Sample(printed["seconds"], printed["cpu"], sender_peak=printed["memory"])

        return measure

    return prepare


def _first_store(count: int) -> Variant:
    """Run storescu until it says that it sends, and end it then."""

    def prepare(lab: Lab) -> Runner:
        dataset = _warm(lab, count)
        server = lab.server(OUR_STORESCP_IGNORE)
        command = ours("storescu", "-v", "-r", HOST, str(server.port), str(dataset.folder))
        return lambda: Sample(_seconds_to_first_store(command))

    return prepare


def _seconds_to_first_store(command: list[str]) -> float:
    began = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    timer = threading.Timer(TIMEOUT, process.kill)
    timer.start()
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith(_SENDING):
                return time.perf_counter() - began
        raise RunError("storescu sent nothing")
    finally:
        timer.cancel()
        process.kill()
        process.stderr.close()
        process.wait()


def _warm(lab: Lab, count: int) -> DataSet:
    dataset = lab.data.planned(count)
    dataset.read()
    return dataset
