"""Telemetry backends in every state: one accepts, one answers 500, one never answers, one answers without end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SILENT, DRIPPING = 0, -1
"""Values of `status` for a backend that never answers, and for one that sends a byte now and then without end."""


class Backend(ThreadingHTTPServer):
    """Answers every POST with `status`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.requests = 0
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        """The value for OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        if self.server.status == SILENT:
            self.server.stopped.wait()
            return
        if self.server.status == DRIPPING:
            self._drip()
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Much: ")
            while not self.server.stopped.wait(0.1):
                self.wfile.write(b"x")

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""


@contextmanager
def backend(status: int) -> Iterator[Backend]:
    """Runs a backend."""
    server = Backend(status)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()


def closed_port_url() -> str:
    """Returns a URL with a port on which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
