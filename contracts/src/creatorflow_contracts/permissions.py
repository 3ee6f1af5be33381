"""The broker's users and their permissions as data, derived from the topology.

Rules for this file: nothing here talks to a broker, and least privilege is the rule. One user per service:

    orchestrator   owns its queues and all exchanges; dispatches tasks, publishes events, replies
    <agent>        reads its own queue; answers, claims and announces under its own name only; creates nothing durable
    client         publishes to `creatorflow.requests`, follows events on its own queue; no quarantine, no pruning
    admin          the operator: everything, and the management pages

RabbitMQ knows three rights, each a regular expression over names: configure (declare, delete), write (publish to an
exchange, bind a queue), read (consume or purge a queue, bind to an exchange); and, over routing keys, write and read on
a topic exchange. An exchange for which a user has no topic permission is limited by the first three alone, so each
exchange that a user may touch at all is listed. `write` on `amq.default` reaches any queue: only the orchestrator has
it, for replies. A passive look and dead-lettering need no right at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import topology
from .errors import NameInvalid

ORCHESTRATOR_USER = "orchestrator"
CLIENT_USER = "client"
ADMIN_USER = "admin"
SERVICE_USERS = (ORCHESTRATOR_USER, CLIENT_USER, ADMIN_USER)
"""Names that no agent may have where each agent has its own user."""

NOTHING = "^$"
EVERYTHING = ".*"
_MAJOR = "v[0-9]+"
_AGENT = "[a-z0-9_-]+"
_DEFAULT_EXCHANGE = "amq.default"
_OWN_QUEUES = r"amq\.gen-.*"
"""Names that the broker gives to a client's exclusive queues."""
_DIRECT_REPLIES = r"amq\.rabbitmq\.reply-to(\..*)?"


@dataclass(frozen=True, slots=True)
class TopicPermission:
    """The routing keys of a topic exchange that may be published (`write`), and bound to a queue (`read`)."""

    exchange: str
    write: str = NOTHING
    read: str = NOTHING


@dataclass(frozen=True, slots=True)
class User:
    """A user of the broker and what it may do in the virtual host; `tags` open the management pages."""

    name: str
    configure: str
    write: str
    read: str
    topics: tuple[TopicPermission, ...] = ()
    tags: tuple[str, ...] = ()


def users(agents: Iterable[str]) -> tuple[User, ...]:
    """Return the user of each service, the agents in the order given. Raises NameInvalid."""
    return (orchestrator_user(), *(agent_user(agent) for agent in agents), client_user(), admin_user())


def orchestrator_user() -> User:
    """Return the user of the orchestrator, which owns the topology."""
    own = topology.orchestrator_topology()
    queues = [_name(queue.name) for queue in own.queues]
    control = _control_queues("orchestrator")
    exchanges = [_name(exchange.name) for exchange in own.exchanges]
    sends = (topology.REQUESTS, topology.TASKS, topology.RESULTS, topology.EVENTS, topology.CONTROL, _DEFAULT_EXCHANGE)
    listens = {binding.exchange for binding in own.bindings} | {topology.CONTROL}
    return User(
        ORCHESTRATOR_USER,
        configure=_one_of(*exchanges, *queues, control),
        write=_one_of(*map(_name, sends), *queues, control),
        read=_one_of(*map(_name, sorted(listens)), *queues, control),
        topics=(
            TopicPermission(  # requests and cancellations of children; redriven messages, which it sends again
                topology.REQUESTS,
                _one_of(rf"request\.submitted\.{_MAJOR}", rf"command\.(cancel|step)\.{_MAJOR}"),
                _one_of(r"request\.#", r"command\.#"),
            ),
            TopicPermission(topology.TASKS, _one_of(rf"task\.{_AGENT}\.{_MAJOR}")),
            TopicPermission(  # the result of a child saga; an agent's when it is redriven
                topology.RESULTS, _one_of(rf"result\.{_AGENT}\.{_MAJOR}"), _one_of(r"result\.#", r"claim\.#")
            ),
            TopicPermission(topology.EVENTS, _one_of(rf"saga\.[0-9a-f-]{{36}}\.[a-z_]+\.{_MAJOR}")),
            TopicPermission(
                topology.CONTROL,
                _one_of(rf"control\.(cancel|refused)\.{_AGENT}\.{_MAJOR}", rf"control\.discover\.all\.{_MAJOR}"),
                _one_of(*(_name(binding.key) for binding in topology.orchestrator_control_bindings(""))),
            ),
            TopicPermission(topology.DEAD_LETTERS, NOTHING, "^#$"),
        ),
    )


def agent_user(agent: str) -> User:
    """Return the user of an agent: it reads its own queue and sends only in its own name.

    The operator creates the queue together with the user. Raises NameInvalid, also for the name of a service's user.
    """
    if agent in SERVICE_USERS:
        raise NameInvalid(f"no agent may be called {agent}: that is a user of the broker already")
    queue, control, name = _name(topology.agent_queue(agent)), _control_queues(agent), agent
    control_keys = (_name(binding.key) for binding in topology.agent_control_bindings("", agent))
    return User(
        agent,
        configure=_one_of(control),
        write=_one_of(_name(topology.RESULTS), _name(topology.CONTROL), control),
        read=_one_of(queue, _name(topology.CONTROL), control),
        topics=(
            TopicPermission(topology.RESULTS, _one_of(rf"(result|claim)\.{name}\.{_MAJOR}")),
            TopicPermission(
                topology.CONTROL, _one_of(rf"control\.(announce|heartbeat)\.{name}\.{_MAJOR}"), _one_of(*control_keys)
            ),
        ),
    )


def client_user() -> User:
    """Return the user of clients: the command line, and programs that submit and follow requests."""
    return User(
        CLIENT_USER,
        configure=_one_of(_OWN_QUEUES),
        write=_one_of(_name(topology.REQUESTS), _OWN_QUEUES),
        read=_one_of(_name(topology.EVENTS), _OWN_QUEUES, _DIRECT_REPLIES),
        topics=(
            TopicPermission(
                topology.REQUESTS,
                _one_of(rf"request\.submitted\.{_MAJOR}", rf"command\.(cancel|query|step)\.{_MAJOR}"),
            ),
            TopicPermission(topology.EVENTS, NOTHING, _one_of(r"saga\.[0-9a-f-]{36}\.#")),
        ),
    )


def admin_user() -> User:
    """Return the user of the operator."""
    return User(ADMIN_USER, EVERYTHING, EVERYTHING, EVERYTHING, tags=("administrator",))


def _name(name: str) -> str:
    """Escape a name, or a key, for a regular expression: of its possible characters only the dot is special there."""
    return name.replace(".", r"\.")


def _control_queues(service: str) -> str:
    """Return the pattern of a process's exclusive queues, which get a fresh name at each connect."""
    return _name(topology.control_queue(service, "x")[:-1]) + "[A-Za-z0-9_-]+"


def _one_of(*patterns: str) -> str:
    return f"^({'|'.join(patterns)})$" if len(patterns) > 1 else f"^{patterns[0]}$"
