"""Names are pure functions that refuse invalid routing keys; queue arguments are those that correctness needs."""

import re
from base64 import b64encode
from uuid import UUID

import pytest
from creatorflow_contracts import BrokerTooOld, NameInvalid, topology
from creatorflow_contracts.topology import Binding, agent_topology, orchestrator_topology
from creatorflow_contracts.v1.base import NAME_PATTERN, RESERVED_AGENT_NAMES
from hypothesis import given
from hypothesis import strategies as st

AGENT = "shipping-automation-specialist"
SAGA = "6f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
AGENT_NAMES = (topology.task_key, topology.result_key, topology.claim_key, topology.agent_queue)


def test_names_are_as_documented() -> None:
    assert topology.task_key(AGENT) == f"task.{AGENT}.v1"
    assert topology.result_key(AGENT) == f"result.{AGENT}.v1"
    assert topology.claim_key(AGENT) == f"claim.{AGENT}.v1"
    assert topology.submit_key() == "request.submitted.v1"
    assert topology.command_key("cancel") == "command.cancel.v1"
    assert topology.command_key("quarantine") == "command.quarantine.v1"
    assert topology.event_key(UUID(SAGA), "step_succeeded") == f"saga.{SAGA}.step_succeeded.v1"
    assert topology.events_pattern(SAGA.upper()) == f"saga.{SAGA}.#"
    assert topology.control_key("discover", "all") == "control.discover.all.v1"
    assert topology.agent_queue(AGENT) == f"creatorflow.agent.{AGENT}.v1"
    assert topology.control_queue("orchestrator", "8f3a") == "creatorflow.control.orchestrator.8f3a"


@pytest.mark.parametrize(
    "name", ["", "a.b", "a*", "#", "a b", "A", "-a", "a-", "a--b", "1a", "ä", "a\n", "a" * 65, "x" * 300]
)
@pytest.mark.parametrize("function", AGENT_NAMES)
def test_a_name_that_is_invalid_in_a_routing_key_is_refused(function: object, name: str) -> None:
    with pytest.raises(NameInvalid):
        function(name)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["all", "saga"])
@pytest.mark.parametrize("function", AGENT_NAMES)
def test_no_agent_may_have_a_reserved_name(function: object, name: str) -> None:
    with pytest.raises(NameInvalid, match="reserved"):
        function(name)  # type: ignore[operator]


def test_the_names_of_the_other_keys_are_checked_too() -> None:
    for call in (
        lambda: topology.event_key("no uuid", "accepted"),
        lambda: topology.event_key(SAGA, "a.b"),
        lambda: topology.events_pattern("#"),
        lambda: topology.control_queue("orchestrator", "a.b"),
        lambda: topology.control_queue("*", "a"),
        lambda: topology.control_key("announce", "saga"),
    ):
        with pytest.raises(NameInvalid):
            call()


@given(st.from_regex(NAME_PATTERN.replace("$", r"\Z"), fullmatch=True).filter(lambda name: len(name) <= 64))
def test_every_name_makes_a_queue_name_that_the_broker_accepts(name: str) -> None:
    if name not in RESERVED_AGENT_NAMES:
        assert len(topology.agent_queue(name).encode()) <= 255
        assert topology.task_key(name).count(".") == 2


def test_an_agents_queue_loses_nothing_and_dead_letters_after_five_failed_deliveries() -> None:
    queue = next(queue for queue in agent_topology(AGENT).queues if queue.name == topology.agent_queue(AGENT))
    assert dict(queue.arguments) == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 5,
        "x-dead-letter-exchange": "creatorflow.dead-letters",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert Binding("creatorflow.tasks", queue.name, f"task.{AGENT}.v1") in agent_topology(AGENT).bindings


def test_the_orchestrators_queues_never_drop_a_message() -> None:
    queues = {queue.name: dict(queue.arguments) for queue in orchestrator_topology().queues}
    unlimited = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
    assert queues == {
        "creatorflow.orchestrator.submit": {**unlimited, "x-overflow": "reject-publish"},
        "creatorflow.orchestrator.commands": unlimited,
        "creatorflow.orchestrator.results": unlimited,
        "creatorflow.orchestrator.dead-letters": unlimited,
    }


def test_both_sides_declare_the_dead_letter_queue_alike() -> None:
    shared = {queue.name: queue for queue in orchestrator_topology().queues}
    for queue in agent_topology(AGENT).queues:
        assert queue == shared.get(queue.name, queue)
    both = orchestrator_topology() + agent_topology(AGENT)
    assert len({queue.name for queue in both.queues}) == len(both.queues) == 5
    assert len(both.exchanges) == 6


@pytest.mark.parametrize(
    ("exchange", "key", "queue"),
    [
        (topology.REQUESTS, "request.submitted.v1", topology.SUBMIT_QUEUE),
        (topology.REQUESTS, "request.submitted.v99", topology.SUBMIT_QUEUE),
        (topology.REQUESTS, "command.query.v1", topology.COMMANDS_QUEUE),
        (topology.REQUESTS, "command.quarantine.v2", topology.COMMANDS_QUEUE),
        (topology.RESULTS, f"result.{AGENT}.v1", topology.RESULTS_QUEUE),
        (topology.RESULTS, "result.saga.v1", topology.RESULTS_QUEUE),
        (topology.RESULTS, f"claim.{AGENT}.v3", topology.RESULTS_QUEUE),
        (topology.DEAD_LETTERS, f"task.{AGENT}.v1", topology.DEAD_LETTERS_QUEUE),
    ],
)
def test_a_message_of_any_version_reaches_the_orchestrator(exchange: str, key: str, queue: str) -> None:
    reached = [
        binding.queue
        for binding in orchestrator_topology().bindings
        if binding.exchange == exchange and matches(binding.key, key)
    ]
    assert reached == [queue]


def test_each_process_receives_only_messages_meant_for_it() -> None:
    agent = topology.agent_control_bindings("q", AGENT)
    assert any(matches(binding.key, topology.control_key("cancel", AGENT)) for binding in agent)
    assert any(matches(binding.key, topology.control_key("discover", "all")) for binding in agent)
    assert not any(matches(binding.key, topology.control_key("cancel", "ui-ux-specialist")) for binding in agent)
    orchestrator = topology.orchestrator_control_bindings("q")
    assert all(
        any(matches(binding.key, topology.control_key(kind, AGENT)) for binding in orchestrator)
        for kind in ("announce", "heartbeat")
    )


def test_policies_name_queues_that_exist() -> None:
    names = [queue.name for queue in (orchestrator_topology() + agent_topology(AGENT)).queues]
    for policy in topology.POLICIES:
        assert any(re.search(policy.pattern, name) for name in names), policy.name


@pytest.mark.parametrize("broker", [(3, 9), (3, 0), (2, 99)])
def test_a_broker_version_that_loses_dead_letters_is_refused(broker: tuple[int, int]) -> None:
    with pytest.raises(BrokerTooOld, match=r"3\.10"):
        orchestrator_topology(broker)


@pytest.mark.parametrize("broker", [(3, 10), (3, 13), (4, 0), (4, 3)])
def test_every_supported_broker_has_the_same_topology(broker: tuple[int, int]) -> None:
    assert orchestrator_topology(broker) == orchestrator_topology()
    assert agent_topology(AGENT, broker) == agent_topology(AGENT)


def test_replies_go_only_to_queues_outside_the_system() -> None:
    assert topology.may_reply_to("amq.rabbitmq.reply-to")
    assert topology.may_reply_to(DIRECT)
    assert topology.may_reply_to("billing.replies")
    assert not topology.may_reply_to("creatorflow.orchestrator.submit")
    assert not topology.may_reply_to("")
    assert not topology.may_reply_to(None)


def matches(pattern: str, key: str) -> bool:
    """Match like a topic exchange, for the patterns in use: words, and `#` at the end."""
    expression = re.escape(pattern).replace(r"\.\#", r"(\..*)?").replace(r"\#", ".*")
    return re.fullmatch(expression, key) is not None


DIRECT = "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5NzIxMTQxNwAAjY8AAAAAawNR3g==.V2toQ+yazzUjWStxkaEcjQ=="
"""A direct reply-to address as RabbitMQ 4.0 makes it."""


@pytest.mark.parametrize(
    "forged",
    [
        "amq.rabbitmq.reply-to.",
        "amq.rabbitmq.reply-to.garbage",
        "amq.rabbitmq.reply-to.a.b",
        "amq.rabbitmq.reply-to.g1h2AAAA==.zzz",
        "amq.rabbitmq.reply-to.g2EB.V2toQ+yazzUjWStxkaEcjQ==",
        "amq.rabbitmq.reply-to.g1h2AA5yZXBseQ==.V2toQ+yazzUjWStxkaEcjQ==",
        DIRECT.rpartition(".")[0],
        "amq.rabbitmq.reply-to.g1h2AA4BAnlAOTcyMTE0MTcAAI+1AAAAAGsDUd4=.V2toQ+yazzUjWStxkaEcjQ==",
        "q" * 256,
        "\ufffd",
    ],
)
def test_an_address_that_the_broker_cannot_parse_is_refused(forged: str) -> None:
    """Publishing to some of these ends the publisher's connection."""
    assert not topology.may_reply_to(forged)


def test_direct_addresses_of_older_brokers_are_known() -> None:
    process = b"\x83gd\x00\x0erabbit@machine" + b"\x00" * 9
    assert topology.may_reply_to(f"amq.rabbitmq.reply-to.{b64encode(process).decode()}.key")
