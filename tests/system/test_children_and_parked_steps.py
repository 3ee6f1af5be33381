"""Kills of an orchestrator while a parent waits for its children, and while a parked step waits for a person."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from creatorflow.client import Client, Run

from tests.waiting import eventually, patient

from .checker import assert_consistent
from .processes import System

DATABASE, ORDERS, PAGES = "database-specialist", "order-workflow-specialist", "ui-ux-specialist"
NAMES = (DATABASE, ORDERS, PAGES)
CHILD = {"steps": [{"id": "schema", "agent": DATABASE}, {"id": "orders", "agent": ORDERS, "depends_on": ["schema"]}]}
PARENT: dict[str, Any] = {
    "steps": [
        {"id": "one", "plan": CHILD},
        {"id": "other", "plan": CHILD},
        {"id": "pages", "agent": PAGES, "depends_on": ["one", "other"]},
    ]
}
NEVER = {"properties": {"data": {"required": ["never"]}}}
PARKING: dict[str, Any] = {
    "steps": [
        {"id": "schema", "agent": DATABASE},
        {"id": "orders", "agent": ORDERS, "depends_on": ["schema"], "expected_output": NEVER},
        {"id": "pages", "agent": PAGES, "depends_on": ["orders"]},
    ]
}
ATTEMPTS = 3
"""Attempts with an output that does not match the schema: the first, and two reformats."""


@pytest.fixture
def on_postgres(broker_url: str, postgres_url: str, tmp_path: Path) -> Iterator[System]:
    running = System(broker_url, tmp_path, store_url=postgres_url)
    yield running
    running.stop()


async def test_when_one_of_two_replicas_is_killed_all_parents_and_children_still_complete(on_postgres: System) -> None:
    system, requests = on_postgres, 10
    system.agents(*NAMES, work_s=0.1)
    first, _second = system.orchestrator(), system.orchestrator()
    async with Client(system.broker_url) as client:
        runs = [await client.submit("make a shop", plan=PARENT) for _ in range(requests)]
        waiting = [asyncio.create_task(run.result(patient())) for run in runs]
        await eventually(lambda: system.run_counts()["orders"] > 3, "some children at work")
        first.end(signal.SIGKILL)
        results = await asyncio.gather(*waiting)
    assert all(result.overall_success for result in results)
    assert system.run_counts() == {"schema": 2 * requests, "orders": 2 * requests, "pages": requests}
    await asyncio.to_thread(
        assert_consistent, system, [run.id for run in runs]
    )  # the outbox of the killed one is sent again
    parents = await asyncio.to_thread(system.read, "SELECT parent_id FROM saga WHERE parent_id IS NOT NULL")
    assert sorted(UUID(row[0]) for row in parents) == sorted(2 * [run.id for run in runs])


@pytest.mark.parametrize("fault", ["after_commit:kill:2", "after_publish:kill:2", "before_ack:kill:2"])
async def test_a_step_is_parked_and_completed_by_a_person_in_spite_of_kills_of_the_orchestrator(
    system: System, fault: str
) -> None:
    """Killed before the step is parked, while it is parked, and during the step command: each command counts once."""
    system.agents(*NAMES)
    victim = system.orchestrator(fault)
    async with Client(system.broker_url) as client:
        run = await client.submit("make a shop", plan=PARKING, on_failure="park")
        waiting = asyncio.create_task(run.result(patient()))
        await asyncio.to_thread(victim.wait_for_end)
        second = system.orchestrator()
        await wait_for_parked_step(client, run)
        second.end(signal.SIGKILL)
        third = system.orchestrator("after_commit:kill:1")
        command = asyncio.create_task(client.complete_step(run.id, "orders", {"data": {"never": 1}}, timeout=patient()))
        await asyncio.to_thread(third.wait_for_end)
        system.orchestrator()
        state = await command
        result = await waiting
        history = [event.event for event in await client.history(run.id)]
    assert result.overall_success and state.parked == ()
    assert history.count("step_instructed") == 1
    assert system.run_counts() == {"schema": 1, "orders": ATTEMPTS, "pages": 1}
    await asyncio.to_thread(assert_consistent, system, [run.id])


async def wait_for_parked_step(client: Client, run: Run) -> None:
    """Waits until a step of the request is parked."""

    async def has_parked_step() -> bool:
        return bool((await client.state(run.id)).parked)

    await eventually(has_parked_step, "a parked step")
