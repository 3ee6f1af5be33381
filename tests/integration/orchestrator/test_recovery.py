"""Each row of the recovery table on the real broker: what is decided, why, and that it is told wherever one looks."""

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

from tests.integration.orchestrator.stage import Stage, Turn, in_turn, saying, staged, willing
from tests.waiting import eventually, patient

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHECK_AFTER_S, SILENCE_S, AWAY_S, PAUSE_S = 0.3, 1.0, patient(5), 0.8
MORTAL = (sys.executable, "-m", "tests.integration.orchestrator.mortal")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(module_broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One orchestrator for every row; each row has agents of its own."""
    async with staged(
        module_broker_url,
        tmp_path_factory.mktemp("stage"),
        check_after_s=CHECK_AFTER_S,
        silence_s=SILENCE_S,
        unavailable_after_s=AWAY_S,
        agent_pause_s=PAUSE_S,
    ) as stage:
        yield stage


def step(agent: str, **more: Any) -> dict[str, Any]:
    """A step called as its agent."""
    return {"id": agent, "agent": agent, "description": "do it"} | more


# -- what an agent says -----------------------------------------------------------------------------------------------


async def test_timeout_is_tried_again_with_twice_the_time_twice_then_by_an_alternative(stage: Stage) -> None:
    slow = await stage.agent("slow", saying("timeout"), alternatives=("quick",))
    await stage.agent("quick")
    story = await stage.run(step("slow", timeout_ms=200))
    assert story.decided("slow") == ["timeout: extend", "timeout: extend", "timeout: alternative"]
    assert [turn.task.timeout_ms for turn in slow.turns] == [200, 400, 800]
    assert (story.step("slow").alternative_used, story.step("slow").attempts) == ("quick", 4)
    assert story.result.overall_success


async def test_validation_error_is_told_to_the_next_attempt_with_its_places(stage: Stage) -> None:
    async def wrong(turn: Turn) -> None:
        await turn.answers(rows="many")

    async def right(turn: Turn) -> None:
        await turn.answers(rows=3)

    careless = await stage.agent("careless", in_turn(wrong, right))
    schema = {"properties": {"data": {"properties": {"rows": {"type": "integer"}}}}}
    story = await stage.run(step("careless", expected_output=schema))
    assert story.decided("careless") == ["validation_error: reformat"]
    assert careless.turns[1].task.constraints == ("The last answer was refused: $.data.rows: must be of type integer",)
    assert careless.turns[1].task.expected_output.schema_ == schema
    assert story.result.combined_output.data["careless"] == {"rows": 3}


async def test_validation_error_is_given_up_after_two_more_answers(stage: Stage) -> None:
    await stage.agent("stubborn", saying("validation_error", "I will not"))
    story = await stage.run(step("stubborn"))
    assert story.decided("stubborn") == [
        "validation_error: reformat",
        "validation_error: reformat",
        "validation_error: give_up",
    ]
    assert story.result.status == "failed"


async def test_dependency_missing_is_run_first_and_its_result_handed_over(stage: Stage) -> None:
    needy = await stage.agent("needy", in_turn(saying("dependency_missing", missing="giver"), willing))
    await stage.agent("giver")
    await stage.known("giver")
    story = await stage.run(step("needy"))
    assert story.decided("needy") == ["dependency_missing: run_dependency"]
    assert story.result.execution_summary.path == ("giver", "needy")
    assert "step_added" in [name for name, _ in story.traced]
    assert "do it" not in str(story.traced)
    (given,) = needy.turns[1].task.context.previous_results
    assert (given.step, given.output) == ("giver", {"data": {"step": "giver"}})


async def test_an_agent_that_says_it_is_unavailable_is_replaced_at_no_cost(stage: Stage) -> None:
    await stage.agent("shy", saying("agent_unavailable"), alternatives=("bold",))
    await stage.agent("bold")
    await stage.known("bold")
    story = await stage.run(step("shy"))
    assert story.decided("shy") == ["agent_unavailable: alternative"]
    assert story.step("shy").alternative_used == "bold"


async def test_retryable_and_unknown_are_tried_again_and_what_the_agent_asks_for_is_honoured(stage: Stage) -> None:
    odd = await stage.agent("odd", in_turn(saying("retryable", retry_after_ms=700), saying("never-heard-of"), willing))
    story = await stage.run(step("odd"))
    assert story.decided("odd") == ["retryable: retry", "unknown: retry"]
    assert len(odd.turns) == 3


async def test_permanent_is_not_tried_again(stage: Stage) -> None:
    await stage.agent("certain", saying("permanent", "never"))
    story = await stage.run(step("certain"))
    assert story.decided("certain") == ["permanent: give_up"]
    assert (story.step("certain").attempts, story.result.status) == (1, "failed")
    assert "never" in story.result.reason


async def test_released_is_tried_again_at_once_and_counts_for_nothing(stage: Stage) -> None:
    """Six times: one more than the budget of a step."""
    await stage.agent("leaving", in_turn(*[saying("released")] * 6, willing))
    story = await stage.run(step("leaving"))
    assert story.decided("leaving") == ["released: retry"] * 6
    assert story.result.overall_success


# -- what nobody says -------------------------------------------------------------------------------------------------


async def test_returned_as_unroutable_an_alternative_takes_it(stage: Stage) -> None:
    await stage.announce("unborn", alternatives=("born",))
    await stage.agent("born")
    await stage.known("born")
    story = await stage.run(step("unborn"))
    assert story.decided("unborn") == ["agent_unavailable: alternative"]
    assert story.step("unborn").alternative_used == "born"


async def test_returned_with_no_alternative_it_waits_and_is_given_up_with_who_was_tried(stage: Stage) -> None:
    await stage.announce("nobody", alternatives=("nobody-else",))
    await stage.queue("nobody-else")
    story = await stage.run(step("nobody"))
    decided = story.decided("nobody")
    assert set(decided[:-1]) == {"agent_unavailable: wait"}
    assert decided[-1] == "agent_unavailable: give_up"
    assert "No viable alternatives found: nobody (" in story.result.reason
    assert "nobody-else (" in story.result.reason


async def test_with_a_queue_and_no_consumer_an_alternative_that_has_one_takes_it(stage: Stage) -> None:
    await stage.queue("gone", alternatives=("gone-too", "here"))
    await stage.queue("gone-too")
    await stage.agent("here")
    await stage.known("gone-too", "here")
    story = await stage.run(step("gone"))
    assert story.decided("gone") == ["agent_unavailable: alternative"]
    assert "step_unavailable" in story.events("gone")
    assert story.step("gone").alternative_used == "here"


async def test_an_agent_that_is_away_and_returns_costs_no_attempt_and_no_failure(stage: Stage) -> None:
    await stage.queue("holiday")
    await stage.known("holiday")
    run = await stage.client.submit("play it", plan={"steps": [step("holiday")]})
    async for event in run.events():
        if event.event == "step_unavailable":
            break
    await asyncio.sleep(2 * CHECK_AFTER_S)  # it stays away for several looks
    puppet = await stage.agent("holiday")
    story = await stage.follow(run)
    assert story.decided("holiday") == []
    assert (story.step("holiday").attempts, len(puppet.turns)) == (1, 1)
    assert story.result.overall_success


async def test_an_agent_that_never_returns_is_given_up_after_the_time_that_is_set(stage: Stage) -> None:
    await stage.queue("lost")
    story = await stage.run(step("lost"))
    assert story.decided("lost") == ["agent_unavailable: give_up"]
    assert "No viable alternatives found: lost (unavailable for" in story.result.reason
    assert story.step("lost").attempts == 1


async def test_a_busy_agent_is_not_unavailable_however_long_its_queue(stage: Stage) -> None:
    async def slowly(turn: Turn) -> None:
        await asyncio.sleep(0.4)
        await turn.answers()

    await stage.agent("busy", slowly, alternatives=("idle",), prefetch=1)
    idle = await stage.agent("idle")
    await stage.known("busy", "idle")
    runs = [await stage.client.submit("play it", plan={"steps": [step("busy")]}) for _ in range(4)]
    for run in runs:
        story = await stage.follow(run)
        assert story.decided("busy") == []
        assert story.events("busy") == ["step_dispatched", "step_succeeded"]
    assert idle.turns == []


async def test_a_task_that_kills_its_agents_rests_in_quarantine_and_one_alternative_gets_it(stage: Stage) -> None:
    await stage.queue("mortal", alternatives=("immortal", "another"))
    await stage.agent("immortal")
    await stage.agent("another")
    await stage.known("immortal", "another")
    async with dying(stage, "mortal") as deaths:
        story = await stage.run(step("mortal"))
        assert deaths() == {"mortal": 6}  # of the first delivery, and of the five more that the queue's limit allows
    assert story.decided("mortal") == ["crashed: alternative"]
    assert story.step("mortal").alternative_used == "immortal"
    assert ("dead_letter", "DEAD_LETTERED", str(story.saga)) in resting(stage)


async def test_a_task_that_kills_the_alternative_too_is_risked_no_more(stage: Stage) -> None:
    await stage.queue("doomed", alternatives=("doomed-too", "spared"))
    await stage.queue("doomed-too")
    await stage.announce("doomed-too")
    spared = await stage.agent("spared")
    await stage.known("doomed-too", "spared")
    async with dying(stage, "doomed", "doomed-too") as deaths:
        story = await stage.run(step("doomed"))
        assert deaths() == {"doomed": 6, "doomed-too": 6}
    assert story.decided("doomed") == ["crashed: alternative", "crashed: give_up"]
    assert "No viable alternatives found: doomed (" in story.result.reason
    assert "doomed-too (did not survive the task" in story.result.reason
    assert spared.turns == []


async def test_a_task_that_is_rejected_rests_in_quarantine_and_goes_to_another_agent(stage: Stage) -> None:
    async def reject(turn: Turn) -> None:
        await turn.rejects()

    await stage.agent("blind", reject, alternatives=("seeing",))
    await stage.agent("seeing")
    await stage.known("seeing")
    story = await stage.run(step("blind"))
    assert story.decided("blind") == ["unreadable: alternative"]
    assert ("dead_letter", "DEAD_LETTERED", str(story.saga)) in resting(stage)


async def test_a_task_that_expires_ends_with_its_request_and_is_never_started(stage: Stage) -> None:
    await stage.queue("late")
    story = await stage.run(step("late"), deadline=timedelta(seconds=1))
    assert story.result.reason == "the deadline came"
    puppet = await stage.agent("late")
    await eventually(partial(is_empty, stage, "late"), "nothing waits for it")
    assert puppet.turns == []


async def test_silence_after_a_claim_starts_the_next_attempt_and_the_late_answer_counts_no_more(stage: Stage) -> None:
    async def freeze(turn: Turn) -> None:
        await turn.claims()

    frozen = await stage.agent("frozen", in_turn(freeze, willing))
    story = await stage.run(step("frozen"))
    assert story.decided("frozen") == ["timeout: extend"]
    assert story.step("frozen").attempts == 2
    await frozen.turns[0].answers(too="late")
    await eventually(
        lambda: ("result", "LATE_RESULT", str(story.saga)) in resting(stage), "the late answer in quarantine"
    )
    assert (await stage.client.result(story.saga)) == story.result


# -- the end of the road ----------------------------------------------------------------------------------------------


async def test_when_everybody_has_failed_it_is_told_who_was_tried_and_why_each_failed(stage: Stage) -> None:
    await stage.agent("first", saying("timeout", "too slow"), alternatives=("second",))
    await stage.agent("second", saying("permanent", "cannot"))
    await stage.known("second")
    story = await stage.run(step("first", timeout_ms=100))
    assert story.decided("first")[-2:] == ["timeout: alternative", "permanent: give_up"]
    assert story.result.status == "failed"
    assert "cannot" in story.result.reason


async def test_no_viable_alternatives_names_each_agent_and_its_reason(stage: Stage) -> None:
    async def reject(turn: Turn) -> None:
        await turn.rejects()

    await stage.agent("alpha", reject, alternatives=("beta",))
    await stage.agent("beta", reject)
    await stage.known("beta")
    story = await stage.run(step("alpha"))
    assert story.decided("alpha") == ["unreadable: alternative", "unreadable: give_up"]
    reason = story.step("alpha").reason
    assert "No viable alternatives found: alpha (" in reason
    assert "beta (the task for beta could not be read" in reason


async def test_an_optional_step_degrades_and_the_synthesis_says_what_is_missing(stage: Stage) -> None:
    await stage.agent("extra", saying("permanent", "not today"))
    await stage.agent("core")
    story = await stage.run(
        step("extra", optional=True, requirements=["a nice chart"]), step("core", requirements=["a table"])
    )
    assert (story.result.status, story.result.overall_success) == ("completed", True)
    assert story.result.degraded == ("extra",)
    assert story.decided("extra") == ["permanent: give_up"]
    assert any("extra" in each.text or "extra" in each.follows_from for each in story.result.next_steps)
    assert "core" in story.result.combined_output.data


async def test_a_required_step_ends_the_saga_and_what_succeeded_is_kept(stage: Stage) -> None:
    await stage.agent("done")
    await stage.agent("dead", saying("permanent", "cannot"))
    story = await stage.run(
        step("done"), step("dead", depends_on=["done"]), step("done", id="done-after", depends_on=["dead"])
    )
    assert (story.result.status, story.result.overall_success) == ("failed", False)
    assert story.result.combined_output.data["done"] == {"step": "done"}
    assert {each.step: each.status for each in story.result.execution_summary.steps} == {
        "done": "succeeded",
        "dead": "failed",
        "done-after": "not_reached",
    }


# -- the circuit breaker ----------------------------------------------------------------------------------------------


async def test_an_agent_whose_calls_keep_failing_is_paused_and_probed_with_one(stage: Stage) -> None:
    """Five requests fail once each; then one comes alone, and after its success the others."""

    async def slowly(turn: Turn) -> None:
        await asyncio.sleep(0.3)
        assert len(sick.turns) == 6, "nothing comes beside the probe"
        await turn.answers()

    sick = await stage.agent("sick", in_turn(*[saying("retryable", retry_after_ms=1)] * 5, slowly, willing))
    await stage.known("sick")
    runs = [await stage.client.submit("play it", plan={"steps": [step("sick")]}) for _ in range(5)]
    stories = [await stage.follow(run) for run in runs]
    assert all(story.result.overall_success for story in stories)
    assert len(sick.turns) == 10
    held = [event for story in stories for event in story.watched if event.event == "step_held"]
    assert held
    assert all("the circuit of sick is open until" in event.message for event in held)
    assert len(held) == len([name for story in stories for name, _ in story.traced if name == "step_held"])


# -- helpers -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def dying(stage: Stage, *agents: str) -> AsyncIterator[Callable[[], dict[str, int]]]:
    """Six instances of each agent, processes that die of the first task they get; gives how many have."""
    parents = {name: start_six(stage, name) for name in agents}
    try:
        for name in agents:
            await eventually(partial(consumed, stage, name), f"six instances of {name}")
        yield lambda: {name: parent.wait(patient()) for name, parent in parents.items()}
    finally:
        for parent in parents.values():
            with suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
            parent.wait()


def start_six(stage: Stage, agent: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen((*MORTAL, stage.url, topology.agent_queue(agent), "6"), start_new_session=True)


async def consumed(stage: Stage, agent: str) -> bool:
    return await stage.bus.consumer_count(topology.agent_queue(agent)) == 6


async def is_empty(stage: Stage, agent: str) -> bool:
    return (await stage.bus.counts(topology.agent_queue(agent))).ready == 0


def resting(stage: Stage) -> set[tuple[str, str, str]]:
    """What is in quarantine: kind, code and saga."""
    with sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True) as connection:
        return set(connection.execute("SELECT kind, code, correlation_id FROM quarantine"))
