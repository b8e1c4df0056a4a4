"""What the system says of a process: memory, threads, descriptors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class State:
    """Resident memory in bytes, and the numbers of threads and open descriptors."""

    memory: int
    threads: int
    descriptors: int


class Process:
    """What the system says of a process."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def state(self) -> State:
        """Return what it has now."""
        lines = dict(line.split(":", 1) for line in (self._folder / "status").read_text().splitlines())
        return State(
            int(lines["VmRSS"].split()[0]) * 1024,
            int(lines["Threads"]),
            len(list((self._folder / "fd").iterdir())),
        )

    def reset_peak(self) -> int:
        """Begin to watch for a new peak of memory; return what it has now, in bytes."""
        (self._folder / "clear_refs").write_text("5")
        return self.state().memory

    def peak(self) -> int:
        """Return the most memory since then, in bytes."""
        status = (self._folder / "status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def settle(self) -> None:
        """Wait until there are no fewer threads any more."""
        self._wait(lambda states: len({(state.threads, state.descriptors) for state in states}) == 1, 10)

    def wait_for(self, before: State, seconds: float) -> State:
        """Return the state when threads and descriptors are back to what they were, or after `seconds`."""
        return self._wait(
            lambda states: (
                states[-1].threads <= before.threads and states[-1].descriptors <= before.descriptors
            ),
            seconds,
        )

    def _wait(self, done: Callable[[list[State]], bool], seconds: float) -> State:
        deadline = time.monotonic() + seconds
        states: list[State] = []
        while True:
            states = [*states[-9:], self.state()]
            if (len(states) == 10 and done(states)) or time.monotonic() > deadline:
                return states[-1]
            time.sleep(0.05)
