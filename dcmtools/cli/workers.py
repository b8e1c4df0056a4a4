"""An SCP in several processes that listen on one port."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dcmtools.cli.option_group import UsageError
from dcmtools.cli.serving import stop_signals
from dcmtools.errors import DcmtoolsError, ExitCode, ListenError


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
    children = [_fork(serve) for _ in range(workers)]
    statuses: list[int] = []
    with stop_signals():
        try:
            _, status = os.wait()
            statuses.append(os.waitstatus_to_exitcode(status))
        except KeyboardInterrupt:
            pass
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        while len(statuses) < workers:
            with suppress(KeyboardInterrupt):
                _, status = os.wait()
                statuses.append(os.waitstatus_to_exitcode(status))
    return ExitCode.OK if not any(statuses) else ExitCode.FAILURE


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
