from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dcmtools.cli.course import Bounds
from dcmtools.cli.lifetime import GLANCE, Watch
from dcmtools.cli.options import PreferredSyntaxOptions, ServerOptions
from dcmtools.cli.serving import serve_until_stopped, server_settings, stopped_by_signals
from dcmtools.errors import ExitCode, FileError

PATIENCE = 10.0


class Server:
    """Counts how often it is stopped; `interrupted` so often is Ctrl-C pressed meanwhile."""

    port = 104

    def __init__(self, interrupted: int = 0) -> None:
        self.stops: list[dict[str, float]] = []
        self._interrupted = interrupted

    def stop(self, **options: float) -> None:
        self.stops.append(options)
        if len(self.stops) <= self._interrupted:
            raise KeyboardInterrupt


def until_told() -> Watch:
    return Watch(Bounds(), None, print)


def signal_soon(number: signal.Signals) -> None:
    threading.Timer(0.05, os.kill, (os.getpid(), number)).start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server(number: signal.Signals) -> None:
    server: Any = Server()
    before = signal.getsignal(signal.SIGTERM)

    def start() -> Any:
        signal_soon(number)
        return server

    serve_until_stopped(start, until_told())
    assert server.stops == [{}]
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_starts_is_not_lost(number: signal.Signals) -> None:
    """Nor is the start interrupted: what has been started has to be stopped."""
    server: Any = Server()

    def start() -> Any:
        os.kill(os.getpid(), number)
        return server

    serve_until_stopped(start, until_told())
    assert server.stops == [{}]


def test_ctrl_c_that_is_ignored_stays_so() -> None:
    """As by a shell for a job in the background."""
    server: Any = Server()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    def start() -> Any:
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        signal_soon(signal.SIGTERM)
        return server

    try:
        serve_until_stopped(start, until_told())
    finally:
        signal.signal(signal.SIGINT, before)
    assert server.stops == [{}]


def test_a_signal_that_is_handled_past_the_end_of_a_glance() -> None:
    """CPython's SimpleQueue.get takes a time-out that is over by then for none at all."""
    watch = until_told()

    def stop(_number: int, _frame: object) -> None:
        time.sleep(2 * GLANCE)
        watch.stop()

    before = signal.signal(signal.SIGTERM, stop)
    try:
        signal_soon(signal.SIGTERM)
        assert watch.wait(104) is ExitCode.OK
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_second_one_leaves_no_time() -> None:
    server: Any = Server(interrupted=1)

    def start() -> Any:
        signal_soon(signal.SIGINT)
        return server

    serve_until_stopped(start, until_told())
    assert server.stops == [{}, {"grace": 0}]


def test_a_ready_file_that_cannot_be_written_stops_the_server(tmp_path: Path) -> None:
    server: Any = Server()
    watch = Watch(Bounds(), tmp_path / "nowhere" / "ready", print)
    with pytest.raises(FileError, match="nowhere"):
        serve_until_stopped(lambda: server, watch)
    assert server.stops == [{}]


def test_signals_are_left_alone_in_other_threads() -> None:
    """Only the main thread may set them."""
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def other() -> None:
        with stopped_by_signals(lambda: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(PATIENCE)
    assert seen == [before]


def test_settings() -> None:
    options = ServerOptions(ae_title="SCP", bind_address="::1", max_associations=3, acse_timeout=0, max_pdu=0)
    settings = server_settings(104, options, PreferredSyntaxOptions(), ["1.2"], any_sop_class=True)
    assert (settings.ae_title, settings.bind_address, settings.port) == ("SCP", "::1", 104)
    assert (settings.max_associations, settings.any_sop_class) == (3, True)
    assert (settings.limits.acse, settings.limits.dimse, settings.limits.max_pdu) == (None, 30, 0)
    assert list(settings.sop_classes) == ["1.2"]
    assert settings.access.called_aet is None


@pytest.mark.parametrize(
    ("options", "first"),
    [
        (PreferredSyntaxOptions(), "1.2.840.10008.1.2.1"),
        (PreferredSyntaxOptions(prefer_uncompr=True), "1.2.840.10008.1.2.1"),
        (PreferredSyntaxOptions(prefer_little=True), "1.2.840.10008.1.2.1"),
        (PreferredSyntaxOptions(prefer_big=True), "1.2.840.10008.1.2.2"),
        (PreferredSyntaxOptions(implicit=True), "1.2.840.10008.1.2"),
    ],
)
def test_preferred_transfer_syntax(options: PreferredSyntaxOptions, first: str) -> None:
    assert server_settings(104, ServerOptions(), options, ["1.2"]).transfer_syntaxes[0] == first
