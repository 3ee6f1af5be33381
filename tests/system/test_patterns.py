"""The five patterns: each example plan, and a request in words like it, answered by the real specialists."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from creatorflow.cli.inputs.plan_file import read_plan
from creatorflow.client import Client
from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult

from tests.waiting import patient, until

from .checker import assert_consistent
from .processes import System

EXAMPLES = Path(__file__).parents[2] / "ops" / "examples"
WORDS = {
    "sequential": "Build sign-in with roles for shop staff, then a database schema for orders, then an order workflow.",
    "parallel": "Build responsive product pages for phones. Beside them automate shipping labels.",
    "conditional": "Build the order status workflow{}. Test it end to end. If the tests pass, put it live with 99.9 % "
    "uptime, otherwise show what failed on a dashboard page.",
    "iterative": "Build the order workflow with returns for 9 days after delivery. Review and improve it until the "
    "tests pass, at most 4 rounds.",
    "hierarchical": "Part 1: the shop\n- Order workflow with a clear status\n- Shipping label generation\n"
    "- TikTok Shop order import\n- Stock sync with the warehouse\n"
    "Part 2: the office\n- Revenue report by day\n- Stripe subscription billing\n- Sign-in with roles for staff\n"
    "- Dashboard screens for phones",
}


class PatternRunner:
    """Runs requests on the system and reads their results and events."""

    def __init__(self, system: System, client: Client) -> None:
        self.system = system
        self.client = client

    async def run_example(self, name: str, *constraints: str) -> SynthesizedResult:
        plan = read_plan(EXAMPLES / f"{name}.yaml")
        return await (await self.client.submit(f"the {name} example", plan=plan, constraints=constraints)).result(
            patient()
        )

    async def run_text(self, text: str) -> SynthesizedResult:
        return await (await self.client.submit(text)).result(patient())

    async def events(self, saga: UUID, name: str) -> list[SagaEvent]:
        return [event for event in await self.client.history(saga) if event.event == name]


@pytest.fixture
async def runner(system: System) -> AsyncIterator[PatternRunner]:
    system.orchestrator()
    await asyncio.to_thread(system.specialists)
    async with Client(system.broker_url) as client:
        yield PatternRunner(system, client)


def steps(result: SynthesizedResult) -> dict[str, StepSummary]:
    return {step.step: step for step in result.execution_summary.steps}


def step_statuses(result: SynthesizedResult) -> dict[str, str]:
    return {name: step.status for name, step in steps(result).items()}


def answering_steps(result: SynthesizedResult) -> list[list[str]]:
    return [[answer.step for answer in requirement.answered_by] for requirement in result.completeness.requirements]


def files(result: SynthesizedResult, path: str) -> Sequence[str]:
    return [example.text for example in result.combined_output.code_examples if example.path.endswith(path)]


async def test_the_specialists_answer_the_examples_of_all_patterns_on_the_expected_paths(runner: PatternRunner) -> None:
    await check_sequential(runner)
    await check_parallel(runner)
    await check_conditional(runner)
    await check_iterative(runner)
    await check_iteration_limit(runner)
    await check_hierarchical(runner)
    assert runner.system.rows("quarantine") == 0


async def check_sequential(runner: PatternRunner) -> None:
    result = await runner.run_example("sequential")
    summary = result.execution_summary
    assert (summary.pattern, summary.path) == ("sequential", ("auth", "database", "api"))
    assert summary.critical_path == summary.path
    assert [step.depends_on for step in summary.steps] == [(), ("auth",), ("auth", "database")]
    assert answering_steps(result) == [["auth"], ["database"], ["api"]]
    assert result.overall_success and result.completeness.complete
    from_text = (await runner.run_text(WORDS["sequential"])).execution_summary
    assert (from_text.pattern, from_text.path) == ("sequential", ("security", "database", "orders"))


async def check_parallel(runner: PatternRunner) -> None:
    result = await runner.run_example("parallel")
    assert result.execution_summary.pattern == "parallel"
    assert sorted(result.execution_summary.path) == ["backend", "ui"]
    dispatched = await runner.events(result.correlation_id, "step_dispatched")
    ended = await runner.events(result.correlation_id, "step_succeeded")
    assert max(event.seq for event in dispatched) < min(event.seq for event in ended)
    assert answering_steps(result) == [["ui"], ["backend"]]
    from_text = await runner.run_text(WORDS["parallel"])
    assert (from_text.execution_summary.pattern, step_statuses(from_text)) == (
        "parallel",
        {"shipping": "succeeded", "dashboard": "succeeded"},
    )


async def check_conditional(runner: PatternRunner) -> None:
    passed = await runner.run_example("conditional")
    assert passed.execution_summary.path == ("build", "tests", "deploy")
    assert steps(passed)["repair"].reason == "its guard does not hold: step tests passed"
    assert passed.combined_output.data["tests"]["passed"] is True
    failed = await runner.run_example("conditional", "Nothing can be sent back after 14 days")
    assert failed.execution_summary.path == ("build", "tests", "repair")
    assert step_statuses(failed)["deploy"] == "skipped"
    [finding] = failed.combined_output.data["tests"]["findings"]
    assert finding["text"].endswith("nothing that answers it states 14 days")
    assert steps(failed)["deploy"].reason == f"its guard does not hold: step tests did not pass: {finding['text']}"
    assert any("timedelta(days=14)" in text for text in files(failed, "returns/refunds.py"))
    for addition, skipped in (("", "dashboard"), (", with 14 days for buyers to send goods back", "performance")):
        from_text = await runner.run_text(WORDS["conditional"].format(addition))
        assert from_text.execution_summary.pattern == "conditional"
        assert [name for name, status in step_statuses(from_text).items() if status != "succeeded"] == [skipped]
        assert "its guard does not hold" in steps(from_text)[skipped].reason


async def check_iterative(runner: PatternRunner) -> None:
    result = await runner.run_example("iterative")
    assert [(step.step, step.rounds, step.status) for step in result.execution_summary.steps] == [
        ("code", 3, "succeeded"),
        ("review", 3, "succeeded"),
    ]
    begun = await runner.events(result.correlation_id, "round_started")
    assert [event.message for event in begun] == ["round 2 of at most 5", "round 3 of at most 5"]
    assert any("timedelta(days=14)" in text for text in files(result, "returns/refunds.py"))
    assert result.overall_success and answering_steps(result)[1] == ["code"]
    from_text = await runner.run_text(WORDS["iterative"])
    assert from_text.execution_summary.pattern == "iterative"
    # The first build keeps to the figure that the words state, so that its review passes at once.
    assert {step.rounds for step in from_text.execution_summary.steps} == {1}
    assert from_text.overall_success


async def check_iteration_limit(runner: PatternRunner) -> None:
    """Runs the command that the file gives."""
    text = "The order workflow, with songs"
    saga = uuid4()
    command = [str(Path(sys.executable).with_name("creatorflow")), "submit", "--json", "--id", str(saga)]
    command += ["--url", runner.system.broker_url, "--plan", str(EXAMPLES / "iterative-limit.yaml"), text]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    result = await runner.client.result(saga)
    [finding] = result.combined_output.data["review"]["findings"]
    assert finding["text"] == "code: Each parcel plays a melody: nothing answers it"
    reason = f"after 3 rounds, the limit: step review did not pass: {finding['text']}"
    assert (result.status, result.reason) == ("failed", f"step review failed: {reason}")
    assert step_statuses(result) == {"code": "succeeded", "review": "failed"}
    assert answering_steps(result) == [["code", "review"], []]


async def check_hierarchical(runner: PatternRunner) -> None:
    result = await runner.run_example("hierarchical")
    assert result.execution_summary.pattern == "hierarchical"
    assert sorted(result.execution_summary.path[:2]) == ["figures", "selling"]
    assert result.execution_summary.path[2:] == ("check",)
    assert result.overall_success and result.completeness.complete
    assert answering_steps(result)[:3] == [["selling"], ["selling"], ["figures"]]
    for name, child_steps in (("selling", ["orders", "shipping"]), ("figures", ["data", "reports"])):
        child = await runner.client.result(UUID(result.combined_output.data[name]["request"]))
        assert child.overall_success and set(child_steps) <= set(step_statuses(child))
        texts = {specification.text for specification in child.combined_output.technical_specifications}
        assert texts <= {specification.text for specification in result.combined_output.technical_specifications}
    from_text = await runner.run_text(WORDS["hierarchical"])
    assert (from_text.execution_summary.pattern, step_statuses(from_text)) == (
        "hierarchical",
        {"part_1": "succeeded", "part_2": "succeeded"},
    )
    assert from_text.completeness.complete


async def test_children_survive_kills_of_the_orchestrator_and_each_step_runs_once(system: System) -> None:
    """Killed with both children at work; and once between the commit and the publish of a child's request."""
    names = ("database-specialist", "ui-ux-specialist")
    plan = {
        "steps": [
            {
                "id": f"part-{number}",
                "requirements": [f"requirement {number}"],
                "plan": {
                    "steps": [
                        {"id": f"first-{number}", "agent": agent, "requirements": [f"requirement {number}"]},
                        {"id": f"second-{number}", "agent": agent, "depends_on": [f"first-{number}"]},
                    ]
                },
            }
            for number, agent in enumerate(names, start=1)
        ]
    }
    first = system.orchestrator("after_commit:kill:1")
    system.agents(*names, work_s=1.5)
    async with Client(system.broker_url) as client:
        run = await client.submit("two parts", plan=plan)
        waiting = asyncio.create_task(run.result(patient()))
        await asyncio.to_thread(first.wait_for_end)
        second = system.orchestrator()
        await asyncio.to_thread(lambda: until(lambda: system.run_counts().total() == 2, "both children at work"))
        second.end()
        await asyncio.to_thread(system.orchestrator)
        result = await waiting
    assert result.overall_success
    assert system.run_counts() == {"first-1": 1, "second-1": 1, "first-2": 1, "second-2": 1}
    assert system.rows("saga") == 3
    await asyncio.to_thread(assert_consistent, system, [run.id])


async def test_children_are_cancelled_with_their_parent_in_any_state_and_nothing_is_left(
    system: System,
) -> None:
    agent = "database-specialist"
    at_work = {"id": "one", "plan": {"steps": [{"id": "long", "agent": agent}]}}
    system.orchestrator()
    system.agents(agent, work_s=3.0)
    async with Client(system.broker_url) as client:
        run = await client.submit("one at work", plan={"steps": [at_work, at_work | {"id": "two"}]})
        await asyncio.to_thread(lambda: until(lambda: system.run_counts()["long"], "a child at work"))
        await run.cancel("enough")
        assert (await run.result(patient())).status == "cancelled"

        await asyncio.to_thread(
            lambda: until(lambda: saga_statuses(system) == {"cancelled"}, "the end of the children")
        )
        await asyncio.to_thread(lambda: until(lambda: system.rows("outbox") == 0, "an empty outbox"))
    assert system.rows("quarantine") == 0


def saga_statuses(system: System) -> set[str]:
    """The statuses of all sagas, children included."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return {str(status) for (status,) in connection.execute("SELECT status FROM saga")}
