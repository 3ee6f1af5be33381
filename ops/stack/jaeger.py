"""Jaeger's own query API: the trace of a request, and how many there are of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.stack.compose import Project
from ops.stack.http_json import get
from ops.stack.traces import Span

CONVERSATION = "messaging.message.conversation_id"
LIMIT = "100"
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")


@dataclass(frozen=True, slots=True)
class Trace:
    """What Jaeger has of one trace."""

    spans: tuple[Span, ...]
    processes: Mapping[str, frozenset[str]]
    """Each service's, by the id of their lives: one that was started anew is another."""


@dataclass(frozen=True, slots=True)
class Jaeger:
    """What answers at `address`. Its methods raise StackFailure."""

    address: str

    @classmethod
    def of(cls, project: Project) -> Jaeger:
        """The project's."""
        return cls(f"http://127.0.0.1:{project.environment['JAEGER_PORT']}")

    def services(self) -> list[str]:
        """Who has sent spans."""
        return sorted(get(f"{self.address}/api/services")["data"] or ())

    def traces_of(self, saga: str) -> set[str]:
        """The ids of every trace in which any service speaks of the request."""
        tags = json.dumps({CONVERSATION: saga})
        answers = (
            get(f"{self.address}/api/traces", service=service, tags=tags, limit=LIMIT) for service in self.services()
        )
        return {trace["traceID"].rjust(32, "0") for answer in answers for trace in answer["data"] or ()}

    def trace(self, trace_id: str) -> Trace:
        """One trace, in OpenTelemetry's own terms."""
        told = get(f"{self.address}/api/v3/traces/{trace_id}")["result"].get("resourceSpans", ())
        spans: list[Span] = []
        processes: dict[str, frozenset[str]] = {}
        for each in told:
            resource = _attributes(each["resource"].get("attributes", ()))
            service = str(resource.get("service.name", ""))
            life = frozenset({str(resource.get("service.instance.id", ""))})
            processes[service] = processes.get(service, frozenset()) | life
            spans += (_span(span, service) for scope in each["scopeSpans"] for span in scope["spans"])
        return Trace(tuple(spans), processes)


def _span(told: Mapping[str, Any], service: str) -> Span:
    """A link to the parent is one reference with it in Jaeger, which tells it as the parent alone."""
    parent = told.get("parentSpanId") or None
    linked = dict.fromkeys((link["traceId"], link["spanId"]) for link in told.get("links", ()))
    if parent is not None:
        linked[told["traceId"], parent] = None
    return Span(
        trace=told["traceId"],
        id=told["spanId"],
        parent=parent,
        name=told["name"],
        service=service,
        kind=_kind(told.get("kind", 0)),
        attributes=_attributes(told.get("attributes", ())),
        links=tuple(linked),
        start_ns=int(told["startTimeUnixNano"]),
        end_ns=int(told["endTimeUnixNano"]),
        events=tuple((each["name"], _attributes(each.get("attributes", ()))) for each in told.get("events", ())),
    )


def _kind(told: int | str) -> str:
    """By number, or as `SPAN_KIND_CONSUMER`."""
    return KINDS[told] if isinstance(told, int) else told.removeprefix("SPAN_KIND_").lower()


def _attributes(told: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {each["key"]: _value(each["value"]) for each in told}


def _value(told: Mapping[str, Any]) -> Any:
    """Whole numbers come as texts."""
    ((kind, value),) = told.items()
    if kind == "arrayValue":
        return [_value(each) for each in value.get("values", ())]
    return int(value) if kind == "intValue" else value
