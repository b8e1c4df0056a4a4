"""What the options of an SCP mean, and running it until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ssl import SSLContext
from types import FrameType

from dcmtools.cli.lifetime import ServerWatch
from dcmtools.cli.options import PreferredSyntaxOptions, ServerOptions
from dcmtools.cli.peer import limits
from dcmtools.errors import ExitCode
from dcmtools.net.server import Server, ServerSettings
from dcmtools.net.transfer_syntaxes import acceptable


class Signals:
    """Handles SIGINT and SIGTERM: they call `stop`, and raise KeyboardInterrupt once `is_stopping` is set.

    A KeyboardInterrupt would be lost where it happens to be raised in some thread's or object's
    clean-up, and would leave a half started server behind.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.is_stopping = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_stopping:
            raise KeyboardInterrupt
        self._stop()


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[Signals]:
    """Let SIGINT and SIGTERM call `stop`."""
    told = Signals(stop)
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell wants it for a background job
        numbers.append(signal.SIGINT)
    previous = [(number, signal.signal(number, told)) for number in numbers]
    try:
        yield told
    finally:
        for number, handler in previous:
            signal.signal(number, handler)


def serve_until_stopped(start: Callable[[], Server], watch: ServerWatch) -> ExitCode:
    """Start a server and let it serve until SIGINT or SIGTERM, or until `watch` ends it.

    Then it ends its work, which a second signal cuts short. Raises ListenError, and what `watch` raises.
    """
    with stopped_by_signals(watch.stop) as told:
        server = start()
        try:
            status = watch.wait(server.port)
        finally:
            try:
                told.is_stopping = True
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
