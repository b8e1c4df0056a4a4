"""An SCP in several processes that listen on one port."""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

from dcmtools.cli.course import Fact
from dcmtools.cli.lifetime import GLANCE, ServerWatch, Watch, observed
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.serving import stopped_by_signals
from dcmtools.errors import DcmtoolsError, ExitCode, ListenError

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

    status = ExitCode.OK
    try:
        with stopped_by_signals(watch.stop) as signals:
            with _undisturbed() as mask:
                team = _Team(facts, [_fork(work, mask) for _ in range(workers)])
            os.close(told)
            try:
                team.wait_until_listening(watch)
                status = watch.follow(port, team.facts)
            except _WorkerEndedError:
                pass
            finally:
                signals.is_stopping = True
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

    def wait_until_listening(self, watch: Watch) -> None:
        """Wait until all of them accept connections, or `watch` is stopped; raises `_WorkerEndedError`."""
        listening = 0
        while listening < len(self._children) and not watch.is_stopped:
            listening += sum(fact is Fact.LISTENING for fact in self.facts(GLANCE))

    def facts(self, patience: float) -> list[Fact]:
        """Return what they tell within `patience` seconds; raises `_WorkerEndedError`."""
        if self._has_ended():
            raise _WorkerEndedError
        told, _, _ = select.select([self._facts], [], [], patience)
        return [Fact(byte) for byte in os.read(self._facts, _MOST_FACTS)] if told else []

    def end(self) -> None:
        """Tell all of them to end, and wait until they have; a signal tells them once more."""
        is_told = False
        while len(self._statuses) < len(self._children):
            try:
                if not is_told:
                    is_told = True
                    self._tell_to_stop()
                if not self._has_ended():
                    time.sleep(GLANCE)
            except KeyboardInterrupt:
                is_told = False

    def _tell_to_stop(self) -> None:
        for child in self._children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    def _has_ended(self) -> bool:
        """Whether one more of them has ended."""
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            self._statuses.append(os.waitstatus_to_exitcode(status))
        return bool(child)


class MemberWatch:
    """Keeps one of several processes going, and tells the leading one what happens in it."""

    def __init__(self, watch: Watch, told: int) -> None:
        self._told = told
        self._is_stopped = False
        self.report = observed(watch.show, self._tell) if watch.counts else watch.show

    def wait(self, port: int) -> ExitCode:  # noqa: ARG002 - it is the same for all
        """Wait until it is stopped."""
        self._tell(Fact.LISTENING)
        while not self._is_stopped:
            time.sleep(GLANCE)
        return ExitCode.OK

    def stop(self) -> None:
        """Let `wait` return; may be called from a signal handler."""
        self._is_stopped = True

    def _tell(self, fact: Fact) -> None:
        with suppress(OSError):  # the leading process was killed
            os.write(self._told, bytes((fact,)))


@contextmanager
def _undisturbed() -> Iterator[set[signal.Signals]]:
    """Let no signal come between a fork and taking note of it; gives the mask of signals as it was."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield cast(set[signal.Signals], mask)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _fork(serve: Callable[[], ExitCode], mask: set[signal.Signals]) -> int:
    """Start a process that serves, with a `mask` of signals; return its number."""
    child = os.fork()
    if child == 0:
        status = int(ExitCode.FAILURE)
        try:
            for number in (signal.SIGTERM, signal.SIGINT):  # the handlers are those of the leading process
                if callable(signal.getsignal(number)):
                    signal.signal(number, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            status = int(serve())
        except KeyboardInterrupt:  # told to stop before it has begun
            status = int(ExitCode.OK)
        except DcmtoolsError as exc:
            logging.getLogger("dcmtools").error("%s", exc)
        finally:
            os._exit(status)
    return child
