from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.errors import InputError
from dcmtools.net.hooks.targets import (
    Command,
    HookFailedError,
    Occasion,
    Webhook,
    parse_command,
    parse_occasions,
    parse_url,
)

DOCUMENT = json.dumps({"path": "$(touch escaped); é"}).encode()


def python(script: str, *arguments: str) -> Command:
    return Command((sys.executable, "-c", script, *arguments))


def failure(target: Command | Webhook, timeout: float = 10) -> str:
    with pytest.raises(HookFailedError) as error:
        target.deliver(DOCUMENT, timeout)
    return str(error.value)


def test_a_command_gets_the_document(tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    file = tmp_path / "a file; with an odd name"
    python(script, str(file)).deliver(DOCUMENT, 10)
    assert file.read_bytes() == DOCUMENT
    assert list(tmp_path.iterdir()) == [file]


def test_a_command_need_not_read_the_document() -> None:
    python("pass").deliver(b"x" * 10_000_000, 10)


def test_commands_that_fail(tmp_path: Path) -> None:
    assert failure(python("import sys; sys.exit('not today\\x1b[2J')")) == (
        "exit status 1: not today\\x1b[2J"
    )
    assert failure(python("raise SystemExit(7)")) == "exit status 7"
    assert failure(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")) == "exit status -9"
    assert failure(Command((str(tmp_path / "none"),))) == "No such file or directory"
    assert failure(Command((str(tmp_path),))) == "Permission denied"


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    assert failure(python(script, str(started)), 2) == "it did not end within 2 s"
    assert time.monotonic() - began < 20
    child = Path("/proc") / started.read_text() / "stat"
    deadline = time.monotonic() + 10
    while child.exists() and ") Z " not in child.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.exists() or ") Z " in child.read_text()


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status that is the last part of the path, and keeps what was posted."""

    posted: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.path, dict(self.headers), body))
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Location", "/other")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web_server() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A web server: its URL, and what was posted to it."""
    handler = type("KeepingReceiver", (Receiver,), {"posted": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handler.posted
        finally:
            server.shutdown()
            thread.join()


def test_a_webhook_gets_the_document() -> None:
    with web_server() as (url, posted):
        Webhook(f"{url}/hook/204", "secret").deliver(DOCUMENT, 10)
    [(path, headers, body)] = posted
    assert (path, body) == ("/hook/204", DOCUMENT)
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", [302, 400, 503])
def test_a_webhook_that_is_refused(status: int) -> None:
    with web_server() as (url, posted):
        assert failure(Webhook(f"{url}/{status}")).startswith(f"HTTP status {status} ")
    assert len(posted) == 1


def test_a_webhook_where_nobody_listens() -> None:
    assert "refused" in failure(Webhook("http://127.0.0.1:1/"))


@pytest.mark.parametrize("text", ["", "  ", "'", "a 'b", "''"])
def test_no_command(text: str) -> None:
    with pytest.raises(InputError):
        parse_command(text)


def test_arguments() -> None:
    assert parse_command("notify --to 'a b' \"$HOME\"") == ("notify", "--to", "a b", "$HOME")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host/path",
        "ftp://host/",
        "http://",
        "http://[::1",
        "http://h:99999/",
        "http://h/ä",
        "http://h/a b",
    ],
)
def test_no_url(text: str) -> None:
    with pytest.raises(InputError, match="no URL"):
        parse_url(text)


def test_occasions() -> None:
    everything = frozenset(Occasion)
    assert parse_occasions("http://host:80/a") == (everything, "http://host:80/a")
    assert parse_occasions("study:http://host") == ({Occasion.STUDY}, "http://host")
    assert parse_occasions("study, object: notify a:b") == ({Occasion.STUDY, Occasion.OBJECT}, "notify a:b")
    assert parse_occasions("C:\\notify.exe") == (everything, "C:\\notify.exe")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_command, parse_url):
        try:
            assert parse(parse_occasions(text)[1])
        except InputError as exc:
            assert "\n" not in str(exc)
