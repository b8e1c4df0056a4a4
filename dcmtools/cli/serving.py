"""What the options of an SCP mean, and running it until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from ssl import SSLContext
from types import FrameType

from dcmtools.cli.options import PreferredSyntaxOptions, ServerOptions
from dcmtools.cli.peer import limits
from dcmtools.errors import ExitCode
from dcmtools.net.server import Server, ServerSettings
from dcmtools.net.transfer_syntaxes import acceptable

_GLANCE = 0.5  # seconds within which a signal is noticed in any case


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


class _ToldToStop:
    """Handles SIGINT and SIGTERM: the first one is waited for, whenever it comes; later ones interrupt.

    A KeyboardInterrupt would be lost where it happens to be raised in some thread's or object's
    clean-up, and would leave a half started server behind.
    """

    def __init__(self) -> None:
        self._told: SimpleQueue[None] = SimpleQueue()  # unlike an event, it may be filled at any moment
        self._is_stopping = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_stopping:
            raise KeyboardInterrupt
        self._told.put(None)

    def wait(self) -> None:
        """Wait for a signal; from now on the next one raises KeyboardInterrupt."""
        while True:
            try:
                self._told.get(timeout=_GLANCE)
            except Empty:  # a signal right before a wait begins does not end it
                continue
            self._is_stopping = True
            return


@contextmanager
def _told_by_signals() -> Iterator[_ToldToStop]:
    told = _ToldToStop()
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


def serve_until_stopped(start: Callable[[], Server]) -> ExitCode:
    """Start a server and let it serve until SIGINT or SIGTERM; then let it end its work.

    Raises ListenError.
    """
    with _told_by_signals() as told:
        server = start()
        try:
            told.wait()
            server.stop()
        except KeyboardInterrupt:
            server.stop(grace=0)
    return ExitCode.OK


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
