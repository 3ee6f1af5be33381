"""Whoever is cancelled, or reaches its deadline, stops within a second, whatever else waits."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from creatorflow.client import Client

from ops.local.waiting import until

from .running import System
from .test_kills import in_thread

ASYNC, PLAIN = "database-specialist", "order-workflow-specialist"
OTHERS = ("tiktok-integration-specialist", "real-time-sync-specialist")
ORDERS = "Integrate TikTok Shop orders, sync inventory in real time, and show a dashboard for 5000+ orders/hour"
WAITING = 1_000


async def told(system: System, word: str, step: str) -> float:
    """When the agent's run of the step said that it had begun, or was told to stop."""
    await in_thread(lambda: until(lambda: system.said(word).get(step), 30, f"{step} {word}"))
    return system.said(word)[step][0]


def plan(step: str, agent: str) -> dict[str, object]:
    return {"steps": [{"id": step, "agent": agent, "description": "work for long"}]}


async def test_cancelled_or_at_its_deadline_an_agent_stops_within_a_second_behind_1000_waiting_requests(
    system: System,
) -> None:
    """Work that was stopped sends no result: nothing comes late into quarantine."""
    system.orchestrator(CREATORFLOW_SILENCE_S="30")
    system.long_agents(ASYNC, WORK_S=60)
    system.long_agents(PLAIN, WORK_S=60, KIND="plain")
    system.agents(*OTHERS)
    async with Client(system.broker_url) as client, Client(system.broker_url) as crowd:
        unwanted = [await client.submit("work", plan=plan(f"{agent}-work", agent)) for agent in (ASYNC, PLAIN)]
        for agent in (ASYNC, PLAIN):
            await told(system, "begun", f"{agent}-work")
        deadline = datetime.now(UTC) + timedelta(seconds=5)
        hurried = await client.submit("work", plan=plan("late", ASYNC), deadline=deadline)
        await told(system, "begun", "late")
        crowding = [asyncio.create_task(crowd.submit(ORDERS)) for _ in range(WAITING)]
        await in_thread(lambda: until(lambda: system.rows("saga") > 50, 30, "the crowd is being worked on"))
        for run, agent in zip(unwanted, (ASYNC, PLAIN), strict=True):
            at = time.time()
            await run.cancel("no longer wanted")
            assert time.time() - at < 1.0
            assert await told(system, "stopped", f"{agent}-work") - at < 1.0
        assert 0.0 < await told(system, "stopped", "late") - deadline.timestamp() < 1.0
        assert WAITING - system.rows("saga") > WAITING / 2, "still wait"
        results = await asyncio.gather(*(run.result(10) for run in (*unwanted, hurried)))
        await asyncio.gather(*crowding)
    assert [result.status for result in results] == ["cancelled", "cancelled", "failed"]
    assert system.rows("quarantine") == 0
