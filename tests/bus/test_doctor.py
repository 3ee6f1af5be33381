"""`creatorflow doctor` names the differences between the broker and the topology, and changes nothing."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator

import aio_pika
import pytest
from creatorflow.bus import BrokerRefused, Bus, BusUnavailable
from creatorflow.doctor import Finding, examine
from creatorflow_contracts.rabbitmq_definitions import agent_definitions, definitions, with_passwords
from creatorflow_contracts.topology import (
    DEAD_LETTERS,
    DEAD_LETTERS_QUEUE,
    RESULTS,
    RESULTS_QUEUE,
    TASKS,
    Arguments,
    Binding,
    Queue,
    Topology,
    agent_queue,
    agent_topology,
    orchestrator_topology,
)

from ops.local.broker import Broker
from ops.local.broker.model import BrokerUrl
from tests.waiting import patient

AGENT = "doctor-agent"
QUEUE = agent_queue(AGENT)


@pytest.fixture
async def topology(broker_url: str) -> Topology:
    """The whole topology, declared as the services declare it."""
    async with Bus.connect(broker_url, name="declares") as bus:
        topology = orchestrator_topology(bus.server_version) + agent_topology(AGENT, bus.server_version)
        assert await bus.declare(topology) == []
    return topology


async def look(broker: Broker, url: str) -> list[Finding]:
    management = broker.management
    assert management is not None
    address = f"{management.base.replace('://', f'://{management.user}:{management.password}@')}"
    findings = await examine(url, agents=[AGENT], management=address)
    usual = ("has no consumers", "recommended and not set")
    return [finding for finding in findings if finding.what not in usual and not finding.where.startswith("broker")]


async def test_a_correct_topology_has_no_findings(broker: Broker, broker_url: str, topology: Topology) -> None:
    assert await look(broker, broker_url) == []
    assert await look(broker, broker_url) == []


async def test_an_empty_virtual_host_lacks_everything(broker: Broker, broker_url: str) -> None:
    missing = {finding.where for finding in await look(broker, broker_url) if finding.what == "missing"}
    assert {f"exchange {TASKS}", f"queue {RESULTS_QUEUE}", f"queue {QUEUE}"} <= missing


async def test_a_deleted_binding_is_named(broker: Broker, broker_url: str, topology: Topology) -> None:
    await change(broker_url, unbind=Binding(RESULTS, RESULTS_QUEUE, "claim.#"))
    (finding,) = await look(broker, broker_url)
    assert (finding.what, finding.where) == ("missing", f"binding {RESULTS} -> {RESULTS_QUEUE} (claim.#)")
    assert finding.severity == "error"


async def test_an_unexpected_binding_is_named(broker: Broker, broker_url: str, topology: Topology) -> None:
    async with Bus.connect(broker_url, name="binds") as bus:
        await bus.declare(Topology((), (), (Binding(TASKS, QUEUE, "#"),)))
    (finding,) = await look(broker, broker_url)
    assert (finding.where, finding.severity) == (f"binding {TASKS} -> {QUEUE} (#)", "warning")


async def test_a_deleted_queue_is_named(broker: Broker, broker_url: str, topology: Topology) -> None:
    await change(broker_url, delete=DEAD_LETTERS_QUEUE)
    (finding,) = await look(broker, broker_url)
    assert (finding.what, finding.where) == ("missing", f"queue {DEAD_LETTERS_QUEUE}")


async def test_a_changed_argument_is_named(broker: Broker, broker_url: str, topology: Topology) -> None:
    await change(broker_url, delete=QUEUE)
    arguments: Arguments = {"x-queue-type": "quorum", "x-delivery-limit": 3, "x-dead-letter-exchange": DEAD_LETTERS}
    async with Bus.connect(broker_url, name="declares") as bus:
        await bus.declare(Topology((), (Queue(QUEUE, arguments),), topology.bindings))
    (finding,) = await look(broker, broker_url)
    assert finding.where == f"queue {QUEUE}"
    assert "inequivalent arg 'x-" in finding.what


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        (("", "", ".*", ".*"), "queues creatorflow.control.*"),
        ((".*", ".*", r"^(?!creatorflow\.tasks$).*", ".*"), f"exchange {TASKS}"),
        ((".*", ".*", ".*", r"^(?!creatorflow\.orchestrator\.results$).*"), f"queue {RESULTS_QUEUE}"),
        ((".*", ".*", ".*", r"^(?!creatorflow\.control$).*"), "exchange creatorflow.control"),
    ],
    ids=["configure", "write", "read", "listen"],
)
async def test_a_missing_permission_is_named(
    broker: Broker, broker_url: str, topology: Topology, rights: tuple[str, ...], expected: str
) -> None:
    url = limited_user(broker, broker_url, *rights[1:])
    errors = [finding for finding in await look(broker, url) if finding.severity == "error"]
    assert {error.where for error in errors if "permission" in error.what} == {expected}


async def test_without_the_management_api_the_unchecked_parts_are_named(broker_url: str, topology: Topology) -> None:
    findings = await examine(broker_url, agents=[AGENT], management="http://127.0.0.1:1")
    (unchecked,) = [finding for finding in findings if finding.severity == "unchecked"]
    assert unchecked.where == "bindings and policies"


# -- as the users that the services have ------------------------------------------------------------------------------

PASSWORD = "a password of the test's"  # noqa: S105


@pytest.fixture
def user_url(broker: Broker, broker_url: str, topology: Topology) -> Iterator[Callable[[str], str]]:
    """A function from a service user's name to a URL; the users have the committed permissions."""
    management, url = broker.management, BrokerUrl.parse(broker_url)
    assert management is not None
    for reported in (definitions([], url.vhost), agent_definitions(AGENT, url.vhost)):
        management.ask(
            "POST", "definitions", with_passwords(reported, {user["name"]: PASSWORD for user in reported["users"]})
        )
    yield lambda name: str(BrokerUrl("amqp", name, PASSWORD, url.host, url.port, url.vhost))
    for name in ("orchestrator", "client", "admin", AGENT):
        management.ask("DELETE", f"users/{name}")


@pytest.mark.parametrize("user", ["client", "orchestrator", AGENT])
async def test_a_service_user_has_no_errors_and_its_unchecked_parts_are_reported_once(
    broker: Broker, user_url: Callable[[str], str], user: str
) -> None:
    findings = await examine(user_url(user), agents=[AGENT], management=str(broker.management.base))  # type: ignore[union-attr]
    assert [finding for finding in findings if finding.severity == "error"] == []
    (reported,) = [finding for finding in findings if finding.severity == "unchecked"]
    assert reported.what.startswith(f"not checked, because user {user} may not: ")
    assert "bindings and policies" in reported.what and "the permissions of other users" in reported.what
    assert "admin" in reported.hint and "--url" in reported.hint


async def test_a_users_own_agent_is_recognised_by_its_queue(broker: Broker, user_url: Callable[[str], str]) -> None:
    findings = await examine(user_url(AGENT), management=str(broker.management.base))  # type: ignore[union-attr]
    assert [finding for finding in findings if finding.severity == "error"] == []


async def test_the_administrator_sees_everything(broker: Broker, user_url: Callable[[str], str]) -> None:
    findings = await examine(user_url("admin"), agents=[AGENT], management=str(broker.management.base))  # type: ignore[union-attr]
    assert {finding.severity for finding in findings} <= {"warning"}


@pytest.mark.parametrize("lost", [("REQUESTS", "write", "exchange creatorflow.requests"), ("EVENTS", "read", "listen")])
async def test_a_client_without_a_permission_to_publish_or_bind_gets_an_error_that_names_it(
    broker: Broker, broker_url: str, user_url: Callable[[str], str], lost: tuple[str, str, str]
) -> None:
    exchange, right, reported = lost
    rights = {"configure": ".*", "write": ".*", "read": ".*", right: rf"^(?!creatorflow\.{exchange.lower()}$).*"}
    broker.management.ask("PUT", f"permissions/{BrokerUrl.parse(broker_url).vhost}/client", rights)  # type: ignore[union-attr]
    findings = await examine(user_url("client"), agents=[AGENT], management=str(broker.management.base))  # type: ignore[union-attr]
    (error,) = [finding for finding in findings if finding.severity == "error"]
    assert f"no {right} permission" in error.what and reported in f"{error.what} {error.where}"


@pytest.mark.parametrize("user", ["client", "nobody"])
def test_the_exit_code_of_the_command_depends_on_its_findings(
    broker: Broker, broker_url: str, user_url: Callable[[str], str], user: str
) -> None:
    """`client` has all permissions of a client; `nobody` has none."""
    url = user_url("client") if user == "client" else limited_user(broker, broker_url, "", "^$", "^$")
    command = (sys.executable, "-c", "from creatorflow.cli.app import main; main()", "doctor", "--url", url)
    done = subprocess.run(
        [*command, "--management", str(broker.management.base)],  # type: ignore[union-attr]
        capture_output=True, text=True, timeout=patient(), check=False,
    )  # fmt: skip
    assert done.returncode == (0 if user == "client" else 1), done.stdout + done.stderr
    assert done.stdout.count("not checked, because") == 1 and "Traceback" not in done.stderr


async def test_an_unreachable_broker_and_a_refused_connection_are_distinct_errors(broker_url: str) -> None:
    with pytest.raises(BusUnavailable):
        await examine("amqp://guest:guest@127.0.0.1:1/")
    wrong = str(BrokerUrl.parse(broker_url).with_vhost("no-such-vhost"))
    with pytest.raises(BrokerRefused):
        await examine(wrong)


async def change(url: str, *, delete: str = "", unbind: Binding | None = None) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        if delete:
            await channel.queue_delete(delete)
        if unbind is not None:
            queue = await channel.get_queue(unbind.queue, ensure=False)
            await queue.unbind(unbind.exchange, unbind.key)


def limited_user(broker: Broker, url: str, configure: str, write: str, read: str) -> str:
    """Creates a user with these permissions; returns its URL."""
    name, password = f"limited-{secrets.token_hex(4)}", secrets.token_hex(8)
    vhost = BrokerUrl.parse(url).vhost
    management = broker.management
    assert management is not None
    management.ask("PUT", f"users/{name}", {"password": password, "tags": ""})
    rights = {"configure": configure or "^$", "write": write, "read": read}
    management.ask("PUT", f"permissions/{vhost}/{name}", rights)
    parts = BrokerUrl.parse(url)
    return url.replace(f"{parts.user}:{parts.password}@", f"{name}:{password}@")
