"""Every request ends: at its deadline, when it is cancelled, when a required step has failed."""

from __future__ import annotations

from datetime import timedelta

from creatorflow.client import Client

from tests.integration.plans import ENDLESS, THREE
from tests.system.processes import System
from tests.waiting import patient


async def test_a_request_ends_at_its_deadline_and_keeps_what_succeeded(shared_system: System) -> None:
    async with Client(shared_system.broker_url) as client:
        run = await client.submit("never done", plan=ENDLESS, deadline=timedelta(seconds=3))
        result = await run.result(patient())
    assert (result.status, result.reason) == ("failed", "the deadline came")
    assert {step.step: step.status for step in result.execution_summary.steps} == {
        "database": "succeeded",
        "billing": "cancelled",
    }


async def test_a_cancelled_request_ends_with_its_reason(shared_system: System) -> None:
    async with Client(shared_system.broker_url) as client:
        run = await client.submit("never done", plan=ENDLESS)
        await client.cancel(run.id, "changed my mind")
        result = await run.result(patient())
    assert (result.status, result.reason) == ("cancelled", "changed my mind")


async def test_a_requirement_that_no_agent_matches_is_reported_and_the_others_are_done(shared_system: System) -> None:
    text = "Please:\n1. Print shipping labels for paid orders\n2. Build a drone fleet"
    async with Client(shared_system.broker_url) as client:
        result = await client.execute(text, timeout=patient())
    assert result.overall_success
    assert any("drone fleet" in requirement for requirement in result.completeness.unanswered)
    assert not result.completeness.complete


async def test_the_summary_contains_times_and_paths(shared_system: System) -> None:
    async with Client(shared_system.broker_url) as client:
        result = await client.execute("make a shop", plan=THREE, timeout=patient())
    summary = result.execution_summary
    assert summary.path == ("database", "orders", "shipping")
    assert summary.critical_path == summary.path
    assert 300 <= summary.critical_path_ms <= summary.duration_ms + 1
    assert all(step.attempts == 1 and step.duration_ms >= 100 for step in summary.steps)
