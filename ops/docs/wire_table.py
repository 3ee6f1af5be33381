"""Draws the table of messages: contract, exchange, routing key, and the queue that a message reaches."""

from __future__ import annotations

from creatorflow_contracts.routes import ROUTES, Route
from creatorflow_contracts.topology import (
    CONTROL,
    EVENTS,
    Binding,
    agent_queue,
    agent_topology,
    orchestrator_topology,
)

_AGENT = "example"


def wire_table() -> str:
    """Return a row for each message."""
    rows = [f"| `{route.contract}` | {_address(route)} | {_queue(route)} |" for route in ROUTES]
    return "\n".join(["| message | exchange, key | queue |", "| --- | --- | --- |", *rows])


def _address(route: Route) -> str:
    return f"`{route.exchange}`, `{route.key}`" if route.exchange else "none: sent to a `reply_to`"


def _queue(route: Route) -> str:
    """Return the name of the queue that the message is bound to, with the agent's name in braces."""
    if not route.exchange:
        return "the client's"
    if route.exchange == EVENTS:
        return "the watchers'"
    if route.exchange == CONTROL:
        return "exclusive, one for each process"
    bindings = (*orchestrator_topology().bindings, *agent_topology(_AGENT).bindings)
    queues = {binding.queue for binding in bindings if _matches(binding, route)}
    own = {agent_queue(_AGENT): agent_queue(_AGENT).replace(_AGENT, "{agent}")}
    names = ", ".join(sorted(f"`{own.get(queue, queue)}`" for queue in queues))
    return f"{names}; or the client's" if route.reply else names


def _matches(binding: Binding, route: Route) -> bool:
    """Return True if a key of the route matches the binding; all our patterns are a key or a prefix and `#`."""
    key = route.key.replace("{agent}", _AGENT)
    prefix, wide, _ = binding.key.partition("#")
    return binding.exchange == route.exchange and (key.startswith(prefix) if wide else key == binding.key)
