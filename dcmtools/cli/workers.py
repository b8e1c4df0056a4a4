"""An SCP in several processes that listen on one port."""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dcmtools.cli.course import Fact
from dcmtools.cli.lifetime import ServerWatch, Watch, observed
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.serving import stop_signals
from dcmtools.errors import DcmtoolsError, ExitCode, ListenError

_GLANCE = 0.25  # seconds between two looks whether a process has ended
_MOST_FACTS = 1 << 16


@contextmanager
def reserved_port(address: str, port: int) -> Iterator[int]:
    """Hold a port, any that is free for 0, without listening, so that workers can share it.

    Raises ListenError, and `UsageError` where processes cannot share a port.
    """
    if not (hasattr(os, "fork") and hasattr(socket, "SO_REUSEPORT")):
        raise UsageError("argument --workers: this system lets no processes share a port")
    family = (
        socket.AF_INET6 if ":" in address or (not address and socket.has_dualstack_ipv6()) else socket.AF_INET
    )
    with socket.socket(family, socket.SOCK_STREAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if not address and family == socket.AF_INET6:
            holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            holder.bind((address, port))
        except OSError as exc:
            raise ListenError(f"cannot listen on port {port}: {exc.strerror or exc}") from exc
        yield int(holder.getsockname()[1])


def refuse_quota(max_size: int | None) -> None:
    """Raise `UsageError` for a quota in bytes, which each of the processes would have for itself."""
    if max_size:
        raise UsageError("argument --max-size: not allowed with argument --workers")


def run_workers(workers: int, serve: Callable[[ServerWatch], ExitCode], watch: Watch, port: int) -> ExitCode:
    """Run `serve` in so many processes on `port` until one of them ends, or it is time for all of them.

    That is when a signal says stop, or `watch` does. To be called before there is any thread. Returns the
    highest exit status of all. Raises FileError.
    """
    facts, told = os.pipe()

    def work() -> ExitCode:
        os.close(facts)
        return serve(MemberWatch(watch, told))

    children = [_fork(work) for _ in range(workers)]
    os.close(told)
    team = _Team(facts, children)
    status = ExitCode.OK
    try:
        with stop_signals():
            try:
                with suppress(KeyboardInterrupt):
                    team.wait_until_listening()
                    status = watch.follow(port, team.facts)
            except _WorkerEndedError:
                pass
            finally:
                team.end()
    finally:
        os.close(facts)
    return status if team.is_well else ExitCode.FAILURE


class _WorkerEndedError(Exception):
    """One of the processes has ended by itself."""


class _Team:
    """The processes of one server, and what they tell, seen from the process that leads them."""

    def __init__(self, facts: int, children: list[int]) -> None:
        self._facts = facts
        self._children = children
        self._statuses: list[int] = []

    @property
    def is_well(self) -> bool:
        """Whether none of those that have ended has failed."""
        return not any(self._statuses)

    def wait_until_listening(self) -> None:
        """Wait until all of them accept connections; raises `_WorkerEndedError`."""
        listening = 0
        while listening < len(self._children):
            listening += sum(fact is Fact.LISTENING for fact in self.facts(None))

    def facts(self, patience: float | None) -> list[Fact]:
        """Return what they have told, after a while at most; raises `_WorkerEndedError`."""
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            self._statuses.append(os.waitstatus_to_exitcode(status))
            raise _WorkerEndedError
        patience = _GLANCE if patience is None else min(patience, _GLANCE)
        told, _, _ = select.select([self._facts], [], [], patience)
        return [Fact(byte) for byte in os.read(self._facts, _MOST_FACTS)] if told else []

    def end(self) -> None:
        """Tell all of them to end, and wait until they have."""
        for child in self._children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        while len(self._statuses) < len(self._children):
            with suppress(KeyboardInterrupt):
                _, status = os.wait()
                self._statuses.append(os.waitstatus_to_exitcode(status))


class MemberWatch:
    """Keeps one of several processes going, and tells the leading one what happens in it."""

    def __init__(self, watch: Watch, told: int) -> None:
        self._told = told
        self.report = observed(watch.show, self._tell) if watch.counts else watch.show

    def wait(self, port: int) -> ExitCode:  # noqa: ARG002 - it is the same for all
        """Wait until a signal interrupts."""
        self._tell(Fact.LISTENING)
        threading.Event().wait()
        return ExitCode.OK

    def _tell(self, fact: Fact) -> None:
        with suppress(OSError):  # the leading process was killed
            os.write(self._told, bytes((fact,)))


def _fork(serve: Callable[[], ExitCode]) -> int:
    """Start a process that serves; return its number."""
    child = os.fork()
    if child == 0:
        status = int(ExitCode.FAILURE)
        try:
            status = int(serve())
        except DcmtoolsError as exc:
            logging.getLogger("dcmtools").error("%s", exc)
        finally:
            os._exit(status)
    return child
