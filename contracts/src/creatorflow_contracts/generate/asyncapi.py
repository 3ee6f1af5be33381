"""The AsyncAPI 3.1 document: the models, the routes and the topology described for authors of other clients."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from pydantic.json_schema import models_json_schema

from creatorflow_contracts import topology
from creatorflow_contracts.codes import CODES, CodeEntry, Source
from creatorflow_contracts.queue_time import SENT_AT
from creatorflow_contracts.routes import ROUTES, Route
from creatorflow_contracts.v1.output import SpecialistOutput

from .naming import with_names
from .schemas import without_titles

Node = dict[str, Any]
VERSION = "1.0.0"
BINDING = "0.3.0"
REPLIES = "replies"
HEADERS = "MessageHeaders"
_ANSWERS = {
    "RequestSubmitted": ("SynthesizedResult", "Problem"),
    "Query": ("QueryAnswer", "Problem"),
    "CancelRequest": ("QueryAnswer", "Problem"),
    "StepCommand": ("QueryAnswer", "Problem"),
    "QuarantineCommand": ("QuarantineAnswer", "Problem"),
    "PruneCommand": ("PruneAnswer", "Problem"),
}
_EXAMPLE_AGENT = "shipping-automation-specialist"
_PARAMETERS: dict[str, Node] = {
    "agent": {
        "description": "The agent's full name.",
        "examples": [_EXAMPLE_AGENT],
        "location": "$message.payload#/agent",
    },
    "correlation_id": {"description": "The request's id.", "location": "$message.payload#/correlation_id"},
    "event": {
        "description": "The last of the events in the message.",
        "examples": ["accepted", "step_succeeded", "completed"],
    },
}


def document() -> Node:
    """Return the whole document, in a stable order."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "CreatorFlow Orchestrator",
            "version": VERSION,
            "description": _package_text("guide.md") + _codes(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": _server()},
        "channels": {**{channel_id(route): _channel(route) for route in ROUTES if route.key}, **_other_channels()},
        "operations": {operation_id(route): _operation(route) for route in ROUTES if route.key},
        "components": {
            "messages": {route.model.__name__: _message(route) for route in ROUTES},
            "schemas": _schemas(),
            "securitySchemes": {"userPassword": {"type": "userPassword", "description": "A user of the broker."}},
        },
        "x-topology": _topology(),
    }


def example(route: Route) -> Node:
    """Return the documented example of a message's body."""
    body: Node = json.loads(_package_text("examples", f"{route.contract.removesuffix('.v1')}.json"))
    return body


def example_properties(route: Route) -> Node:
    """Return the AMQP properties of the documented example."""
    body = example(route)
    known = {"correlation_id": body["correlation_id"]} if "correlation_id" in body else {}
    return {
        "content_type": "application/json",
        "delivery_mode": 1 if route.transient else 2,
        "type": route.contract,
        **known,
        "message_id": "a fresh UUID for every publish",
        **({"reply_to": "amq.rabbitmq.reply-to"} if _answers(route) else {}),
    }


def channel_id(route: Route) -> str:
    """Return the channel's id: `requestSubmitted` for the model `RequestSubmitted`."""
    name = route.model.__name__
    return name[0].lower() + name[1:]


def operation_id(route: Route) -> str:
    """Return the orchestrator's operation: `receiveRequestSubmitted`, `sendAgentTask`."""
    return f"{_action(route)}{route.model.__name__}"


def _action(route: Route) -> str:
    to_orchestrator = route.exchange in (topology.REQUESTS, topology.RESULTS) or route.from_agent
    return "receive" if to_orchestrator else "send"


def _server() -> Node:
    return {
        "host": "127.0.0.1:5672",
        "pathname": "/",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ 3.10 or newer (4.x recommended), no plugin needed: amqp://user:password@127.0.0.1:5672/",
        "security": [_ref("securitySchemes", "userPassword")],
    }


_CHAPTERS = {
    Source.INGRESS: "By any receiver of a message",
    Source.ORCHESTRATOR: "By the orchestrator, about messages that it could read",
    Source.CLIENT: "By the Python client itself; never over the bus",
    Source.COMMAND_LINE: "By the command line (`--json`); never over the bus",
}


def _codes() -> str:
    """Return every code of a problem, as the last chapter of the guide."""
    chapters = (f"### {title}\n\n{_lines(source)}" for source, title in _CHAPTERS.items())
    return "\n## Codes of a problem\n\n" + "\n".join(chapters)


def _lines(source: Source) -> str:
    """Return a list of codes; `{known}`, a list that depends on the queue, is shown as three dots."""

    def line(code: str, entry: CodeEntry) -> str:
        return f"- `{code}`: {entry.when}; {entry.hint.replace('{known}', '...')}\n"

    return "".join(line(code, entry) for code, entry in CODES.items() if entry.source is source)


def _channel(route: Route) -> Node:
    names = [name for name in _PARAMETERS if "{" + name + "}" in route.key]
    exchange = {"name": route.exchange, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    channel: Node = {
        "address": route.key,
        "title": route.contract,
        "description": f"Exchange `{route.exchange}`, routing key `{route.key}`.",
        "messages": {route.model.__name__: _ref("messages", route.model.__name__)},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": BINDING}},
    }
    return channel | ({"parameters": {name: _PARAMETERS[name] for name in names}} if names else {})


def _other_channels() -> Node:
    queues = topology.agent_topology(_EXAMPLE_AGENT).queues
    queue = next(declared for declared in queues if _EXAMPLE_AGENT in declared.name)
    address = queue.name.replace(_EXAMPLE_AGENT, "{agent}")
    description = {"name": address, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    return {
        "agentQueue": {
            "address": address,
            "title": "An agent's queue",
            "description": f"Shared by the agent's instances; bound to `{topology.TASKS}` with `task.{{agent}}.v1`.",
            "messages": {"AgentTask": _ref("messages", "AgentTask")},
            "parameters": {"agent": _PARAMETERS["agent"]},
            "bindings": {"amqp": {"is": "queue", "queue": description, "bindingVersion": BINDING}},
            "x-arguments": dict(queue.arguments),
        },
        REPLIES: {
            "address": None,
            "title": "Replies",
            "description": "The queue named in `reply_to`: amq.rabbitmq.reply-to, or one of your own. Sent through the "
            "default exchange, once, not mandatory.",
            "messages": {
                route.model.__name__: _ref("messages", route.model.__name__) for route in ROUTES if route.reply
            },
        },
    }


def _operation(route: Route) -> Node:
    channel = channel_id(route)
    made: Node = {
        "action": _action(route),
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": route.contract,
        "summary": _summary(route),
        "messages": [{"$ref": f"#/channels/{channel}/messages/{route.model.__name__}"}],
        "bindings": {"amqp": _delivery(route)},
    }
    if answers := _answers(route):
        made["reply"] = {
            "address": {"location": "$message.header#/reply_to", "description": "The AMQP property `reply_to`."},
            "channel": {"$ref": f"#/channels/{REPLIES}"},
            "messages": [{"$ref": f"#/channels/{REPLIES}/messages/{name}"} for name in answers],
        }
    return made


def _delivery(route: Route) -> Node:
    mandatory = route.exchange in (topology.REQUESTS, topology.TASKS, topology.RESULTS)
    sending = {"deliveryMode": 1 if route.transient else 2, "mandatory": mandatory}
    return sending | ({"ack": True} if _action(route) == "receive" else {}) | {"bindingVersion": BINDING}


def _answers(route: Route) -> tuple[str, ...]:
    return _ANSWERS.get(route.model.__name__, ())


def _message(route: Route) -> Node:
    body = example(route)
    made: Node = {
        "name": route.contract,
        "title": route.model.__name__,
        "summary": _summary(route),
        "description": _properties(route),
        "contentType": "application/json",
        "headers": _ref("schemas", HEADERS),
        "payload": _ref("schemas", route.model.__name__),
        "bindings": {"amqp": {"messageType": route.contract, "bindingVersion": BINDING}},
        "examples": [{"name": "example", "payload": body}],
        "x-amqp-properties": example_properties(route),
    }
    if "correlation_id" in route.model.model_fields:
        made["correlationId"] = {"location": "$message.payload#/correlation_id", "description": "The request's id."}
    return made


def _summary(route: Route) -> str:
    return " ".join((route.model.__doc__ or "").split("\n\n")[0].split())


def _properties(route: Route) -> str:
    if not route.key:
        return "To the queue named in `reply_to`, through the default exchange."
    mode = "transient" if route.transient else "persistent"
    also = " Also a reply, to the queue named in `reply_to`." if route.reply else ""
    return f"Exchange `{route.exchange}`, key `{route.key}`, {mode}, `type` {route.contract}.{also}"


def _header_schema() -> Node:
    text = {"type": "string"}
    sent = {
        "type": "integer",
        "minimum": 0,
        "description": "Time of the publish, in milliseconds since 1970-01-01 UTC; used for telemetry only.",
    }
    return {"type": "object", "properties": {"traceparent": text, "tracestate": text, SENT_AT: sent}}


def _schemas() -> Node:
    models = [route.model for route in ROUTES] + [SpecialistOutput]
    _, made = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    named: Node = without_titles({"$defs": made["$defs"]})["$defs"]
    return with_names(named | {HEADERS: _header_schema()})


def _topology() -> Node:
    whole = topology.orchestrator_topology() + topology.agent_topology(_EXAMPLE_AGENT)

    def named(text: str) -> str:
        return text.replace(_EXAMPLE_AGENT, "<agent>")

    return {
        "exchanges": [
            {"name": exchange.name, "type": exchange.type, "durable": exchange.durable} for exchange in whole.exchanges
        ],
        "queues": [
            {"name": named(queue.name), "durable": queue.durable, "arguments": dict(queue.arguments)}
            for queue in whole.queues
        ],
        "bindings": [
            {"exchange": binding.exchange, "queue": named(binding.queue), "key": named(binding.key)}
            for binding in whole.bindings
        ],
        "policies": [
            {"name": policy.name, "pattern": policy.pattern, "definition": dict(policy.definition)}
            for policy in topology.POLICIES
        ],
    }


def _ref(kind: str, name: str) -> Node:
    return {"$ref": f"#/components/{kind}/{name}"}


def _package_text(*names: str) -> str:
    return files(__package__).joinpath(*names).read_text(encoding="utf-8")
