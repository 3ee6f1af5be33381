"""The specialists as a team: their decisions agree, and their files fit together."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_orchestrator.core.synthesis.synthesis_values import ConflictKind, Synthesis

from .team import Run

EXAMPLES = Path(__file__).parents[2] / "ops" / "examples"
ORDERS, SPIKE = ((EXAMPLES / name).read_text(encoding="utf-8") for name in ("order-management.txt", "viral-spike.txt"))
SHIP_THE_SPIKE = "Print shipping labels in bulk for every order. Absorb viral traffic spikes of 10x our normal traffic."


async def done(text: str) -> tuple[Run, Synthesis]:
    run = Run(text)
    return run, await run.to_its_end()


def positions(run: Run, key: str) -> dict[str, str]:
    """Return the decision of each step."""
    return {
        step: output["decisions"][key] for step, output in run.outputs.items() if key in output.get("decisions", {})
    }


async def test_two_agents_decide_on_the_id_type_and_agree() -> None:
    run, synthesis = await done(ORDERS)
    assert len(positions(run, "id_type")) >= 2
    assert set(positions(run, "id_type").values()) == {"uuid"}
    assert "id_type" not in {conflict.key for conflict in synthesis.conflicts}


async def test_agents_differ_on_the_money_type_and_the_owner_of_the_key_resolves_it() -> None:
    run, synthesis = await done(ORDERS)
    assert positions(run, "money_type")["database"] == "bigint"
    assert positions(run, "money_type")["shipping"] == "numeric(12,4)"
    (conflict,) = [conflict for conflict in synthesis.conflicts if conflict.key == "money_type"]
    assert (conflict.resolution, conflict.resolved_by) == ("bigint", "database-specialist")
    assert synthesis.decisions["money_type"].value == "bigint"


async def test_the_order_management_request_has_no_other_conflict() -> None:
    _, synthesis = await done(ORDERS)
    assert [conflict.key for conflict in synthesis.conflicts] == ["money_type"]


async def test_a_difference_on_a_key_without_an_owner_is_reported_as_a_conflict() -> None:
    run, synthesis = await done(SHIP_THE_SPIKE)
    decisions = positions(run, "retry_budget")
    assert decisions["shipping"] != decisions["performance"]
    (conflict,) = [conflict for conflict in synthesis.conflicts if conflict.key == "retry_budget"]
    assert (conflict.kind, conflict.resolution, conflict.resolved_by) == (ConflictKind.DECISION, None, None)
    assert {position.source.step for position in conflict.positions} >= {"shipping", "performance"}


@pytest.mark.parametrize("text", [ORDERS, SPIKE, SHIP_THE_SPIKE], ids=["orders", "spike", "ship the spike"])
async def test_every_requirement_is_answered_and_no_file_is_written_twice(text: str) -> None:
    _, synthesis = await done(text)
    assert [
        requirement.requirement for requirement in synthesis.completeness.requirements if not requirement.answered_by
    ] == []
    assert synthesis.completeness.complete
    assert [conflict.key for conflict in synthesis.conflicts if conflict.kind is ConflictKind.FILE] == []


async def test_the_numbers_of_the_viral_spike_are_in_the_outputs() -> None:
    run, synthesis = await done(SPIKE)
    outputs = {step: SpecialistOutput.model_validate(output, strict=False) for step, output in run.outputs.items()}
    for step in ("performance", "database"):
        assert "5000" in outputs[step].model_dump_json(), step
    everything = " ".join(item.text for item in synthesis.output.technical_specifications)
    assert "43.2 minutes" in everything, "99.9 % leaves 43.2 minutes a month"


@pytest.mark.parametrize("text", [ORDERS, SPIKE], ids=["orders", "spike"])
async def test_no_line_is_repeated(text: str) -> None:
    _, synthesis = await done(text)
    output = synthesis.output
    lines = [
        item.text
        for items in (
            output.technical_specifications,
            output.implementation_steps,
            output.testing_requirements,
            output.deployment_considerations,
            synthesis.recommendations,
            synthesis.next_steps,
        )
        for item in items
    ]
    assert [line for line, times in Counter(lines).items() if times > 1] == []


async def test_each_target_of_the_viral_spike_is_measured_and_judged() -> None:
    run, _ = await done(SPIKE)
    testing = SpecialistOutput.model_validate(run.outputs["testing"], strict=False)
    judged = {item.answers: item.text for item in testing.technical_specifications if item.text.startswith("Verdict")}
    assert "2000 ms" in judged[(1,)]
    assert "at most 50 of 50000 requests" in judged[(2,)]
    assert "none twice" in judged[(0,)]
    assert "orders/hour, up to 5000 orders/hour within one minute" in testing.technical_specifications[0].text


async def test_capacity_and_database_count_the_same_connections() -> None:
    run, _ = await done(SPIKE)
    performance, database = (json.dumps(run.outputs[step]) for step in ("performance", "database"))
    pool = re.search(r"a pool of (\d+) connections", database)
    assert pool, "the database says how many connections"
    assert f"half of the {pool.group(1)} database connections" in performance


async def test_journeys_cover_the_request_and_break_every_step_once_on_purpose() -> None:
    run, _ = await done(ORDERS)
    testing = SpecialistOutput.model_validate(run.outputs["testing"], strict=False)
    journeys = " ".join(item.text for item in testing.technical_specifications if item.text.startswith("Journey"))
    assert all(word in journeys for word in ("label", "last piece", "dashboard", "webhook"))
    assert {test.subject for test in testing.testing_requirements} >= set(run.outputs) - {"testing"}
