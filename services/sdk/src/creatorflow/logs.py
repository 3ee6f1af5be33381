"""Structured logs: one JSON object per line, with a stable `action`. Contents of messages are never logged.

Our own processes call `setup_logs`. Inside another program this is a library: its warnings go to `logging`, lower
levels are dropped, and structlog's own configuration is not changed.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from .redaction import redacted

ACTION = "action"
SELDOM = ("opentelemetry", "urllib3")
"""Loggers of the libraries that export telemetry."""
SELDOM_S = 60.0
MAX_TRACEBACK = 16_000
"""Characters of a traceback in a line; a longer one is cut in the middle."""
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-")


class _Stderr:
    """Writes finished lines to the current standard error."""

    def msg(self, line: str) -> None:
        """Write a line."""
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - the one place where logs are written

    debug = info = warning = error = critical = exception = msg


def _as_a_library(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Pass warnings and errors to the program's own logs while `setup_logs` has not been called."""
    level = logging.getLevelNamesMapping()[name.upper()] if name != "exception" else logging.ERROR
    if level >= logging.WARNING:
        event = _bounded_traceback(logger, name, structlog.processors.format_exc_info(logger, name, event))
        action, source, traceback = event.pop("event"), event.pop("source", "creatorflow"), event.pop("exception", "")
        text = " ".join(f"{k}={v}" for k, v in event.items()) + (f"\n{traceback}" if traceback else "")
        logging.getLogger(source).log(level, "%s %s", action, text)
    raise structlog.DropEvent


def _bounded_traceback(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Cut the traceback of a line to size and remove secrets from it."""
    traceback = event.get("exception")
    if isinstance(traceback, str):
        half = MAX_TRACEBACK // 2
        text = redacted(traceback)
        event["exception"] = text if len(text) <= MAX_TRACEBACK else f"{text[:half]}\n...\n{text[-half:]}"
    return event


_chain: list[Any] = [_as_a_library]
"""Processors of every logger; changed in place by `setup_logs`, so that loggers may be created at import."""


def get_logger(name: str) -> FilteringBoundLogger:
    """Return a logger; its first argument is the action (`consumer_lost`), all other values go by keyword."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _Stderr(),
        processors=_chain,
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=True,
        source=name,
    )
    return logger


def setup_logs(level: str = "INFO", *, service: str = "") -> None:
    """Send this process's logs to stderr as JSON lines, those of libraries included. `level` as logging names it."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _of(service),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.format_exc_info,
        _bounded_traceback,
        structlog.processors.EventRenamer(ACTION),
    ]
    _chain[:] = [_from(threshold), *shared, structlog.processors.JSONRenderer(default=str)]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RateLimitFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library_action, *shared[:-1]],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, threshold))


def _from(threshold: int) -> Processor:
    """Return a processor that drops lines below the level."""
    levels = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}
    levels["exception"] = logging.ERROR

    def gate(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        if levels[name] < threshold:
            raise structlog.DropEvent
        return event

    return gate


def _of(service: str) -> Processor:
    """Return a processor that adds the service's name, in every thread."""

    def name_it(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        if service:
            event.setdefault("service", service)
        return event

    return name_it


class RateLimitFilter(logging.Filter):
    """Passes one line per minute of the telemetry exporters' errors, which they log for every batch of spans as long as
    their backend is unavailable."""

    def __init__(self, every_s: float = SELDOM_S) -> None:
        super().__init__()
        self._every_s = every_s
        self._next_at = 0.0
        self._withheld = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True if the line may be written; the next one written has the number of those that were not."""
        if not record.name.startswith(SELDOM):
            return True
        if monotonic() < self._next_at:
            self._withheld += 1
            return False
        record.withheld, self._withheld = self._withheld, 0
        self._next_at = monotonic() + self._every_s
        return True


def _library_action(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Make a library's message a field of a line whose action is `library`."""
    record = event.get("_record")
    withheld = getattr(record, "withheld", 0)
    fields = {"message": event.pop("event", ""), **({"withheld": withheld} if withheld else {})}
    return {ACTION: "library", "source": getattr(record, "name", ""), **fields, **event}


def trace_of(headers: Mapping[str, object]) -> dict[str, str]:
    """Return the fields that assign a line to the trace in a message's headers; for code without a current span."""
    traceparent = headers.get("traceparent")
    match = _TRACEPARENT.match(traceparent) if isinstance(traceparent, str) else None
    return {} if match is None else {"trace_id": match[1], "span_id": match[2]}


def _add_trace(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid and "trace_id" not in event:
        event.update(trace_id=format(context.trace_id, "032x"), span_id=format(context.span_id, "016x"))
    return event
