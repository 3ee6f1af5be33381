"""All exchanges, queues and routing keys: names as pure functions, arguments as data.

Rules for this file: nothing here talks to a broker, and every name used anywhere else comes from here. Arguments carry
what correctness needs and never change for a name (RabbitMQ answers a changed one with 406 and closes the channel):
a queue with another argument gets a new name. Lengths and timeouts are policies, which can change at run time.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from .errors import BrokerTooOld, NameInvalid
from .v1.base import ALL_AGENTS, MAX_NAME, RESERVED_AGENT_NAMES, is_name

REQUESTS = "creatorflow.requests"
TASKS = "creatorflow.tasks"
RESULTS = "creatorflow.results"
EVENTS = "creatorflow.events"
CONTROL = "creatorflow.control"
DEAD_LETTERS = "creatorflow.dead-letters"

SUBMIT_QUEUE = "creatorflow.orchestrator.submit"
COMMANDS_QUEUE = "creatorflow.orchestrator.commands"
RESULTS_QUEUE = "creatorflow.orchestrator.results"
DEAD_LETTERS_QUEUE = "creatorflow.orchestrator.dead-letters"

OWN_PREFIX = "creatorflow."
"""Prefix of all our queues and exchanges; nobody else may use it, so a `reply_to` that begins with it is refused."""
DIRECT_REPLIES = "amq.rabbitmq.reply-to."
_NODE = re.compile(rb"[A-Za-z0-9_@.-]+")
_PROCESS_IDS = tuple(
    (b"\x83" + kind + atom, 3 + size, tail)
    for kind, tail in ((b"X", 12), (b"g", 9))
    for atom, size in ((b"v", 2), (b"d", 2), (b"w", 1), (b"s", 1))
)
"""Encodings of an Erlang process id: its first bytes (its kind and that of its node's name), the offset of the name,
and the number of bytes after it."""

SAGA_RESULT_KEY = "result.saga.v1"
"""Routing key of a child saga's result, to its parent."""

AGENT_DELIVERY_LIMIT = 5
"""Deliveries that may fail before a task is a dead letter (RabbitMQ delivers once more than the limit)."""
ORCHESTRATOR_DELIVERY_LIMIT = 1_000_000
"""Practically unlimited: -1 is unlimited on RabbitMQ 4 and zero on 3, so a number that both understand."""
OLDEST_BROKER = (3, 10)

ControlKind = Literal["announce", "heartbeat", "cancel", "discover", "refused"]
Command = Literal["cancel", "query", "step", "quarantine", "prune"]
Arguments = Mapping[str, str | int]

_UNIQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def task_key(agent: str) -> str:
    """Return the routing key of tasks for `agent`."""
    return f"task.{_agent(agent)}.v1"


def result_key(agent: str) -> str:
    """Return the routing key of results of `agent`."""
    return f"result.{_agent(agent)}.v1"


def claim_key(agent: str) -> str:
    """Return the routing key of claims by instances of `agent`."""
    return f"claim.{_agent(agent)}.v1"


def submit_key() -> str:
    """Return the routing key of a request."""
    return "request.submitted.v1"


def command_key(command: Command) -> str:
    """Return the routing key of a command, about a request or about the orchestrator's stored data."""
    return f"command.{_name(command)}.v1"


def event_key(saga_id: UUID | str, event: str) -> str:
    """Return the routing key of an event of one saga."""
    return f"saga.{_saga(saga_id)}.{_name(event)}.v1"


def events_pattern(saga_id: UUID | str) -> str:
    """Return the binding key that matches all events of one saga."""
    return f"saga.{_saga(saga_id)}.#"


def control_key(kind: ControlKind, agent: str) -> str:
    """Return the routing key of a control message; `discover` goes to the agent `all`."""
    return f"control.{_name(kind)}.{_name(agent) if agent == ALL_AGENTS else _agent(agent)}.v1"


def agent_queue(agent: str) -> str:
    """Return the name of the queue that all instances of `agent` share."""
    return f"creatorflow.agent.{_agent(agent)}.v1"


def control_queue(service: str, unique: str) -> str:
    """Return the name of a process's own queue for control messages; `unique` is fresh at every connect."""
    if not _UNIQUE.fullmatch(unique):
        raise NameInvalid("the unique part of a control queue's name is 1 to 64 letters, digits, '-' or '_'")
    return f"creatorflow.control.{_name(service)}.{unique}"


def may_reply_to(name: str | None) -> bool:
    """Return True if `name` may receive replies: any queue but ours, direct reply-to included.

    A direct address is made by the broker for a channel. One that it cannot read ends the connection that publishes to
    it (INTERNAL_ERROR, observed), so a forged one must not be used by us.
    """
    if not name or name.startswith(OWN_PREFIX) or len(name.encode()) > 255 or "\ufffd" in name:
        return False
    return not name.startswith(DIRECT_REPLIES) or _is_direct_address(name.removeprefix(DIRECT_REPLIES))


def _is_direct_address(address: str) -> bool:
    """Return True if it is an Erlang process id (with its node) in base64, a dot, and a key."""
    head, _, key = address.partition(".")
    try:
        process = b64decode(head, validate=True)
    except ValueError:
        return False
    return bool(key) and any(
        len(process) == at + length + tail and _NODE.fullmatch(process[at : at + length])
        for start, at, tail in _PROCESS_IDS
        if process.startswith(start) and (length := int.from_bytes(process[len(start) : at], "big"))
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: Literal["topic"] = "topic"
    durable: bool = True


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue with exactly the arguments it must have."""

    name: str
    arguments: Arguments = field(default_factory=dict)
    durable: bool = True
    exclusive: bool = False
    auto_delete: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """Routes messages of `exchange` whose key matches `key` to `queue`."""

    exchange: str
    queue: str
    key: str


@dataclass(frozen=True, slots=True)
class Topology:
    """Exchanges, queues and bindings that must exist, in the order in which they are declared."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]

    def __add__(self, other: Topology) -> Topology:
        """Combine two topologies without duplicates."""
        return Topology(
            tuple(dict.fromkeys(self.exchanges + other.exchanges)),
            tuple({queue.name: queue for queue in self.queues + other.queues}.values()),
            tuple(dict.fromkeys(self.bindings + other.bindings)),
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A RabbitMQ policy, which may change while the system runs. `pattern` is a regular expression over queue names."""

    name: str
    pattern: str
    definition: Arguments
    apply_to: Literal["queues"] = "queues"
    priority: int = 0


EXCHANGES: tuple[Exchange, ...] = tuple(Exchange(n) for n in (REQUESTS, TASKS, RESULTS, EVENTS, CONTROL, DEAD_LETTERS))

POLICIES: tuple[Policy, ...] = (
    Policy("creatorflow-submit", r"^creatorflow\.orchestrator\.submit$", MappingProxyType({"max-length": 10_000})),
    Policy("creatorflow-agents", r"^creatorflow\.agent\.", MappingProxyType({"max-length": 100_000})),
)
"""Advice to the operator: a full queue answers a publish with a nack, so a request is refused before it is accepted.
Correctness does not need them, and a broker without them is no error."""


def orchestrator_topology(broker: tuple[int, int] = OLDEST_BROKER) -> Topology:
    """Return the topology that the orchestrator needs.

    Bindings are wide on purpose: a message of an unknown version must arrive and be quarantined, not be lost as
    unroutable.
    Raises BrokerTooOld when `broker` (major, minor) is older than 3.10.
    """
    check_broker(broker)
    queues = (
        Queue(SUBMIT_QUEUE, _orchestrator_arguments(overflow="reject-publish")),
        Queue(COMMANDS_QUEUE, _orchestrator_arguments()),
        Queue(RESULTS_QUEUE, _orchestrator_arguments()),
        Queue(DEAD_LETTERS_QUEUE, _orchestrator_arguments()),
    )
    bindings = (
        Binding(REQUESTS, SUBMIT_QUEUE, "request.#"),
        Binding(REQUESTS, COMMANDS_QUEUE, "command.#"),
        Binding(RESULTS, RESULTS_QUEUE, "result.#"),
        Binding(RESULTS, RESULTS_QUEUE, "claim.#"),
        Binding(DEAD_LETTERS, DEAD_LETTERS_QUEUE, "#"),
    )
    return Topology(EXCHANGES, queues, bindings)


def agent_topology(agent: str, broker: tuple[int, int] = OLDEST_BROKER) -> Topology:
    """Return the topology of one agent: its queue, bound to exactly its key (a new major has a new key and queue).

    The dead letters' queue is part of it: a dead letter without a queue would block the agent's queue.
    Raises NameInvalid, and BrokerTooOld when `broker` is older than 3.10.
    """
    check_broker(broker)
    arguments: dict[str, str | int] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": AGENT_DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_LETTERS,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    queues = (
        Queue(DEAD_LETTERS_QUEUE, _orchestrator_arguments()),
        Queue(agent_queue(agent), MappingProxyType(arguments)),
    )
    bindings = (Binding(DEAD_LETTERS, DEAD_LETTERS_QUEUE, "#"), Binding(TASKS, agent_queue(agent), task_key(agent)))
    return Topology(EXCHANGES, queues, bindings)


def orchestrator_control_bindings(queue: str) -> tuple[Binding, ...]:
    """Return the bindings of the orchestrator's control queue: every agent's announcements and heartbeats."""
    return (Binding(CONTROL, queue, "control.announce.#"), Binding(CONTROL, queue, "control.heartbeat.#"))


def agent_control_bindings(queue: str, agent: str) -> tuple[Binding, ...]:
    """Return the bindings of an agent's control queue: cancellations of its tasks, refusals of its announcements, and
    discovery by the orchestrator."""
    return (
        Binding(CONTROL, queue, f"control.cancel.{_agent(agent)}.#"),
        Binding(CONTROL, queue, f"control.refused.{_agent(agent)}.#"),
        Binding(CONTROL, queue, f"control.discover.{ALL_AGENTS}.#"),
    )


def check_broker(broker: tuple[int, int]) -> None:
    """Raises BrokerTooOld when `broker` (major, minor) is older than 3.10."""
    if tuple(broker[:2]) < OLDEST_BROKER:
        raise BrokerTooOld(
            f"RabbitMQ {broker[0]}.{broker[1]} is too old: upgrade the broker to 3.10 or newer, best to 4.x"
        )


def _orchestrator_arguments(overflow: str | None = None) -> Arguments:
    arguments: dict[str, str | int] = {"x-queue-type": "quorum", "x-delivery-limit": ORCHESTRATOR_DELIVERY_LIMIT}
    if overflow:
        arguments["x-overflow"] = overflow
    return MappingProxyType(arguments)


def _name(name: str) -> str:
    if not is_name(name):
        raise NameInvalid(f"a name is lower-case words joined by '-' or '_', at most {MAX_NAME} characters")
    return name


def _agent(name: str) -> str:
    if name in RESERVED_AGENT_NAMES:
        raise NameInvalid(f"no agent may be called {' or '.join(sorted(RESERVED_AGENT_NAMES))}: the name is reserved")
    return _name(name)


def _saga(saga_id: UUID | str) -> str:
    if isinstance(saga_id, UUID):
        return str(saga_id)
    try:
        return str(UUID(saga_id))
    except (ValueError, AttributeError, TypeError) as error:
        raise NameInvalid("a saga's id is a UUID") from error
