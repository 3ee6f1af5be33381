"""The real processes, each as its own user of the broker: all that they do is permitted, and a client cannot submit a
child request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pika
import pytest
from creatorflow.client import Client
from creatorflow_contracts import topology
from creatorflow_contracts.permissions import users
from creatorflow_contracts.rabbitmq_definitions import definitions, with_passwords
from creatorflow_contracts.v1.request import Parent, RequestSubmitted

from ops.local.broker import Broker, BrokerUrl
from tests.system.processes import System
from tests.waiting import patient, until

AGENT = "database-specialist"
PLAN = {
    "steps": [
        {"id": "tables", "agent": AGENT},
        {"id": "child", "depends_on": ["tables"], "plan": {"steps": [{"id": "more", "agent": AGENT}]}},
    ]
}


@pytest.fixture
def urls(broker: Broker, broker_url: str) -> Iterator[dict[str, str]]:
    """URLs by user, in a virtual host with the definitions of this project."""
    if broker.node is None or broker.management is None:
        pytest.skip("the broker was given by URL: its users are not for tests to make (unset CREATORFLOW_AMQP_URL)")
    url, names = BrokerUrl.parse(broker_url), [user.name for user in users([AGENT])]
    document = with_passwords(definitions([AGENT], url.vhost), dict.fromkeys(names, "geheim"))
    broker.management.ask("POST", "definitions", document)
    yield {name: str(BrokerUrl("amqp", name, "geheim", url.host, url.port, url.vhost)) for name in names}
    for name in names:
        broker.management.ask("DELETE", f"users/{name}")


@pytest.fixture
def systems(urls: dict[str, str], tmp_path: Path) -> Iterator[dict[str, System]]:
    """The systems of the orchestrator and of an agent, each with its own user."""
    running = {name: System(urls[name], tmp_path / name) for name in ("orchestrator", AGENT)}
    for system in running.values():
        system.folder.mkdir()
    running["orchestrator"].orchestrator()
    running[AGENT].agents(AGENT)
    yield running
    for system in running.values():
        system.stop()


async def test_a_request_with_a_child_runs_and_no_operation_is_forbidden(
    systems: dict[str, System], urls: dict[str, str]
) -> None:
    async with Client(urls["client"]) as client:
        run = await client.submit("make a shop", plan=PLAN)
        events = [event.event async for event in run.events()]
        result = await run.result(patient())
    assert result.overall_success
    assert events[-1] == "completed"
    assert systems[AGENT].run_counts() == {"tables": 1, "more": 1}
    for system in systems.values():
        for process in system.processes:
            text = process.log.read_text()
            assert '"level": "error"' not in text
            assert "ACCESS_REFUSED" not in text


def test_a_client_cannot_submit_a_child_request(systems: dict[str, System], urls: dict[str, str]) -> None:
    task = uuid4()
    parent = Parent(correlation_id=uuid4(), task_id=task, step="child", attempt=1, depth=1)
    forged = RequestSubmitted(correlation_id=task, request="a schema for orders", parent=parent)
    connection = pika.BlockingConnection(pika.URLParameters(urls["client"]))
    properties = pika.BasicProperties(user_id="client", content_type="application/json")
    connection.channel().basic_publish(topology.REQUESTS, topology.submit_key(), forged.to_json(), properties)
    connection.close()
    process = systems["orchestrator"].processes[0]
    until(lambda: "SENDER_NOT_ALLOWED" in process.log.read_text(), "the refusal")
    assert systems["orchestrator"].rows("saga") == 0
