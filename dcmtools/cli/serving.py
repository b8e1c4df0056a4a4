"""What the options of an SCP mean, and running it until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ssl import SSLContext
from types import FrameType

from dcmtools.cli.lifetime import ServerWatch
from dcmtools.cli.options import PreferredSyntaxOptions, ServerOptions
from dcmtools.cli.peer import limits
from dcmtools.errors import ExitCode
from dcmtools.net.server import Server, ServerSettings
from dcmtools.net.transfer_syntaxes import acceptable


@contextmanager
def stop_signals() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: raise KeyboardInterrupt in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def serve_until_stopped(start: Callable[[], Server], watch: ServerWatch) -> ExitCode:
    """Start a server and let it serve until SIGINT or SIGTERM, or until `watch` ends it.

    Then it ends its work. Raises ListenError, and what `watch` raises.
    """
    status = ExitCode.OK
    with stop_signals():
        server = start()
        try:
            with suppress(KeyboardInterrupt):
                status = watch.wait(server.port)
        finally:
            try:
                server.stop()
            except KeyboardInterrupt:
                server.stop(grace=0)
    return status


def server_settings(
    port: int,
    options: ServerOptions,
    syntaxes: PreferredSyntaxOptions,
    sop_classes: Sequence[str],
    *,
    any_sop_class: bool = False,
    tls: SSLContext | None = None,
) -> ServerSettings:
    """Return how an SCP with these options listens."""
    transfer_syntaxes = acceptable(
        prefer_uncompr=syntaxes.prefer_uncompr,
        prefer_little=syntaxes.prefer_little,
        prefer_big=syntaxes.prefer_big,
        implicit=syntaxes.implicit,
    )
    return ServerSettings(
        ae_title=options.ae_title,
        port=port,
        sop_classes=sop_classes,
        transfer_syntaxes=transfer_syntaxes,
        bind_address=options.bind_address,
        limits=limits(options),
        max_associations=options.max_associations,
        any_sop_class=any_sop_class,
        prefer_proposed=syntaxes.prefer_proposed,
        tls=tls,
    )
