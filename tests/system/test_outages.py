"""Outages of the broker or of the database delay requests and lose none; two orchestrators share the load."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from creatorflow.client import Client
from creatorflow_contracts.v1.output import SynthesizedResult

from ops.local.broker import Broker
from tests.system.processes import System
from tests.waiting import patient, until

from .test_kills import NAMES, PLAN, STEPS, in_thread, submit


@pytest.fixture
def on_postgres(broker_url: str, postgres_url: str, tmp_path: Path) -> Iterator[System]:
    """A system whose orchestrators share a PostgreSQL store."""
    running = System(broker_url, tmp_path, store_url=postgres_url)
    yield running
    running.stop()


async def test_two_orchestrators_share_the_requests_and_a_kill_of_one_loses_none(on_postgres: System) -> None:
    on_postgres.agents(*NAMES)
    first, _second = on_postgres.orchestrator(), on_postgres.orchestrator()
    async with Client(on_postgres.broker_url) as client:
        runs = [await client.submit("make a shop", plan=PLAN) for _ in range(20)]
        waiting = [asyncio.create_task(run.result(patient())) for run in runs]
        await in_thread(lambda: until(lambda: on_postgres.run_counts()["orders"] > 2, "some second steps"))
        first.end(signal.SIGKILL)
        results: list[SynthesizedResult] = await asyncio.gather(*waiting)
    assert all(result.overall_success for result in results)
    assert on_postgres.run_counts() == dict.fromkeys(STEPS, 20)


def test_a_second_orchestrator_on_one_sqlite_file_refuses_to_start_and_says_why(system: System) -> None:
    system.orchestrator()
    with pytest.raises(AssertionError, match="ended with 78"):
        system.orchestrator()
    assert "PostgreSQL" in system.processes[-1].tail()


async def test_a_store_that_another_program_holds_is_waited_for(system: System) -> None:
    process = system.orchestrator()
    system.agents(*NAMES)
    with closing(sqlite3.connect(system.database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        client, waiting = await submit(system)
        await in_thread(lambda: process.wait_for_log("store_awaited"))
        other.execute("ROLLBACK")
    async with client:
        result = await waiting
    assert result.overall_success
    assert system.run_counts() == dict.fromkeys(STEPS, 1)


async def test_a_broker_that_is_restarted_in_the_middle_is_waited_for(system: System, stoppable_broker: Broker) -> None:
    system.orchestrator()
    system.agents(*NAMES, work_s=0.5)
    client, waiting = await submit(system)
    async with client:
        await in_thread(lambda: until(lambda: system.run_counts()["schema"], "the first step"))
        await in_thread(stoppable_broker.own.kill)
        await in_thread(stoppable_broker.start)
        result = await waiting
    assert result.overall_success


async def test_an_orchestrator_that_starts_before_its_broker_waits_for_it(
    system: System, stoppable_broker: Broker
) -> None:
    await in_thread(stoppable_broker.own.stop)
    process = system.start_orchestrator()
    await in_thread(lambda: process.wait_for_log("broker_awaited"))
    await in_thread(stoppable_broker.start)
    await in_thread(lambda: process.wait_for_log("orchestrator_started"))
