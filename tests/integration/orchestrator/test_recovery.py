"""Each row of the recovery table (docs/recovery.md) on the real broker: the decision, its reason, and its reports."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from creatorflow_contracts import topology

from tests.integration.orchestrator.scripted_system import (
    Assignment,
    ScriptedSystem,
    failing_with,
    in_order,
    scripted_system,
    succeed,
)
from tests.waiting import eventually, patient

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHECK_AFTER_S, SILENCE_S, UNAVAILABLE_S, PAUSE_S = 0.3, 1.0, patient(5), 0.8
CRASHING_AGENTS = (sys.executable, "-m", "tests.integration.orchestrator.crashing_agents")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scripted(module_broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScriptedSystem]:
    """One orchestrator for all rows; each test has agents of its own."""
    async with scripted_system(
        module_broker_url,
        tmp_path_factory.mktemp("stage"),
        check_after_s=CHECK_AFTER_S,
        silence_s=SILENCE_S,
        unavailable_after_s=UNAVAILABLE_S,
        agent_pause_s=PAUSE_S,
    ) as scripted:
        yield scripted


def step(agent: str, **more: Any) -> dict[str, Any]:
    """A step with the name of its agent."""
    return {"id": agent, "agent": agent, "description": "do it"} | more


# -- failures that agents report --------------------------------------------------------------------------------------


async def test_timeout_is_extended_twice_and_then_retried_by_an_alternative(scripted: ScriptedSystem) -> None:
    slow = await scripted.agent("slow", failing_with("timeout"), alternatives=("quick",))
    await scripted.agent("quick")
    outcome = await scripted.run(step("slow", timeout_ms=200))
    assert outcome.decisions("slow") == ["timeout: extend", "timeout: extend", "timeout: alternative"]
    assert [assignment.task.timeout_ms for assignment in slow.assignments] == [200, 400, 800]
    assert (outcome.step("slow").alternative_used, outcome.step("slow").attempts) == ("quick", 4)
    assert outcome.result.overall_success


async def test_validation_error_is_a_constraint_of_the_next_attempt(scripted: ScriptedSystem) -> None:
    async def wrong(assignment: Assignment) -> None:
        await assignment.succeed(rows="many")

    async def right(assignment: Assignment) -> None:
        await assignment.succeed(rows=3)

    careless = await scripted.agent("careless", in_order(wrong, right))
    schema = {"properties": {"data": {"properties": {"rows": {"type": "integer"}}}}}
    outcome = await scripted.run(step("careless", expected_output=schema))
    assert outcome.decisions("careless") == ["validation_error: reformat"]
    assert careless.assignments[1].task.constraints == (
        "The last answer was refused: $.data.rows: must be of type integer",
    )
    assert careless.assignments[1].task.expected_output.schema_ == schema
    assert outcome.result.combined_output.data["careless"] == {"rows": 3}


async def test_validation_error_is_given_up_after_two_more_answers(scripted: ScriptedSystem) -> None:
    await scripted.agent("stubborn", failing_with("validation_error", "I will not"))
    outcome = await scripted.run(step("stubborn"))
    assert outcome.decisions("stubborn") == [
        "validation_error: reformat",
        "validation_error: reformat",
        "validation_error: give_up",
    ]
    assert outcome.result.status == "failed"


async def test_a_missing_dependency_is_run_first_and_its_result_passed_on(scripted: ScriptedSystem) -> None:
    needy = await scripted.agent("needy", in_order(failing_with("dependency_missing", missing="giver"), succeed))
    await scripted.agent("giver")
    await scripted.wait_until_known("giver")
    outcome = await scripted.run(step("needy"))
    assert outcome.decisions("needy") == ["dependency_missing: run_dependency"]
    assert outcome.result.execution_summary.path == ("giver", "needy")
    assert "step_added" in [name for name, _ in outcome.traced]
    assert "do it" not in str(outcome.traced)
    (previous,) = needy.assignments[1].task.context.previous_results
    assert (previous.step, previous.output) == ("giver", {"data": {"step": "giver"}})


async def test_an_agent_that_reports_unavailable_is_replaced_by_an_alternative(scripted: ScriptedSystem) -> None:
    await scripted.agent("shy", failing_with("agent_unavailable"), alternatives=("bold",))
    await scripted.agent("bold")
    await scripted.wait_until_known("bold")
    outcome = await scripted.run(step("shy"))
    assert outcome.decisions("shy") == ["agent_unavailable: alternative"]
    assert outcome.step("shy").alternative_used == "bold"


async def test_retryable_and_unknown_are_retried_after_the_time_that_the_agent_asks_for(
    scripted: ScriptedSystem,
) -> None:
    odd = await scripted.agent(
        "odd", in_order(failing_with("retryable", retry_after_ms=700), failing_with("no-such-kind"), succeed)
    )
    outcome = await scripted.run(step("odd"))
    assert outcome.decisions("odd") == ["retryable: retry", "unknown: retry"]
    assert len(odd.assignments) == 3


async def test_permanent_is_not_retried(scripted: ScriptedSystem) -> None:
    await scripted.agent("certain", failing_with("permanent", "never"))
    outcome = await scripted.run(step("certain"))
    assert outcome.decisions("certain") == ["permanent: give_up"]
    assert (outcome.step("certain").attempts, outcome.result.status) == (1, "failed")
    assert "never" in outcome.result.reason


async def test_released_is_retried_at_once_and_does_not_count_as_a_failure(scripted: ScriptedSystem) -> None:
    """Six times: one more than the budget of a step."""
    await scripted.agent("leaving", in_order(*[failing_with("released")] * 6, succeed))
    outcome = await scripted.run(step("leaving"))
    assert outcome.decisions("leaving") == ["released: retry"] * 6
    assert outcome.result.overall_success


# -- failures without a report of the agent ---------------------------------------------------------------------------


async def test_an_unroutable_task_goes_to_an_alternative(scripted: ScriptedSystem) -> None:
    await scripted.announce("unborn", alternatives=("born",))
    await scripted.agent("born")
    await scripted.wait_until_known("born")
    outcome = await scripted.run(step("unborn"))
    assert outcome.decisions("unborn") == ["agent_unavailable: alternative"]
    assert outcome.step("unborn").alternative_used == "born"


async def test_an_unroutable_task_without_an_alternative_waits_and_is_given_up_with_the_agents_tried(
    scripted: ScriptedSystem,
) -> None:
    await scripted.announce("nobody", alternatives=("nobody-else",))
    await scripted.declare_without_consumer("nobody-else")
    outcome = await scripted.run(step("nobody"))
    decided = outcome.decisions("nobody")
    assert set(decided[:-1]) == {"agent_unavailable: wait"}
    assert decided[-1] == "agent_unavailable: give_up"
    assert "No viable alternatives found: nobody (" in outcome.result.reason
    assert "nobody-else (" in outcome.result.reason


async def test_a_task_in_a_queue_without_a_consumer_goes_to_an_available_alternative(scripted: ScriptedSystem) -> None:
    await scripted.declare_without_consumer("gone", alternatives=("gone-too", "here"))
    await scripted.declare_without_consumer("gone-too")
    await scripted.agent("here")
    await scripted.wait_until_known("gone-too", "here")
    outcome = await scripted.run(step("gone"))
    assert outcome.decisions("gone") == ["agent_unavailable: alternative"]
    assert "step_unavailable" in outcome.events("gone")
    assert outcome.step("gone").alternative_used == "here"


async def test_a_temporarily_unavailable_agent_costs_no_attempt_and_no_failure(scripted: ScriptedSystem) -> None:
    await scripted.declare_without_consumer("holiday")
    await scripted.wait_until_known("holiday")
    run = await scripted.client.submit("play it", plan={"steps": [step("holiday")]})
    async for event in run.events():
        if event.event == "step_unavailable":
            break
    await asyncio.sleep(2 * CHECK_AFTER_S)  # it stays unavailable for several checks
    agent = await scripted.agent("holiday")
    outcome = await scripted.follow(run)
    assert outcome.decisions("holiday") == []
    assert (outcome.step("holiday").attempts, len(agent.assignments)) == (1, 1)
    assert outcome.result.overall_success


async def test_an_agent_that_stays_unavailable_is_given_up_after_the_configured_time(scripted: ScriptedSystem) -> None:
    await scripted.declare_without_consumer("lost")
    outcome = await scripted.run(step("lost"))
    assert outcome.decisions("lost") == ["agent_unavailable: give_up"]
    assert "No viable alternatives found: lost (unavailable for" in outcome.result.reason
    assert outcome.step("lost").attempts == 1


async def test_a_busy_agent_with_a_long_queue_is_not_unavailable(scripted: ScriptedSystem) -> None:
    async def slowly(assignment: Assignment) -> None:
        await asyncio.sleep(0.4)
        await assignment.succeed()

    await scripted.agent("busy", slowly, alternatives=("idle",), prefetch=1)
    idle = await scripted.agent("idle")
    await scripted.wait_until_known("busy", "idle")
    runs = [await scripted.client.submit("play it", plan={"steps": [step("busy")]}) for _ in range(4)]
    for run in runs:
        outcome = await scripted.follow(run)
        assert outcome.decisions("busy") == []
        assert outcome.events("busy") == ["step_dispatched", "step_succeeded"]
    assert idle.assignments == []


async def test_a_task_that_crashes_its_agents_is_quarantined_and_one_alternative_gets_it(
    scripted: ScriptedSystem,
) -> None:
    await scripted.declare_without_consumer("mortal", alternatives=("immortal", "another"))
    await scripted.agent("immortal")
    await scripted.agent("another")
    await scripted.wait_until_known("immortal", "another")
    async with crashing_agents(scripted, "mortal") as crashes:
        outcome = await scripted.run(step("mortal"))
        assert crashes() == {"mortal": 6}  # the first delivery, and the five more that the queue's limit allows
    assert outcome.decisions("mortal") == ["crashed: alternative"]
    assert outcome.step("mortal").alternative_used == "immortal"
    assert ("dead_letter", "DEAD_LETTERED", str(outcome.saga)) in quarantined(scripted)


async def test_a_task_that_crashes_the_alternative_too_is_given_up(scripted: ScriptedSystem) -> None:
    await scripted.declare_without_consumer("doomed", alternatives=("doomed-too", "spared"))
    await scripted.declare_without_consumer("doomed-too")
    await scripted.announce("doomed-too")
    spared = await scripted.agent("spared")
    await scripted.wait_until_known("doomed-too", "spared")
    async with crashing_agents(scripted, "doomed", "doomed-too") as crashes:
        outcome = await scripted.run(step("doomed"))
        assert crashes() == {"doomed": 6, "doomed-too": 6}
    assert outcome.decisions("doomed") == ["crashed: alternative", "crashed: give_up"]
    assert "No viable alternatives found: doomed (" in outcome.result.reason
    assert "doomed-too (did not survive the task" in outcome.result.reason
    assert spared.assignments == []


async def test_a_rejected_task_is_quarantined_and_goes_to_another_agent(scripted: ScriptedSystem) -> None:
    async def reject(assignment: Assignment) -> None:
        await assignment.reject()

    await scripted.agent("blind", reject, alternatives=("seeing",))
    await scripted.agent("seeing")
    await scripted.wait_until_known("seeing")
    outcome = await scripted.run(step("blind"))
    assert outcome.decisions("blind") == ["unreadable: alternative"]
    assert ("dead_letter", "DEAD_LETTERED", str(outcome.saga)) in quarantined(scripted)


async def test_a_task_that_expires_ends_with_its_request_and_is_never_started(scripted: ScriptedSystem) -> None:
    await scripted.declare_without_consumer("late")
    outcome = await scripted.run(step("late"), deadline=timedelta(seconds=1))
    assert outcome.result.reason == "the deadline came"
    agent = await scripted.agent("late")
    await eventually(partial(is_empty, scripted, "late"), "an empty queue")
    assert agent.assignments == []


async def test_silence_after_a_claim_starts_the_next_attempt_and_the_late_result_is_refused(
    scripted: ScriptedSystem,
) -> None:
    async def freeze(assignment: Assignment) -> None:
        await assignment.claim()

    frozen = await scripted.agent("frozen", in_order(freeze, succeed))
    outcome = await scripted.run(step("frozen"))
    assert outcome.decisions("frozen") == ["timeout: extend"]
    assert outcome.step("frozen").attempts == 2
    await frozen.assignments[0].succeed(too="late")
    await eventually(
        lambda: ("result", "LATE_RESULT", str(outcome.saga)) in quarantined(scripted), "the late result in quarantine"
    )
    assert (await scripted.client.result(outcome.saga)) == outcome.result


# -- exhausted recovery -----------------------------------------------------------------------------------------------


async def test_after_the_failure_of_the_last_agent_the_result_contains_its_reason(scripted: ScriptedSystem) -> None:
    await scripted.agent("first", failing_with("timeout", "too slow"), alternatives=("second",))
    await scripted.agent("second", failing_with("permanent", "cannot"))
    await scripted.wait_until_known("second")
    outcome = await scripted.run(step("first", timeout_ms=100))
    assert outcome.decisions("first")[-2:] == ["timeout: alternative", "permanent: give_up"]
    assert outcome.result.status == "failed"
    assert "cannot" in outcome.result.reason


async def test_no_viable_alternatives_names_each_agent_and_its_reason(scripted: ScriptedSystem) -> None:
    async def reject(assignment: Assignment) -> None:
        await assignment.reject()

    await scripted.agent("alpha", reject, alternatives=("beta",))
    await scripted.agent("beta", reject)
    await scripted.wait_until_known("beta")
    outcome = await scripted.run(step("alpha"))
    assert outcome.decisions("alpha") == ["unreadable: alternative", "unreadable: give_up"]
    reason = outcome.step("alpha").reason
    assert "No viable alternatives found: alpha (" in reason
    assert "beta (the task for beta could not be read" in reason


async def test_a_failed_optional_step_degrades_the_result_which_names_what_is_missing(scripted: ScriptedSystem) -> None:
    await scripted.agent("extra", failing_with("permanent", "not today"))
    await scripted.agent("core")
    outcome = await scripted.run(
        step("extra", optional=True, requirements=["a nice chart"]), step("core", requirements=["a table"])
    )
    assert (outcome.result.status, outcome.result.overall_success) == ("completed", True)
    assert outcome.result.degraded == ("extra",)
    assert outcome.decisions("extra") == ["permanent: give_up"]
    assert any(
        "extra" in next_step.text or "extra" in next_step.follows_from for next_step in outcome.result.next_steps
    )
    assert "core" in outcome.result.combined_output.data


async def test_a_failed_required_step_ends_the_saga_and_earlier_results_are_kept(scripted: ScriptedSystem) -> None:
    await scripted.agent("done")
    await scripted.agent("dead", failing_with("permanent", "cannot"))
    outcome = await scripted.run(
        step("done"), step("dead", depends_on=["done"]), step("done", id="done-after", depends_on=["dead"])
    )
    assert (outcome.result.status, outcome.result.overall_success) == ("failed", False)
    assert outcome.result.combined_output.data["done"] == {"step": "done"}
    assert {summary.step: summary.status for summary in outcome.result.execution_summary.steps} == {
        "done": "succeeded",
        "dead": "failed",
        "done-after": "not_reached",
    }


# -- the circuit breaker ----------------------------------------------------------------------------------------------


async def test_the_circuit_breaker_of_a_failing_agent_opens_and_probes_with_one_task(scripted: ScriptedSystem) -> None:
    """Five requests fail once each; then one task is sent as a probe, and after its success the others."""

    async def slowly(assignment: Assignment) -> None:
        await asyncio.sleep(0.3)
        assert len(sick.assignments) == 6, "no other task is sent beside the probe"
        await assignment.succeed()

    sick = await scripted.agent("sick", in_order(*[failing_with("retryable", retry_after_ms=1)] * 5, slowly, succeed))
    await scripted.wait_until_known("sick")
    runs = [await scripted.client.submit("play it", plan={"steps": [step("sick")]}) for _ in range(5)]
    outcomes = [await scripted.follow(run) for run in runs]
    assert all(outcome.result.overall_success for outcome in outcomes)
    assert len(sick.assignments) == 10
    held = [event for outcome in outcomes for event in outcome.watched if event.event == "step_held"]
    assert held
    assert all("the circuit of sick is open until" in event.message for event in held)
    assert len(held) == len([name for outcome in outcomes for name, _ in outcome.traced if name == "step_held"])


# -- helpers -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def crashing_agents(scripted: ScriptedSystem, *agents: str) -> AsyncIterator[Callable[[], dict[str, int]]]:
    """Runs six instances of each agent that crash on their first task; gives a function that counts the crashes."""
    parents = {name: start_six_instances(scripted, name) for name in agents}
    try:
        for name in agents:
            await eventually(partial(has_six_consumers, scripted, name), f"six instances of {name}")
        yield lambda: {name: parent.wait(patient()) for name, parent in parents.items()}
    finally:
        for parent in parents.values():
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
            parent.wait()


def start_six_instances(scripted: ScriptedSystem, agent: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen((*CRASHING_AGENTS, scripted.url, topology.agent_queue(agent), "6"), start_new_session=True)


async def has_six_consumers(scripted: ScriptedSystem, agent: str) -> bool:
    return await scripted.bus.consumer_count(topology.agent_queue(agent)) == 6


async def is_empty(scripted: ScriptedSystem, agent: str) -> bool:
    return (await scripted.bus.counts(topology.agent_queue(agent))).ready == 0


def quarantined(scripted: ScriptedSystem) -> set[tuple[str, str, str]]:
    """Kind, code and saga of the quarantined messages."""
    with sqlite3.connect(f"file:{scripted.database}?mode=ro", uri=True) as connection:
        return set(connection.execute("SELECT kind, code, correlation_id FROM quarantine"))
