"""Running programs and what it costs."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

TIMEOUT = 300.0
"""Seconds after which a program that was started is killed: it hangs."""

_TICKS = os.sysconf("SC_CLK_TCK")
_KIBIBYTE = 1024  # bytes; the unit of ru_maxrss on Linux, and of /proc/PID/status

_complaint = re.compile(r"^[EF]: .*", re.MULTILINE).search


class MissingError(Exception):
    """A program that a benchmark needs is not installed."""


class RunError(Exception):
    """A program failed or lost something: what it took is no result."""


@dataclass(frozen=True)
class Sample:
    """What one run took: wall and processor time in seconds, peaks of resident memory in bytes.

    The receiver's processor time is in steps of 10 ms.
    """

    seconds: float
    sender_cpu: float = 0.0
    receiver_cpu: float = 0.0
    sender_peak: int = 0
    receiver_peak: int = 0

    def less(self, startup: Sample) -> Sample:
        """Return the times without those of a run that does nothing but start."""
        return replace(
            self,
            seconds=self.seconds - startup.seconds,
            sender_cpu=self.sender_cpu - startup.sender_cpu,
            receiver_cpu=self.receiver_cpu - startup.receiver_cpu,
        )

    def shared_out(self, count: int) -> Sample:
        """Return the times for one of `count` pieces of work."""
        return replace(
            self,
            seconds=self.seconds / count,
            sender_cpu=self.sender_cpu / count,
            receiver_cpu=self.receiver_cpu / count,
        )


@dataclass(frozen=True)
class Ended:
    """How a program ran; `peak` is its largest resident memory in bytes, `log` its standard error."""

    seconds: float
    cpu: float
    peak: int
    output: str
    log: str = ""

    @property
    def sample(self) -> Sample:
        return Sample(self.seconds, self.cpu, sender_peak=self.peak)


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Ended:
    """Run a program to its end; raises `RunError` unless it exits with 0 and logs no error."""
    return run_together([command], environment)


def run_together(
    commands: Sequence[Sequence[str | Path]], environment: Mapping[str, str] | None = None
) -> Ended:
    """Run programs at the same time until the last has ended; raises as `run`.

    Processor time is that of all, the peak that of the largest.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        processes = [
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=environment)
            for command in commands
        ]
        usages = [_wait(process) for process in processes]
        seconds = time.perf_counter() - began
        for stream in (output, log):
            stream.seek(0)
        printed, logged = (stream.read().decode(errors="replace") for stream in (output, log))
    for command, process in zip(commands, processes, strict=True):
        complaint = _complaint(logged)
        if process.returncode or complaint:
            reason = complaint[0] if complaint else f"exit status {process.returncode}"
            raise RunError(f"{' '.join(map(str, command[:4]))} …: {reason}")
    return Ended(
        seconds,
        sum(usage.ru_utime + usage.ru_stime for usage in usages),
        max(usage.ru_maxrss for usage in usages) * _KIBIBYTE,
        printed,
        logged,
    )


def _wait(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    timer = threading.Timer(TIMEOUT, process.kill)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def cpu_of(pid: int) -> float:
    """Return the processor time in seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def memory_of(pid: int | str, key: str = "VmHWM") -> int:
    """Return the resident memory in bytes of a process: its peak, or with "VmRSS" what it has now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * _KIBIBYTE
    raise RunError(f"process {pid} has no {key}")
