"""SIGTERM under load, with an unresponsive broker: the processes end, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from creatorflow.client import Client

from tests.bus.proxy import TcpProxy
from tests.waiting import patient, until

from .processes import Process, System
from .test_kills import in_thread

AGENT = "database-specialist"
AT_ONCE, STEPS = 5, 8
PLAN: dict[str, Any] = {
    "steps": [{"id": f"step-{n}", "agent": AGENT, "description": "work for long"} for n in range(STEPS)]
}


@pytest.fixture
async def proxy(broker_url: str) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(broker_url) as proxy:
        yield proxy


async def stop_cleanly(process: Process) -> None:
    """Sends SIGTERM and asserts that the process ends by itself with exit code 0."""
    process.child.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait_for_end) == 0, process.tail()


async def test_agents_stopped_while_the_broker_is_unresponsive_end_and_spool_the_release_of_their_claims(
    system: System, proxy: TcpProxy
) -> None:
    """Claimed work is released: the result `released` is spooled in the state directory, and costs no attempt."""
    system.orchestrator(CREATORFLOW_SILENCE_S="30")
    settings: dict[str, Any] = {"WORK_S": 60, "CONCURRENCY": AT_ONCE, "CREATORFLOW_AMQP_URL": proxy.url}
    agents = await asyncio.to_thread(partial(system.long_running_agents, AGENT, **settings))
    async with Client(system.broker_url) as client:
        run = await client.submit("work for long", plan=PLAN)
        log_text = agents.log.read_text
        await in_thread(lambda: until(lambda: log_text().count("task_claimed") == AT_ONCE, "claims"))
        assert len(system.run_times("begun")) == AT_ONCE
        proxy.hold()
        await stop_cleanly(agents)
        assert len([*(system.folder / "spool" / "results").iterdir()]) == AT_ONCE
        proxy.cut()
        proxy.release()
        system.long_running_agents(AGENT, WORK_S=0.1, CONCURRENCY=AT_ONCE)
        result = await run.result(patient())
    assert result.overall_success
    assert sorted(len(times) for times in system.run_times("begun").values()) == [1] * (STEPS - AT_ONCE) + [2] * AT_ONCE
    assert {recovery.failure for step in result.execution_summary.steps for recovery in step.recoveries} == {"released"}


async def test_an_orchestrator_stopped_while_the_broker_is_unresponsive_ends_and_loses_nothing(
    system: System, proxy: TcpProxy
) -> None:
    first = await asyncio.to_thread(partial(system.orchestrator, CREATORFLOW_AMQP_URL=proxy.url))
    system.long_running_agents(AGENT, WORK_S=0.1, CONCURRENCY=2)
    async with Client(system.broker_url) as client:
        runs = [await client.submit("work", plan=PLAN) for _ in range(20)]
        await in_thread(lambda: until(lambda: len(system.run_times("ended")) > 1, "some work is done"))
        proxy.hold()
        await stop_cleanly(first)
        proxy.cut()
        proxy.release()
        system.orchestrator()
        results = await asyncio.gather(*(run.result(patient()) for run in runs))
    assert all(result.overall_success for result in results)
    assert sum(len(times) for times in system.run_times("begun").values()) == STEPS * len(runs)
    await in_thread(lambda: until(lambda: system.rows("outbox") == 0, "an empty outbox"))
    assert system.rows("quarantine") == 0


async def test_an_orchestrator_that_waits_for_its_broker_can_be_stopped(system: System, proxy: TcpProxy) -> None:
    proxy.refuse(True)
    process = system.start_orchestrator(CREATORFLOW_AMQP_URL=proxy.url)
    await in_thread(lambda: process.wait_for_log("broker_awaited"))
    await stop_cleanly(process)
