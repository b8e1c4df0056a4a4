"""Drives our library in a fresh process and prints what it took as JSON.

``python -m tests.benchmarks.drivers store PORT FOLDER`` sends the files of a folder,
``echo PORT COUNT`` sends C-ECHO requests over one association, ``plan FOLDER`` only looks at the
files. Start-up and planning are not in the times of the first two.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.net.association import Limits, Peer, associate
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.events import Sending, Stored
from dcmtools.net.inputs import plan_inputs
from dcmtools.net.store import StoreRequest, store
from dcmtools.net.transfer_syntaxes import requested

from .measure import memory_of
from .peers import HOST


def _store(port: str, folder: str) -> dict[str, float]:
    """Send files; the time is from when the association is established to the last response."""
    files = [found for found in plan_inputs([folder]) if isinstance(found, InstanceFile)]
    stored, began, cpu_began = 0, 0.0, 0.0
    for event in store(StoreRequest(Peer(HOST, int(port)), "BENCHMARK", Limits()), files):
        if not began and isinstance(event, Sending):
            began, cpu_began = time.perf_counter(), time.process_time()
        elif isinstance(event, Stored):
            stored += 1
            ended, cpu_ended = time.perf_counter(), time.process_time()
    return {"seconds": ended - began, "cpu": cpu_ended - cpu_began, "count": stored}


def _echo(port: str, count: str) -> dict[str, float]:
    context = verification_context(requested(little=False, big=False, implicit=False))
    with associate(Peer(HOST, int(port)), "BENCHMARK", [context], Limits()) as association:
        began, cpu_began = time.perf_counter(), time.process_time()
        good = sum(answer.status == 0 for answer in echo(association, int(count)))
        ended, cpu_ended = time.perf_counter(), time.process_time()
    return {"seconds": ended - began, "cpu": cpu_ended - cpu_began, "count": good}


def _plan(folder: str) -> dict[str, float]:
    """Find what is to be sent; `memory` is what the peak of resident memory rose by."""
    resident = memory_of("self", "VmRSS")
    began, cpu_began = time.perf_counter(), time.process_time()
    files = [found for found in plan_inputs([folder], recurse=True) if isinstance(found, InstanceFile)]
    ended, cpu_ended = time.perf_counter(), time.process_time()
    memory = max(memory_of("self"), resident) - resident
    return {"seconds": ended - began, "cpu": cpu_ended - cpu_began, "count": len(files), "memory": memory}


_DRIVERS: dict[str, Callable[..., dict[str, float]]] = {"store": _store, "echo": _echo, "plan": _plan}

if __name__ == "__main__":
    print(json.dumps(_DRIVERS[sys.argv[1]](*sys.argv[2:])))
