"""The five patterns: each example file and its like in words, answered by the specialists as they are."""

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

from .checker import all_is_well
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


class Shown:
    """Runs requests on the system, and tells of each what a test looks at."""

    def __init__(self, system: System, client: Client) -> None:
        self.system = system
        self.client = client

    async def plan(self, name: str, *constraints: str) -> SynthesizedResult:
        plan = read_plan(EXAMPLES / f"{name}.yaml")
        return await (await self.client.submit(f"the {name} example", plan=plan, constraints=constraints)).result(
            patient()
        )

    async def words(self, text: str) -> SynthesizedResult:
        return await (await self.client.submit(text)).result(patient())

    async def events(self, saga: UUID, name: str) -> list[SagaEvent]:
        return [each for each in await self.client.history(saga) if each.event == name]


@pytest.fixture
async def shown(system: System) -> AsyncIterator[Shown]:
    system.orchestrator()
    await asyncio.to_thread(system.specialists)
    async with Client(system.broker_url) as client:
        yield Shown(system, client)


def steps(result: SynthesizedResult) -> dict[str, StepSummary]:
    return {step.step: step for step in result.execution_summary.steps}


def fates(result: SynthesizedResult) -> dict[str, str]:
    return {name: each.status for name, each in steps(result).items()}


def answered(result: SynthesizedResult) -> list[list[str]]:
    return [[each.step for each in requirement.answered_by] for requirement in result.completeness.requirements]


def files(result: SynthesizedResult, path: str) -> Sequence[str]:
    return [example.text for example in result.combined_output.code_examples if example.path.endswith(path)]


async def test_the_examples_take_their_paths_and_are_answered_by_the_specialists(shown: Shown) -> None:
    await one_after_the_other(shown)
    await side_by_side(shown)
    await either_branch(shown)
    await round_after_round(shown)
    await the_limit(shown)
    await children(shown)
    assert shown.system.rows("quarantine") == 0


async def one_after_the_other(shown: Shown) -> None:
    result = await shown.plan("sequential")
    summary = result.execution_summary
    assert (summary.pattern, summary.path) == ("sequential", ("auth", "database", "api"))
    assert summary.critical_path == summary.path
    assert [step.depends_on for step in summary.steps] == [(), ("auth",), ("auth", "database")]
    assert answered(result) == [["auth"], ["database"], ["api"]]
    assert result.overall_success and result.completeness.complete
    said = (await shown.words(WORDS["sequential"])).execution_summary
    assert (said.pattern, said.path) == ("sequential", ("security", "database", "orders"))


async def side_by_side(shown: Shown) -> None:
    result = await shown.plan("parallel")
    assert result.execution_summary.pattern == "parallel"
    assert sorted(result.execution_summary.path) == ["backend", "ui"]
    dispatched = await shown.events(result.correlation_id, "step_dispatched")
    ended = await shown.events(result.correlation_id, "step_succeeded")
    assert max(each.seq for each in dispatched) < min(each.seq for each in ended)
    assert answered(result) == [["ui"], ["backend"]]
    said = await shown.words(WORDS["parallel"])
    assert (said.execution_summary.pattern, fates(said)) == (
        "parallel",
        {"shipping": "succeeded", "dashboard": "succeeded"},
    )


async def either_branch(shown: Shown) -> None:
    passed = await shown.plan("conditional")
    assert passed.execution_summary.path == ("build", "tests", "deploy")
    assert steps(passed)["repair"].reason == "its guard does not hold: !results.tests.output.data.passed"
    assert passed.combined_output.data["tests"]["passed"] is True
    failed = await shown.plan("conditional", "Returns are accepted for 14 days after delivery")
    assert failed.execution_summary.path == ("build", "tests", "repair")
    assert fates(failed)["deploy"] == "skipped"
    assert steps(failed)["deploy"].reason == "its guard does not hold: results.tests.output.data.passed"
    [finding] = failed.combined_output.data["tests"]["findings"]
    assert finding["text"].endswith("nothing that answers it states 14 days")
    assert any("timedelta(days=14)" in text for text in files(failed, "returns/refunds.py"))
    for asked, skipped in (("", "dashboard"), (", with returns accepted for 14 days", "performance")):
        said = await shown.words(WORDS["conditional"].format(asked))
        assert said.execution_summary.pattern == "conditional"
        assert [name for name, fate in fates(said).items() if fate != "succeeded"] == [skipped]
        assert "its guard does not hold" in steps(said)[skipped].reason


async def round_after_round(shown: Shown) -> None:
    result = await shown.plan("iterative")
    assert [(step.step, step.rounds, step.status) for step in result.execution_summary.steps] == [
        ("code", 3, "succeeded"),
        ("review", 3, "succeeded"),
    ]
    begun = await shown.events(result.correlation_id, "round_started")
    assert [each.message for each in begun] == ["round 2 of at most 5", "round 3 of at most 5"]
    assert any("timedelta(days=14)" in text for text in files(result, "returns/refunds.py"))
    assert result.overall_success and answered(result)[1] == ["code"]
    said = await shown.words(WORDS["iterative"])
    assert said.execution_summary.pattern == "iterative"
    assert {step.rounds for step in said.execution_summary.steps} == {2}
    assert said.overall_success


async def the_limit(shown: Shown) -> None:
    """By the command itself, as the file says."""
    text = "The order workflow, with songs"
    saga = uuid4()
    command = [str(Path(sys.executable).with_name("creatorflow")), "submit", "--json", "--id", str(saga)]
    command += ["--url", shown.system.broker_url, "--plan", str(EXAMPLES / "iterative-limit.yaml"), text]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    result = await shown.client.result(saga)
    said = "after 3 rounds, the limit, this still does not hold: results.review.output.data.passed"
    assert (result.status, result.reason) == ("failed", f"step review failed: {said}")
    assert fates(result) == {"code": "succeeded", "review": "failed"}
    assert answered(result) == [["code", "review"], []]
    [finding] = result.combined_output.data["review"]["findings"]
    assert finding["text"] == "code: Each parcel plays a melody: nothing answers it"


async def children(shown: Shown) -> None:
    result = await shown.plan("hierarchical")
    assert result.execution_summary.pattern == "hierarchical"
    assert sorted(result.execution_summary.path[:2]) == ["figures", "selling"]
    assert result.execution_summary.path[2:] == ("check",)
    assert result.overall_success and result.completeness.complete
    assert answered(result)[:3] == [["selling"], ["selling"], ["figures"]]
    for name, child_steps in (("selling", ["orders", "shipping"]), ("figures", ["data", "reports"])):
        child = await shown.client.result(UUID(result.combined_output.data[name]["request"]))
        assert child.overall_success and set(child_steps) <= set(fates(child))
        texts = {specification.text for specification in child.combined_output.technical_specifications}
        assert texts <= {specification.text for specification in result.combined_output.technical_specifications}
    said = await shown.words(WORDS["hierarchical"])
    assert (said.execution_summary.pattern, fates(said)) == (
        "hierarchical",
        {"part_1": "succeeded", "part_2": "succeeded"},
    )
    assert said.completeness.complete


async def test_children_survive_the_kill_of_the_orchestrator_and_each_step_runs_once(system: System) -> None:
    """Killed with both children at work; another kill hits the child's request between commit and publish."""
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
        await asyncio.to_thread(first.died)
        second = system.orchestrator()
        await asyncio.to_thread(lambda: until(lambda: system.run_counts().total() == 2, "both children at work"))
        second.end()
        await asyncio.to_thread(system.orchestrator)
        result = await waiting
    assert result.overall_success
    assert system.run_counts() == {"first-1": 1, "second-1": 1, "first-2": 1, "second-2": 1}
    assert system.rows("saga") == 3
    await asyncio.to_thread(all_is_well, system, [run.id])


async def test_children_are_cancelled_with_their_parent_wherever_they_are_and_nothing_is_left_over(
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

        await asyncio.to_thread(lambda: until(lambda: statuses(system) == {"cancelled"}, "the end of the children"))
        await asyncio.to_thread(lambda: until(lambda: system.rows("outbox") == 0, "an empty outbox"))
    assert system.rows("quarantine") == 0


def statuses(system: System) -> set[str]:
    """Of all requests, children included."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return {str(status) for (status,) in connection.execute("SELECT status FROM saga")}
