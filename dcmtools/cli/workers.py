"""An SCP in several processes that listen on one port."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

from dcmtools.cli.option_group import UsageError
from dcmtools.cli.serving import stop_signals
from dcmtools.errors import DcmtoolsError, ExitCode, ListenError

_GLANCE = 0.1  # seconds between two looks whether a process has ended


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


def run_workers(workers: int, serve: Callable[[], ExitCode]) -> ExitCode:
    """Run `serve` in so many processes until one of them ends or a signal says stop; then end all.

    To be called before there is any thread. Returns the highest exit status of all.
    """
    children: list[int] = []
    statuses: list[int] = []
    with stop_signals():
        try:
            with _undisturbed() as mask:
                children.extend(_fork(serve, mask) for _ in range(workers))
            statuses.append(_next_status())
        except KeyboardInterrupt:
            pass
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        while len(statuses) < len(children):
            with suppress(KeyboardInterrupt):
                statuses.append(_next_status())
    return ExitCode.OK if not any(statuses) else ExitCode.FAILURE


@contextmanager
def _undisturbed() -> Iterator[set[signal.Signals]]:
    """Let no signal come between a fork and taking note of it; gives the mask of signals as it was."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield cast(set[signal.Signals], mask)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _next_status() -> int:
    """Return the exit status of the next process that ends."""
    while True:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_GLANCE)  # a signal right before an endless wait would not end it


def _fork(serve: Callable[[], ExitCode], mask: set[signal.Signals]) -> int:
    """Start a process that serves, with a `mask` of signals; return its number."""
    child = os.fork()
    if child == 0:
        status = int(ExitCode.FAILURE)
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            status = int(serve())
        except KeyboardInterrupt:  # told to stop before it has begun
            status = int(ExitCode.OK)
        except DcmtoolsError as exc:
            logging.getLogger("dcmtools").error("%s", exc)
        finally:
            os._exit(status)
    return child
