"""Structured logs: one JSON object a line, each with a stable `action`. Contents of messages never go in."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

ACTION = "action"


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger; its first argument is the action (`consumer_lost`), everything else goes by keyword."""
    logger: FilteringBoundLogger = structlog.get_logger(source=name)
    return logger


def setup_logs(level: str = "INFO", *, service: str = "") -> None:
    """Send this process's logs to stderr as JSON lines, those of libraries included. `level` as logging names it."""
    structlog.contextvars.bind_contextvars(**({"service": service} if service else {}))
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer(ACTION),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library_action, *shared[:-2]],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))


def _library_action(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """A library's message becomes a field; its action is that a library said something."""
    record = event.get("_record")
    return {ACTION: "library", "source": getattr(record, "name", ""), "message": event.pop("event", ""), **event}


def _add_trace(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace_id", format(context.trace_id, "032x"))
    return event
