"""Metrics of real processes after real requests: each one of the documented table exists and is right."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from creatorflow.bus import Bus, OutgoingMessage
from creatorflow.client import Client
from creatorflow_contracts import topology

from tests.waiting import patient, until

from .metered_agent import AGENT, plan, release_step, start_metered_agent
from .metrics import Metrics, documented, names, scrape, value
from .processes import Process, System

MEASURED = {"CREATORFLOW_METRICS_PORT": "0"}


async def wait_for_metrics(process: Process, condition: Callable[[Metrics], bool], description: str) -> Metrics:
    """Waits until a condition holds for the metrics; returns them."""
    await asyncio.to_thread(until, lambda: condition(scrape(process)), description)
    return scrape(process)


async def publish_unreadable_message(system: System) -> None:
    async with Bus.connect(system.broker_url, name="test") as bus:
        await bus.publish(OutgoingMessage(topology.REQUESTS, topology.submit_key(), b"hello", "request-submitted.v1"))


async def test_every_documented_series_is_served_with_right_values_after_a_retried_request(
    system: System,
) -> None:
    orchestrator = await asyncio.to_thread(lambda: system.orchestrator(CREATORFLOW_SILENCE_S="30", **MEASURED))
    agent = await asyncio.to_thread(lambda: start_metered_agent(system, **MEASURED))
    await publish_unreadable_message(system)
    async with Client(system.broker_url) as client:
        await (await client.submit("count me", plan=plan("fails-once"))).result(timeout=patient())
        waiting = await client.submit("count me again", plan=plan("waits"))
        of_agent = await wait_for_metrics(
            agent, lambda metrics: value(metrics, "creatorflow_open_tasks", agent=AGENT) == 1, "its open task"
        )
        assert names(of_agent) == documented("agent")
        of_orchestrator = await wait_for_metrics(
            orchestrator, _one_open_and_one_quarantined, "an open request and a quarantined message"
        )
        assert names(of_orchestrator) == documented("orchestrator")
        release_step(system)
        await waiting.result(timeout=patient())
    by_agent = {"agent": AGENT}
    for name, labels, expected in (
        ("creatorflow_attempts_total", by_agent | {"outcome": "retryable"}, 1),
        ("creatorflow_attempts_total", by_agent | {"outcome": "succeeded"}, 1),
        ("creatorflow_recoveries_total", {"failure": "retryable", "decision": "retry"}, 1),
        ("creatorflow_step_duration_seconds_count", by_agent, 1),
        ("creatorflow_queue_lag_seconds_count", {"queue": topology.SUBMIT_QUEUE}, 3),
        ("creatorflow_queue_lag_seconds_count", {"queue": topology.RESULTS_QUEUE}, 2),
        ("creatorflow_sagas_ended_total", {"status": "completed"}, 1),
        ("creatorflow_tokens_total", by_agent | {"kind": "prompt"}, 200),
        ("creatorflow_tokens_total", by_agent | {"kind": "completion"}, 40),
        ("creatorflow_cost_usd_total", by_agent, 0.5),
        ("creatorflow_sagas", {"status": "compensating"}, 0),
        ("creatorflow_saga_age_seconds", {"status": "compensating"}, 0),
        ("creatorflow_outbox_age_seconds", {}, 0),
    ):
        assert value(of_orchestrator, name, **labels) == expected, (name, labels)
    assert (value(of_orchestrator, "creatorflow_saga_age_seconds", status="running") or 0) > 0
    assert value(of_agent, "creatorflow_tasks_total", agent=AGENT, outcome="retryable") == 1
    assert value(of_agent, "creatorflow_tasks_total", agent=AGENT, outcome="succeeded") == 1
    assert value(of_agent, "creatorflow_task_duration_seconds_count", agent=AGENT) == 2
    assert value(of_agent, "creatorflow_queue_lag_seconds_count", queue=topology.agent_queue(AGENT)) == 3


def _one_open_and_one_quarantined(metrics: Metrics) -> bool:
    running = value(metrics, "creatorflow_sagas", status="running") == 1
    quarantined = value(metrics, "creatorflow_quarantine_rows", code="NOT_JSON") == 1
    return running and quarantined and value(metrics, "creatorflow_outbox_rows") == 0


async def test_a_specialist_serves_metrics_of_its_tasks_and_their_queue_time(system: System) -> None:
    name = "database-specialist"
    program = (sys.executable, "-m", "creatorflow_specialists", name)
    await asyncio.to_thread(system.orchestrator)
    specialist = await asyncio.to_thread(lambda: system.start("specialist", program, MEASURED))
    await asyncio.to_thread(specialist.wait_for_log, "agents_ready")
    async with Client(system.broker_url) as client:
        steps = [{"id": step, "agent": name, "description": "design the schema"} for step in ("one", "two")]
        await (await client.submit("design the schema", plan={"steps": steps})).result(timeout=patient())
    metrics = await asyncio.to_thread(scrape, specialist)
    assert names(metrics) == documented("agent")
    assert value(metrics, "creatorflow_tasks_total", agent=name, outcome="succeeded") == 2
    assert value(metrics, "creatorflow_queue_lag_seconds_count", queue=topology.agent_queue(name)) == 2
    assert value(metrics, "creatorflow_open_tasks", agent=name) == 0
