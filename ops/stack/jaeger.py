"""Queries Jaeger's API for the traces of a request."""

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
    """One trace, as Jaeger has it."""

    spans: tuple[Span, ...]
    processes: Mapping[str, frozenset[str]]
    """Service to the instance ids of its processes; a restarted one has another id."""


@dataclass(frozen=True, slots=True)
class Jaeger:
    """The Jaeger at `address`. Its methods raise StackFailure."""

    address: str

    @classmethod
    def of(cls, project: Project) -> Jaeger:
        """The Jaeger of a project."""
        return cls(f"http://127.0.0.1:{project.environment['JAEGER_PORT']}")

    def services(self) -> list[str]:
        """The services that have sent spans."""
        return sorted(get(f"{self.address}/api/services")["data"] or ())

    def traces_of(self, saga: str) -> set[str]:
        """The ids of all traces in which any service names the request."""
        tags = json.dumps({CONVERSATION: saga})
        answers = (
            get(f"{self.address}/api/traces", service=service, tags=tags, limit=LIMIT) for service in self.services()
        )
        return {trace["traceID"].rjust(32, "0") for answer in answers for trace in answer["data"] or ()}

    def trace(self, trace_id: str) -> Trace:
        """Read one trace, in OpenTelemetry's format."""
        groups = get(f"{self.address}/api/v3/traces/{trace_id}")["result"].get("resourceSpans", ())
        spans: list[Span] = []
        processes: dict[str, frozenset[str]] = {}
        for group in groups:
            resource = _attributes(group["resource"].get("attributes", ()))
            service = str(resource.get("service.name", ""))
            instance = frozenset({str(resource.get("service.instance.id", ""))})
            processes[service] = processes.get(service, frozenset()) | instance
            spans += (_span(span, service) for scope in group["scopeSpans"] for span in scope["spans"])
        return Trace(tuple(spans), processes)


def _span(data: Mapping[str, Any], service: str) -> Span:
    """Read a span. A link to its parent is added: Jaeger merges it with the reference to the parent."""
    parent = data.get("parentSpanId") or None
    linked = dict.fromkeys((link["traceId"], link["spanId"]) for link in data.get("links", ()))
    if parent is not None:
        linked[data["traceId"], parent] = None
    return Span(
        trace=data["traceId"],
        id=data["spanId"],
        parent=parent,
        name=data["name"],
        service=service,
        kind=_kind(data.get("kind", 0)),
        attributes=_attributes(data.get("attributes", ())),
        links=tuple(linked),
        start_ns=int(data["startTimeUnixNano"]),
        end_ns=int(data["endTimeUnixNano"]),
        events=tuple((event["name"], _attributes(event.get("attributes", ()))) for event in data.get("events", ())),
    )


def _kind(kind: int | str) -> str:
    """The name of a kind, given by number, or as in `SPAN_KIND_CONSUMER`."""
    return KINDS[kind] if isinstance(kind, int) else kind.removeprefix("SPAN_KIND_").lower()


def _attributes(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: _value(pair["value"]) for pair in pairs}


def _value(data: Mapping[str, Any]) -> Any:
    """The value of an attribute; integers are sent as strings."""
    ((kind, value),) = data.items()
    if kind == "arrayValue":
        return [_value(item) for item in value.get("values", ())]
    return int(value) if kind == "intValue" else value
