"""Export of spans to a collector by OTLP over HTTP, soon and without delaying other work.

The sender that began a trace decides if it is recorded (the flags of `traceparent`). OTEL_TRACES_SAMPLER is not read: a
trace's id is its request's UUID, which a sampler by ratio cannot use.
A process that is killed loses the spans it has not exported: at most those that ended in the last 200 ms.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from threading import Event, Thread

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased

from .tracecontext import wanted_ids

DELAY_MS = 200
"""Longest time from the end of a span to its export, unless OTEL_BSP_SCHEDULE_DELAY is set."""
FLUSH_S = 1.0
"""Time limit of one export, unless OTEL_EXPORTER_OTLP_TIMEOUT is set, and of the last export at exit; a collector that
does not answer would delay the exit by eight seconds."""


class RequestedIds(RandomIdGenerator):
    """Generates random ids, except those that are requested (`tracecontext.ids`)."""

    def generate_trace_id(self) -> int:
        return wanted_ids()[0] or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return wanted_ids()[1] or super().generate_span_id()

    def is_trace_id_random(self) -> bool:
        """Return False for a trace whose id was requested."""
        return not wanted_ids()[0]


def exporting_provider(service_name: str) -> TracerProvider:
    """Return a provider whose spans go to the collector that the environment names, until the end of the process."""
    provider = TracerProvider(
        sampler=ParentBased(ALWAYS_ON),
        resource=Resource.create({"service.name": service_name}),
        shutdown_on_exit=False,
        id_generator=RequestedIds(),
    )
    delay = None if os.environ.get("OTEL_BSP_SCHEDULE_DELAY") else DELAY_MS
    timeout_set = any(map(os.environ.get, ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")))
    exporter = OTLPSpanExporter(timeout=None if timeout_set else FLUSH_S)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=delay))
    at_exit(provider.force_flush, FLUSH_S)
    return provider


def at_exit(work: Callable[[], object], seconds: float) -> None:
    """Run `work` when the process ends, which waits for it at most `seconds`.

    It runs in a thread that waits from now on: since Python 3.12 no thread can be started at exit.
    """
    leaving, done = Event(), Event()

    def wait() -> None:
        leaving.wait()
        try:
            work()
        finally:
            done.set()

    def leave() -> None:
        leaving.set()
        done.wait(seconds)

    Thread(target=wait, name="leaving", daemon=True).start()
    atexit.register(leave)
