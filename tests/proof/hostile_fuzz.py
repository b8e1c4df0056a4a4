"""Rows of proof: damaged bytes for the codec and for live servers."""

from __future__ import annotations

from pathlib import Path
from random import Random

from ..fuzz.live import TARGETS, fuzz
from ..fuzz.mutation import mutate
from ..fuzz.readers import READERS
from .registry import Figure, figure, row

_TARGET = "0 crashes, tracebacks, hung threads; memory < +20 MB; good client always served"
_SEED = 20261121


def _live(name: str, size: int, folder: Path) -> Figure:
    target = TARGETS[name]
    with target.running(folder) as server:
        findings = fuzz(server, target, size, seed=_SEED)
    return figure(findings.text(), findings.faults())


@row("fuzz-storescp", _TARGET, small=150, full=100_000)
def fuzz_storescp(size: int, folder: Path) -> Figure:
    return _live("storescp", size, folder)


@row("fuzz-storescp-verbose", _TARGET, small=60, full=10_000)
def fuzz_storescp_verbose(size: int, folder: Path) -> Figure:
    return _live("storescp -d", size, folder)


@row("fuzz-qrscp", _TARGET, small=200, full=100_000)
def fuzz_qrscp(size: int, folder: Path) -> Figure:
    return _live("qrscp", size, folder)


@row("fuzz-qrscp-verbose", _TARGET, small=60, full=10_000)
def fuzz_qrscp_verbose(size: int, folder: Path) -> Figure:
    return _live("qrscp -d", size, folder)


@row("fuzz-codec", "0 exceptions but our own; what can be read can be written", small=500, full=1_000_000)
def fuzz_codec(size: int, folder: Path) -> Figure:
    random, faults = Random(_SEED), []
    readers = [READERS["messages"], READERS["commands"]]
    for number in range(size):
        reader = readers[number % 2]
        if random.random() < 0.2:
            data = random.randbytes(random.randrange(80))
        else:
            data = mutate(random.choice(reader.seeds()), random)
        try:
            reader.read(data)
        except Exception as exc:
            faults.append(f"{reader.name}: {type(exc).__name__} {exc}: {data.hex()[:200]}")
    return figure(f"{size} inputs, {len(faults)} violations", faults)
