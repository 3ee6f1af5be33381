"""Permissions on a real broker: each user tries every operation of the tables below, which is allowed or refused.

The tables are written by hand; the permissions come from the topology. One connection a user (pika's, which no code
of this project uses), a channel for each operation, because the broker closes the channel with every refusal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pika
import pytest
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.errors import NameInvalid
from creatorflow_contracts.permissions import agent_user, users
from creatorflow_contracts.rabbitmq_definitions import agent_definitions, definitions, with_passwords
from pika import PlainCredentials
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import ChannelClosedByBroker, ProbableAuthenticationError

from ops.local.broker import Broker, BrokerUrl

A, B, OWN = "ui-ux-specialist", "database-specialist", "my-agent"
SAGA = "6f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
ROLES = ("orchestrator", A, OWN, "client", "admin")
PASSWORD = "a password of the test's"  # noqa: S105
Act = Callable[[BlockingChannel], Any]


class Users:
    """Connections by user, to a virtual host with the definitions of this project."""

    def __init__(self, url: BrokerUrl) -> None:
        self._url = url
        self._connections: dict[str, BlockingConnection] = {}

    def connection(self, user: str) -> BlockingConnection:
        if user not in self._connections:
            url = BrokerUrl("amqp", user, PASSWORD, self._url.host, self._url.port, self._url.vhost)
            self._connections[user] = BlockingConnection(pika.URLParameters(str(url)))
        return self._connections[user]

    def may(self, user: str, act: Act) -> bool:
        """True if the broker permits `user` the operation; any other error than "not permitted" is raised."""
        channel = self.connection(user).channel()
        channel.confirm_delivery()
        try:
            act(channel)
        except ChannelClosedByBroker as refusal:
            if refusal.reply_code != 403:
                raise
            return False
        channel.close()
        return True

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


@pytest.fixture(scope="module")
def connections(broker: Broker, module_broker_url: str) -> Iterator[Users]:
    if broker.node is None or broker.management is None:
        pytest.skip("the broker was given by URL: its users are not for tests to make (unset CREATORFLOW_AMQP_URL)")
    url = BrokerUrl.parse(module_broker_url)
    names = [*(card.name for card in load_cards()), OWN]
    for document in (definitions(names[:-1], url.vhost), agent_definitions(OWN, url.vhost)):
        whole = with_passwords(document, {user["name"]: PASSWORD for user in document["users"]})
        broker.management.ask("POST", "definitions", whole)
    connections = Users(url)
    yield connections
    connections.close()
    for user in users(names):
        broker.management.ask("DELETE", f"users/{user.name}")


# -- publishing -------------------------------------------------------------------------------------------------------

AGENT_KEYS = [
    (topology.RESULTS, topology.result_key),
    (topology.RESULTS, topology.claim_key),
    (topology.CONTROL, lambda agent: topology.control_key("announce", agent)),
    (topology.CONTROL, lambda agent: topology.control_key("heartbeat", agent)),
]
PUBLISH: dict[tuple[str, str], set[str]] = {
    (topology.REQUESTS, topology.submit_key()): {"orchestrator", "client"},
    (topology.REQUESTS, topology.command_key("cancel")): {"orchestrator", "client"},
    (topology.REQUESTS, topology.command_key("step")): {"orchestrator", "client"},
    (topology.REQUESTS, topology.command_key("query")): {"client"},
    (topology.REQUESTS, topology.command_key("quarantine")): set(),
    (topology.REQUESTS, topology.command_key("prune")): set(),
    (topology.REQUESTS, "command.unheard-of.v1"): set(),
    (topology.TASKS, topology.task_key(A)): {"orchestrator"},
    (topology.TASKS, topology.task_key(B)): {"orchestrator"},
    (topology.RESULTS, topology.SAGA_RESULT_KEY): {"orchestrator"},
    (topology.RESULTS, topology.result_key(A)): {"orchestrator", A},  # the orchestrator redrives results
    (topology.RESULTS, topology.result_key(B)): {"orchestrator"},
    (topology.RESULTS, topology.result_key(OWN)): {"orchestrator", OWN},
    (topology.RESULTS, topology.claim_key(A)): {A},
    (topology.RESULTS, topology.claim_key(B)): set(),
    (topology.RESULTS, f"result.{A}.evil.v1"): set(),
    (topology.RESULTS, f"result.{A}.v2"): {"orchestrator", A},
    (topology.EVENTS, topology.event_key(SAGA, "step_succeeded")): {"orchestrator"},
    (topology.CONTROL, topology.control_key("announce", A)): {A},
    (topology.CONTROL, topology.control_key("heartbeat", A)): {A},
    (topology.CONTROL, topology.control_key("announce", B)): set(),
    (topology.CONTROL, topology.control_key("heartbeat", B)): set(),
    (topology.CONTROL, topology.control_key("cancel", A)): {"orchestrator"},
    (topology.CONTROL, topology.control_key("refused", A)): {"orchestrator"},
    (topology.CONTROL, topology.control_key("discover", "all")): {"orchestrator"},
    (topology.DEAD_LETTERS, topology.task_key(A)): set(),
    ("", topology.agent_queue(A)): {"orchestrator"},  # replies go by the default exchange, which reaches any queue
    ("", topology.RESULTS_QUEUE): {"orchestrator"},
}


@pytest.mark.parametrize("user", ROLES)
@pytest.mark.parametrize("place", PUBLISH, ids="/".join)
def test_each_user_publishes_its_own_messages_and_no_others(
    connections: Users, user: str, place: tuple[str, str]
) -> None:
    exchange, key = place
    may = connections.may(user, lambda channel: channel.basic_publish(exchange, key, b"{}"))
    assert may == (user in PUBLISH[place] | {"admin"})


def test_every_agent_publishes_under_its_own_name_only(connections: Users) -> None:
    names = [card.name for card in load_cards()]
    for name, neighbour in zip(names, [*names[1:], names[0]], strict=True):
        for exchange, key in AGENT_KEYS:
            publish = [lambda channel, a=a: channel.basic_publish(exchange, key(a), b"{}") for a in (name, neighbour)]  # noqa: B023
            assert [connections.may(name, act) for act in publish] == [True, False], (name, key(name))


# -- reading ----------------------------------------------------------------------------------------------------------

READ: dict[str, set[str]] = {
    topology.agent_queue(A): {A},
    topology.agent_queue(B): set(),
    topology.agent_queue(OWN): {OWN},
    topology.SUBMIT_QUEUE: {"orchestrator"},
    topology.COMMANDS_QUEUE: {"orchestrator"},
    topology.RESULTS_QUEUE: {"orchestrator"},
    topology.DEAD_LETTERS_QUEUE: {"orchestrator"},
}
READ_OPERATIONS: dict[str, Callable[[str], Act]] = {
    "consume": lambda queue: lambda channel: channel.basic_consume(queue, lambda *_: None),
    "get": lambda queue: lambda channel: channel.basic_get(queue),
    "purge": lambda queue: lambda channel: channel.queue_purge(queue),
}


@pytest.mark.parametrize("user", ROLES)
@pytest.mark.parametrize("taking", READ_OPERATIONS)
@pytest.mark.parametrize("queue", READ)
def test_each_user_reads_and_purges_its_own_queues_only(connections: Users, user: str, taking: str, queue: str) -> None:
    assert connections.may(user, READ_OPERATIONS[taking](queue)) == (user in READ[queue] | {"admin"})


@pytest.mark.parametrize("user", ROLES)
def test_every_user_may_declare_passively(connections: Users, user: str) -> None:
    assert connections.may(user, lambda channel: channel.queue_declare(topology.agent_queue(B), passive=True))
    assert connections.may(user, lambda channel: channel.exchange_declare(topology.TASKS, passive=True))


# -- making, binding and deleting -------------------------------------------------------------------------------------

TOPOLOGY = topology.orchestrator_topology() + topology.agent_topology(A)
DECLARE: dict[str, tuple[Act, set[str]]] = {
    **{
        f"exchange {exchange.name}": (
            partial(
                BlockingChannel.exchange_declare, exchange=exchange.name, exchange_type=exchange.type, durable=True
            ),
            {"orchestrator"},
        )
        for exchange in TOPOLOGY.exchanges
    },
    **{
        f"queue {queue.name}": (
            partial(BlockingChannel.queue_declare, queue=queue.name, durable=True, arguments=dict(queue.arguments)),
            set() if queue.name == topology.agent_queue(A) else {"orchestrator"},
        )
        for queue in TOPOLOGY.queues
    },
    "a queue of any name": (lambda channel: channel.queue_declare("mine", exclusive=True), set()),
    "an exchange of any name": (lambda channel: channel.exchange_declare("creatorflow.mine"), set()),
    "the deletion of an agent's queue": (lambda channel: channel.queue_delete(topology.agent_queue(B)), set()),
    "the deletion of an exchange": (lambda channel: channel.exchange_delete("creatorflow.mine"), set()),
    "a client's queue": (lambda channel: channel.queue_declare("", exclusive=True), {"client"}),
    f"a control queue of {A}": (lambda channel: _control_queue(channel, A), {A}),
    f"a control queue of {B}": (lambda channel: _control_queue(channel, B), set()),
    "a control queue of the orchestrator": (lambda channel: _control_queue(channel, "orchestrator"), {"orchestrator"}),
}


def _control_queue(channel: BlockingChannel, service: str) -> str:
    name = topology.control_queue(service, "8f3a")
    channel.queue_declare(name, exclusive=True, auto_delete=True)
    channel.queue_delete(name)
    return name


@pytest.mark.parametrize("user", ROLES)
@pytest.mark.parametrize("operation", DECLARE)
def test_each_user_declares_and_deletes_its_own_objects_only(connections: Users, user: str, operation: str) -> None:
    act, allowed = DECLARE[operation]
    if user == "admin":
        return  # is allowed everything, and would do it
    assert connections.may(user, act) == (user in allowed)


BIND: dict[tuple[str, str], set[str]] = {
    (topology.CONTROL, f"control.cancel.{A}.#"): {A},
    (topology.CONTROL, f"control.cancel.{B}.#"): set(),
    (topology.CONTROL, f"control.refused.{A}.#"): {A},
    (topology.CONTROL, f"control.refused.{B}.#"): set(),
    (topology.CONTROL, "control.discover.all.#"): {A, OWN},
    (topology.CONTROL, "control.announce.#"): {"orchestrator"},
    (topology.CONTROL, "control.heartbeat.#"): {"orchestrator"},
    (topology.CONTROL, "#"): set(),
    (topology.EVENTS, topology.events_pattern(SAGA)): {"client"},
    (topology.EVENTS, "#"): set(),
    (topology.TASKS, topology.task_key(A)): set(),
    (topology.TASKS, "#"): set(),
    (topology.REQUESTS, "request.#"): {"orchestrator"},
    (topology.RESULTS, "result.#"): {"orchestrator"},
    (topology.RESULTS, topology.result_key(A)): set(),
    (topology.DEAD_LETTERS, "#"): {"orchestrator"},
}


@pytest.mark.parametrize("user", ROLES)
@pytest.mark.parametrize("place", BIND, ids="/".join)
def test_each_user_binds_only_to_messages_meant_for_it(connections: Users, user: str, place: tuple[str, str]) -> None:
    exchange, key = place

    def listen(channel: BlockingChannel) -> None:
        name = "" if user in ("client", "admin") else topology.control_queue(user, "9c1b")
        queue = channel.queue_declare(name, exclusive=True, auto_delete=True).method.queue
        channel.queue_bind(queue, exchange, key)
        channel.queue_delete(queue)

    assert connections.may(user, listen) == (user in BIND[place] | {"admin"})


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ROLES)
def test_no_user_publishes_with_the_user_id_of_another(connections: Users, user: str) -> None:
    own = {"orchestrator": (topology.TASKS, topology.task_key(A)), "admin": (topology.TASKS, topology.task_key(A))}
    client = (topology.REQUESTS, topology.submit_key())
    place = own.get(user, client if user == "client" else (topology.RESULTS, topology.result_key(user)))
    assert connections.may(
        user, lambda channel: channel.basic_publish(*place, b"{}", pika.BasicProperties(user_id=user))
    )
    with pytest.raises(ChannelClosedByBroker, match="user_id"):
        connections.may(user, lambda channel: channel.basic_publish(*place, b"{}", pika.BasicProperties(user_id=B)))


@pytest.mark.parametrize("name", ["orchestrator", "client", "admin", "all", "saga", "a.b", ".*"])
def test_no_agent_may_have_a_reserved_name(name: str) -> None:
    with pytest.raises(NameInvalid):
        agent_user(name)


def test_each_user_has_a_topic_permission_on_every_exchange_that_it_may_use() -> None:
    """Without a topic permission every user with write permission may publish any key to a topic exchange."""
    for user in users([A]):
        listed = {topic.exchange for topic in user.topics}
        touched = {
            exchange.name for exchange in TOPOLOGY.exchanges if re.search(f"{user.write}|{user.read}", exchange.name)
        }
        assert user.name == "admin" or touched == listed, user.name


@pytest.mark.parametrize("password", ["", "guest", "nobody-at-home"])
def test_a_user_of_the_committed_definitions_accepts_no_password(
    connections: Users, broker: Broker, module_broker_url: str, password: str
) -> None:
    url = BrokerUrl.parse(module_broker_url)
    broker.management.ask("POST", "definitions", agent_definitions("nobody-at-home", url.vhost))  # type: ignore[union-attr]
    url = BrokerUrl("amqp", "nobody-at-home", password, url.host, url.port, url.vhost)
    with pytest.raises(ProbableAuthenticationError):
        BlockingConnection(
            pika.ConnectionParameters(url.host, url.port, url.vhost, PlainCredentials(url.user, password))
        )
    broker.management.ask("DELETE", "users/nobody-at-home")  # type: ignore[union-attr]
