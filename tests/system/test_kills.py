"""A process is killed at any moment, and the request still finishes, with no finished step run twice.

Each fault point is reached once: the process logs it before it is killed there with SIGKILL.
"""

from __future__ import annotations

import asyncio
import signal
from uuid import uuid4

import pytest
from creatorflow.client import Client
from creatorflow_contracts.v1.output import SynthesizedResult

from tests.waiting import patient, until

from .checker import assert_consistent
from .processes import ORCHESTRATOR_FAULTS, System

NAMES = ("database-specialist", "order-workflow-specialist", "ui-ux-specialist")
PLAN = {
    "steps": [
        {"id": "schema", "agent": NAMES[0], "description": "make the schema"},
        {"id": "orders", "agent": NAMES[1], "description": "make the orders", "depends_on": ["schema"]},
        {"id": "pages", "agent": NAMES[2], "description": "make the pages", "depends_on": ["orders"]},
    ]
}
STEPS = {"schema": 1, "orders": 1, "pages": 1}


async def submit(system: System) -> tuple[Client, asyncio.Task[SynthesizedResult]]:
    """Submits the request; returns the client and the task that waits for the result."""
    client = Client(system.broker_url)
    await client.__aenter__()
    run = await client.submit("make a shop", plan=PLAN, correlation_id=uuid4())
    return client, asyncio.create_task(run.result(patient()))


async def in_thread(wait: object) -> object:
    """Runs a blocking wait in a thread, beside the client."""
    return await asyncio.to_thread(wait)  # type: ignore[arg-type]


async def consistent_result(
    system: System, waiting: asyncio.Task[SynthesizedResult], *, again: int = 0
) -> SynthesizedResult:
    """Waits for the result and checks consistency; `again` runs of a killed agent may be repeated."""
    result = await waiting
    await in_thread(lambda: assert_consistent(system, [result.correlation_id], again=again))
    return result


@pytest.mark.parametrize("fault", ORCHESTRATOR_FAULTS)
async def test_an_orchestrator_killed_at_a_fault_point_is_replaced_and_the_request_finishes(
    system: System, fault: str
) -> None:
    system.agents(*NAMES)
    victim = system.orchestrator(fault)
    client, waiting = await submit(system)
    async with client:
        await in_thread(victim.wait_for_end)
        assert f"fault reached: {fault.rpartition(':')[0] if fault[-1].isdigit() else fault}" in victim.tail()
        system.orchestrator()
        result = await consistent_result(system, waiting)
    assert result.overall_success
    assert system.run_counts() == STEPS


@pytest.mark.parametrize(
    ("fault", "work_s", "runs_again"),
    [
        pytest.param("after_work:kill:2", 0.05, True, id="after its work, before its result was stored"),
        pytest.param("before_result:kill:2", 0.05, False, id="before its result was sent"),
        pytest.param("after_claim:kill:2", 1.5, True, id="after its claim, in the middle of its work"),
    ],
)
async def test_an_agent_killed_at_a_fault_point_is_replaced_and_the_request_finishes(
    system: System, fault: str, work_s: float, runs_again: bool
) -> None:
    """The second step's agent is killed. A stored result is sent, and the work is not repeated.

    A task whose claim was confirmed but not acknowledged is redelivered, and silence leads to the next attempt.
    """
    system.orchestrator()
    victim = system.agents(*NAMES, fault=fault, work_s=work_s)
    client, waiting = await submit(system)
    async with client:
        await in_thread(victim.wait_for_end)
        assert "fault reached: " + fault.rpartition(":")[0] in victim.tail()
        system.agents(*NAMES, work_s=work_s)
        result = await consistent_result(system, waiting, again=1 if runs_again else 0)
    assert result.overall_success
    runs = system.run_counts()
    assert (runs["schema"], runs["pages"]) == (1, 1)
    assert runs["orders"] in ((2, 3) if runs_again else (1,))


async def test_the_request_finishes_if_orchestrator_and_agent_are_killed_in_the_middle_of_a_step(
    system: System,
) -> None:
    orchestrator, agents = system.orchestrator(), system.agents(*NAMES, work_s=1.5)
    client, waiting = await submit(system)
    async with client:
        await in_thread(lambda: until(lambda: system.run_counts()["orders"], "the second step"))
        orchestrator.end()
        agents.end()
        system.orchestrator()
        system.agents(*NAMES)
        result = await consistent_result(system, waiting, again=1)
    assert result.overall_success
    assert system.run_counts()["schema"] == 1


async def test_an_orchestrator_stopped_in_the_middle_exits_with_0_and_another_goes_on(system: System) -> None:
    first = system.orchestrator()
    system.agents(*NAMES, work_s=0.3)
    client, waiting = await submit(system)
    async with client:
        await in_thread(lambda: until(lambda: system.run_counts()["schema"], "the first step"))
        first.end(signal.SIGTERM)
        assert first.child.returncode == 0
        system.orchestrator()
        result = await consistent_result(system, waiting)
    assert result.overall_success
    assert system.run_counts() == STEPS


@pytest.mark.parametrize("fault", ["plan_mid:raise", "after_commit:raise", "after_publish:raise", "before_ack:raise"])
async def test_a_defect_anywhere_ends_the_orchestrator_with_a_log_entry_and_another_finishes(
    system: System, fault: str
) -> None:
    """A part that fails ends the whole process."""
    system.agents(*NAMES)
    victim = system.orchestrator(fault)
    client, waiting = await submit(system)
    async with client:
        assert await in_thread(victim.wait_for_end) == 1
        assert "orchestrator_failed" in victim.log.read_text()
        system.orchestrator()
        result = await consistent_result(system, waiting)
    assert result.overall_success
    assert system.run_counts() == STEPS
