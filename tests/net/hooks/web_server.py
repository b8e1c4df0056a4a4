"""A web server that keeps what is posted to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status that is the last part of the path, and keeps what was posted."""

    posted: list[tuple[str, dict[str, str], bytes]]
    failures: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.path, dict(self.headers), body))
        type(self).failures -= 1
        self.send_response(503 if self.failures >= 0 else int(self.path.rpartition("/")[2]))
        self.send_header("Location", "/other")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web_server(failures: int = 0) -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A web server, which is out of order at first: its URL, and what was posted to it."""
    handler = type("KeepingReceiver", (Receiver,), {"posted": [], "failures": failures})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handler.posted
        finally:
            server.shutdown()
            thread.join()
