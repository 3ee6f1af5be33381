"""A cancelled request, or one at its deadline, stops before waiting requests are begun."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from creatorflow.client import Client

from tests.waiting import eventually, patient

from .processes import System

ASYNC, PLAIN = "database-specialist", "order-workflow-specialist"
OTHERS = ("tiktok-integration-specialist", "real-time-sync-specialist")
ORDERS = "Integrate TikTok Shop orders, sync inventory in real time, and show a dashboard for 5000+ orders/hour"
WAITING = 1_000
SECOND = timedelta(seconds=1)
CROWD = 3 * SECOND
"""The time between the submission of the crowd and the deadline: some are begun by then, and most wait."""


async def wait_for_event(system: System, event: str, step: str) -> None:
    """Waits until the agent's run of the step has begun, or has stopped."""
    await eventually(lambda: system.run_times(event).get(step), f"{step} {event}")


def plan(step: str, agent: str) -> dict[str, object]:
    return {"steps": [{"id": step, "agent": agent, "description": "work for long"}]}


async def test_a_cancelled_or_late_agent_stops_before_1000_waiting_requests_are_begun(
    system: System,
) -> None:
    """Work that was stopped sends no result: no late result reaches quarantine."""
    system.orchestrator(CREATORFLOW_SILENCE_S="30")
    system.long_running_agents(ASYNC, WORK_S=600)
    system.long_running_agents(PLAIN, WORK_S=600, KIND="plain")
    system.agents(*OTHERS)
    async with Client(system.broker_url) as client, Client(system.broker_url) as crowd:
        unwanted = [await client.submit("work", plan=plan(f"{agent}-work", agent)) for agent in (ASYNC, PLAIN)]
        for agent in (ASYNC, PLAIN):
            await wait_for_event(system, "begun", f"{agent}-work")
        deadline = datetime.now(UTC) + patient(15) * SECOND
        hurried = await client.submit("work", plan=plan("late", ASYNC), deadline=deadline)
        await wait_for_event(system, "begun", "late")
        await asyncio.sleep((deadline - CROWD - datetime.now(UTC)) / SECOND)
        crowding = [asyncio.create_task(crowd.submit(ORDERS)) for _ in range(WAITING)]
        await eventually(lambda: system.rows("saga") > 50, "the crowd is being worked on")
        for run, agent in zip(unwanted, (ASYNC, PLAIN), strict=True):
            await run.cancel("no longer wanted")
            await wait_for_event(system, "stopped", f"{agent}-work")
        await wait_for_event(system, "stopped", "late")
        assert WAITING - system.rows("saga") > WAITING / 2, "most still wait"
        results = await asyncio.gather(*(run.result(patient()) for run in (*unwanted, hurried)))
        await asyncio.gather(*crowding)
    assert [result.status for result in results] == ["cancelled", "cancelled", "failed"]
    assert system.rows("quarantine") == 0
