"""A collector of traces: receives spans by OTLP over HTTP and keeps them for the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ops.stack.traces import Span, from_otlp


class Collector:
    """The spans received so far, of any process."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._lock = threading.Lock()
        self.url = ""

    def take(self, body: bytes) -> None:
        """Stores the spans of an export request."""
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        with self._lock:
            self._spans += from_otlp(request)

    @property
    def spans(self) -> list[Span]:
        """All spans, in the order of their arrival."""
        with self._lock:
            return list(self._spans)

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace, in the order of their start."""
        return sorted((span for span in self.spans if span.trace == trace_id), key=lambda span: span.start_ns)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Runs a collector on its own port, for OTEL_EXPORTER_OTLP_ENDPOINT."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Logs nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
