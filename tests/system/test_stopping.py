"""SIGTERM under load, with a broker that does not answer: the processes end, and nothing is lost."""

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
async def wire(broker_url: str) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(broker_url) as wire:
        yield wire


async def ends(process: Process) -> None:
    """Ask it to stop: it ends by itself, and says that all is well."""
    process.child.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.died) == 0, process.tail()


async def test_agents_stopped_while_the_broker_does_not_answer_end_and_keep_what_they_had_claimed(
    system: System, wire: TcpProxy
) -> None:
    """Claimed work is released: the word of it rests in the state directory, and costs no attempt."""
    system.orchestrator(CREATORFLOW_SILENCE_S="30")
    settings: dict[str, Any] = {"WORK_S": 60, "CONCURRENCY": AT_ONCE, "CREATORFLOW_AMQP_URL": wire.url}
    agents = await asyncio.to_thread(partial(system.long_agents, AGENT, **settings))
    async with Client(system.broker_url) as client:
        run = await client.submit("work for long", plan=PLAN)
        said = agents.log.read_text
        await in_thread(lambda: until(lambda: said().count("task_claimed") == AT_ONCE, "claims"))
        assert len(system.said("begun")) == AT_ONCE
        wire.hold()
        await ends(agents)
        assert len([*(system.folder / "spool" / "results").iterdir()]) == AT_ONCE
        wire.cut()
        wire.release()
        system.long_agents(AGENT, WORK_S=0.1, CONCURRENCY=AT_ONCE)
        result = await run.result(patient())
    assert result.overall_success
    assert sorted(len(each) for each in system.said("begun").values()) == [1] * (STEPS - AT_ONCE) + [2] * AT_ONCE
    assert {recovery.failure for step in result.execution_summary.steps for recovery in step.recoveries} == {"released"}


async def test_an_orchestrator_stopped_while_the_broker_does_not_answer_ends_and_loses_nothing(
    system: System, wire: TcpProxy
) -> None:
    first = await asyncio.to_thread(partial(system.orchestrator, CREATORFLOW_AMQP_URL=wire.url))
    system.long_agents(AGENT, WORK_S=0.1, CONCURRENCY=2)
    async with Client(system.broker_url) as client:
        runs = [await client.submit("work", plan=PLAN) for _ in range(20)]
        await in_thread(lambda: until(lambda: len(system.said("ended")) > 1, "some work is done"))
        wire.hold()
        await ends(first)
        wire.cut()
        wire.release()
        system.orchestrator()
        results = await asyncio.gather(*(run.result(patient()) for run in runs))
    assert all(result.overall_success for result in results)
    assert sum(len(each) for each in system.said("begun").values()) == STEPS * len(runs)
    await in_thread(lambda: until(lambda: system.rows("outbox") == 0, "an empty outbox"))
    assert system.rows("quarantine") == 0


async def test_an_orchestrator_that_waits_for_its_broker_can_be_stopped(system: System, wire: TcpProxy) -> None:
    wire.refuse(True)
    process = system.start_orchestrator(CREATORFLOW_AMQP_URL=wire.url)
    await in_thread(lambda: process.said("broker_awaited"))
    await ends(process)
