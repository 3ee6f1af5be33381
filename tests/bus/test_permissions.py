"""Who may do what, tried on a real broker: every cell of the table below is done by its user, and allowed or refused.

The table is written by hand; the permissions come from the topology. One connection a user (pika's, which nothing of
ours is built on), a channel for each question, because the broker closes the channel with every no.
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
    """A connection for each user that asks, in a virtual host that has our definitions."""

    def __init__(self, url: BrokerUrl) -> None:
        self._url = url
        self._connections: dict[str, BlockingConnection] = {}

    def connection(self, user: str) -> BlockingConnection:
        if user not in self._connections:
            url = BrokerUrl("amqp", user, PASSWORD, self._url.host, self._url.port, self._url.vhost)
            self._connections[user] = BlockingConnection(pika.URLParameters(str(url)))
        return self._connections[user]

    def may(self, user: str, act: Act) -> bool:
        """Whether the broker lets `user` do it; any other answer than yes and "not permitted" is an error."""
        channel = self.connection(user).channel()
        channel.confirm_delivery()
        try:
            act(channel)
        except ChannelClosedByBroker as no:
            if no.reply_code != 403:
                raise
            return False
        channel.close()
        return True

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


@pytest.fixture(scope="module")
def on_broker(broker: Broker, module_broker_url: str) -> Iterator[Users]:
    if broker.node is None or broker.management is None:
        pytest.skip("the broker was given by URL: its users are not for tests to make (unset CREATORFLOW_AMQP_URL)")
    url = BrokerUrl.parse(module_broker_url)
    names = [*(card.name for card in load_cards()), OWN]
    for reported in (definitions(names[:-1], url.vhost), agent_definitions(OWN, url.vhost)):
        whole = with_passwords(reported, {user["name"]: PASSWORD for user in reported["users"]})
        broker.management.ask("POST", "definitions", whole)
    asked = Users(url)
    yield asked
    asked.close()
    for user in users(names):
        broker.management.ask("DELETE", f"users/{user.name}")


# -- publishing -------------------------------------------------------------------------------------------------------

AGENTS_WORDS = [
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
    (topology.RESULTS, topology.result_key(A)): {"orchestrator", A},  # the orchestrator: what is redriven
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
def test_each_publishes_what_it_has_to_say_and_nothing_else(
    on_broker: Users, user: str, place: tuple[str, str]
) -> None:
    exchange, key = place
    may = on_broker.may(user, lambda channel: channel.basic_publish(exchange, key, b"{}"))
    assert may == (user in PUBLISH[place] | {"admin"})


def test_every_agent_speaks_for_itself_and_not_for_its_neighbour(on_broker: Users) -> None:
    names = [card.name for card in load_cards()]
    for name, neighbour in zip(names, [*names[1:], names[0]], strict=True):
        for exchange, key in AGENTS_WORDS:
            publish = [lambda channel, a=a: channel.basic_publish(exchange, key(a), b"{}") for a in (name, neighbour)]  # noqa: B023
            assert [on_broker.may(name, act) for act in publish] == [True, False], (name, key(name))


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
TAKING: dict[str, Callable[[str], Act]] = {
    "consume": lambda queue: lambda channel: channel.basic_consume(queue, lambda *_: None),
    "get": lambda queue: lambda channel: channel.basic_get(queue),
    "purge": lambda queue: lambda channel: channel.queue_purge(queue),
}


@pytest.mark.parametrize("user", ROLES)
@pytest.mark.parametrize("taking", TAKING)
@pytest.mark.parametrize("queue", READ)
def test_each_reads_and_empties_its_own_queue_alone(on_broker: Users, user: str, taking: str, queue: str) -> None:
    assert on_broker.may(user, TAKING[taking](queue)) == (user in READ[queue] | {"admin"})


@pytest.mark.parametrize("user", ROLES)
def test_anybody_may_look_whether_a_thing_exists(on_broker: Users, user: str) -> None:
    assert on_broker.may(user, lambda channel: channel.queue_declare(topology.agent_queue(B), passive=True))
    assert on_broker.may(user, lambda channel: channel.exchange_declare(topology.TASKS, passive=True))


# -- making, binding and deleting -------------------------------------------------------------------------------------

TOPOLOGY = topology.orchestrator_topology() + topology.agent_topology(A)
MAKE: dict[str, tuple[Act, set[str]]] = {
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
        f"queue {each.name}": (
            partial(BlockingChannel.queue_declare, queue=each.name, durable=True, arguments=dict(each.arguments)),
            set() if each.name == topology.agent_queue(A) else {"orchestrator"},
        )
        for each in TOPOLOGY.queues
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
@pytest.mark.parametrize("what", MAKE)
def test_each_makes_only_what_is_its_own(on_broker: Users, user: str, what: str) -> None:
    act, allowed = MAKE[what]
    if user == "admin":
        return  # may do everything, and would
    assert on_broker.may(user, act) == (user in allowed)


HEAR: dict[tuple[str, str], set[str]] = {
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
@pytest.mark.parametrize("place", HEAR, ids="/".join)
def test_each_listens_only_to_what_is_meant_for_it(on_broker: Users, user: str, place: tuple[str, str]) -> None:
    exchange, key = place

    def listen(channel: BlockingChannel) -> None:
        name = "" if user in ("client", "admin") else topology.control_queue(user, "9c1b")
        queue = channel.queue_declare(name, exclusive=True, auto_delete=True).method.queue
        channel.queue_bind(queue, exchange, key)
        channel.queue_delete(queue)

    assert on_broker.may(user, listen) == (user in HEAR[place] | {"admin"})


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ROLES)
def test_nobody_signs_a_message_with_another_users_name(on_broker: Users, user: str) -> None:
    own = {"orchestrator": (topology.TASKS, topology.task_key(A)), "admin": (topology.TASKS, topology.task_key(A))}
    client = (topology.REQUESTS, topology.submit_key())
    place = own.get(user, client if user == "client" else (topology.RESULTS, topology.result_key(user)))
    assert on_broker.may(user, lambda channel: channel.basic_publish(*place, b"{}", pika.BasicProperties(user_id=user)))
    with pytest.raises(ChannelClosedByBroker, match="user_id"):
        on_broker.may(user, lambda channel: channel.basic_publish(*place, b"{}", pika.BasicProperties(user_id=B)))


@pytest.mark.parametrize("name", ["orchestrator", "client", "admin", "all", "saga", "a.b", ".*"])
def test_no_agent_has_a_name_that_means_somebody_else(name: str) -> None:
    with pytest.raises(NameInvalid):
        agent_user(name)


def test_each_user_is_restricted_on_every_exchange_that_it_may_touch() -> None:
    """A topic exchange without a topic permission is open to whoever may write to the exchange."""
    for user in users([A]):
        listed = {topic.exchange for topic in user.topics}
        touched = {
            exchange.name for exchange in TOPOLOGY.exchanges if re.search(f"{user.write}|{user.read}", exchange.name)
        }
        assert user.name == "admin" or touched == listed, user.name


@pytest.mark.parametrize("password", ["", "guest", "nobody-at-home"])
def test_a_user_as_the_committed_definitions_make_it_lets_nobody_in(
    on_broker: Users, broker: Broker, module_broker_url: str, password: str
) -> None:
    url = BrokerUrl.parse(module_broker_url)
    broker.management.ask("POST", "definitions", agent_definitions("nobody-at-home", url.vhost))  # type: ignore[union-attr]
    url = BrokerUrl("amqp", "nobody-at-home", password, url.host, url.port, url.vhost)
    with pytest.raises(ProbableAuthenticationError):
        BlockingConnection(
            pika.ConnectionParameters(url.host, url.port, url.vhost, PlainCredentials(url.user, password))
        )
    broker.management.ask("DELETE", "users/nobody-at-home")  # type: ignore[union-attr]
