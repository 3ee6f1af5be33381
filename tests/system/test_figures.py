"""Figures for Prometheus, asked of real processes after real requests: each of the table is there, and is right."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from creatorflow.bus import Bus, OutgoingMessage
from creatorflow.client import Client
from creatorflow_contracts import topology

from tests.waiting import patient, until

from .counted import AGENT, counted_agent, go_on, plan
from .figures import Figures, documented, names, scrape, value
from .processes import Process, System

MEASURED = {"CREATORFLOW_METRICS_PORT": "0"}


async def shows(process: Process, holds: Callable[[Figures], bool], what: str) -> Figures:
    """Ask until it holds; what was shown then."""
    await asyncio.to_thread(until, lambda: holds(scrape(process)), what)
    return scrape(process)


async def quarantine_one(system: System) -> None:
    async with Bus.connect(system.broker_url, name="test") as bus:
        await bus.publish(OutgoingMessage(topology.REQUESTS, topology.submit_key(), b"hello", "request-submitted.v1"))


async def test_every_series_of_the_table_is_shown_after_a_request_that_failed_once_and_is_right(
    system: System,
) -> None:
    orchestrator = await asyncio.to_thread(lambda: system.orchestrator(CREATORFLOW_SILENCE_S="30", **MEASURED))
    agent = await asyncio.to_thread(lambda: counted_agent(system, **MEASURED))
    await quarantine_one(system)
    async with Client(system.broker_url) as client:
        await (await client.submit("count me", plan=plan("fails-once"))).result(timeout=patient())
        waiting = await client.submit("count me again", plan=plan("waits"))
        reported = await shows(
            agent, lambda all_: value(all_, "creatorflow_open_tasks", agent=AGENT) == 1, "its open task"
        )
        assert names(reported) == documented("agent")
        shown = await shows(orchestrator, _one_runs_and_one_rests, "an open request and a quarantined message")
        assert names(shown) == documented("orchestrator")
        go_on(system)
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
        assert value(shown, name, **labels) == expected, (name, labels)
    assert (value(shown, "creatorflow_saga_age_seconds", status="running") or 0) > 0
    assert value(reported, "creatorflow_tasks_total", agent=AGENT, outcome="retryable") == 1
    assert value(reported, "creatorflow_tasks_total", agent=AGENT, outcome="succeeded") == 1
    assert value(reported, "creatorflow_task_duration_seconds_count", agent=AGENT) == 2
    assert value(reported, "creatorflow_queue_lag_seconds_count", queue=topology.agent_queue(AGENT)) == 3


def _one_runs_and_one_rests(shown: Figures) -> bool:
    running = value(shown, "creatorflow_sagas", status="running") == 1
    resting = value(shown, "creatorflow_quarantine_rows", code="NOT_JSON") == 1
    return running and resting and value(shown, "creatorflow_outbox_rows") == 0


async def test_a_specialist_shows_its_tasks_and_how_long_they_waited(system: System) -> None:
    name = "database-specialist"
    program = (sys.executable, "-m", "creatorflow_specialists", name)
    await asyncio.to_thread(system.orchestrator)
    specialist = await asyncio.to_thread(lambda: system.start("specialist", program, MEASURED))
    await asyncio.to_thread(specialist.said, "agents_ready")
    async with Client(system.broker_url) as client:
        steps = [{"id": step, "agent": name, "description": "design the schema"} for step in ("one", "two")]
        await (await client.submit("design the schema", plan={"steps": steps})).result(timeout=patient())
    thread = await asyncio.to_thread(scrape, specialist)
    assert names(thread) == documented("agent")
    assert value(thread, "creatorflow_tasks_total", agent=name, outcome="succeeded") == 2
    assert value(thread, "creatorflow_queue_lag_seconds_count", queue=topology.agent_queue(name)) == 2
    assert value(thread, "creatorflow_open_tasks", agent=name) == 0
