"""The specialists as a team: what they decide together, and that what they write fits together."""

from __future__ import annotations

from pathlib import Path

import pytest
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_orchestrator.core.synthesis import ConflictKind, Synthesis

from .tasks import AGENTS, CARDS
from .together import Run

EXAMPLES = Path(__file__).parents[2] / "ops" / "examples"
ORDERS, SPIKE = ((EXAMPLES / name).read_text(encoding="utf-8") for name in ("order-management.txt", "viral-spike.txt"))
SHIP_THE_SPIKE = "Print shipping labels in bulk for every order. Absorb viral traffic spikes of 10x our normal traffic."

pytestmark = pytest.mark.skipif(set(AGENTS) != set(CARDS), reason="not every agent has all its playbooks yet")


async def done(text: str) -> tuple[Run, Synthesis]:
    run = Run(text)
    return run, await run.to_its_end()


def positions(run: Run, key: str) -> dict[str, str]:
    """Step to what it decided."""
    return {
        step: output["decisions"][key] for step, output in run.outputs.items() if key in output.get("decisions", {})
    }


async def test_two_agents_decide_on_the_type_of_ids_and_agree() -> None:
    run, synthesis = await done(ORDERS)
    assert len(positions(run, "id_type")) >= 2
    assert set(positions(run, "id_type").values()) == {"uuid"}
    assert "id_type" not in {conflict.key for conflict in synthesis.conflicts}


async def test_agents_differ_on_money_and_the_owner_of_the_key_settles_it() -> None:
    run, synthesis = await done(ORDERS)
    assert positions(run, "money_type")["database"] == "bigint"
    assert positions(run, "money_type")["shipping"] == "numeric(12,4)"
    (conflict,) = [each for each in synthesis.conflicts if each.key == "money_type"]
    assert (conflict.resolution, conflict.resolved_by) == ("bigint", "database-specialist")
    assert synthesis.decisions["money_type"].value == "bigint"


async def test_nothing_else_is_contested_in_the_order_management_request() -> None:
    _, synthesis = await done(ORDERS)
    assert [each.key for each in synthesis.conflicts] == ["money_type"]


async def test_a_difference_on_a_key_that_nobody_owns_is_reported_as_a_conflict() -> None:
    run, synthesis = await done(SHIP_THE_SPIKE)
    said = positions(run, "retry_budget")
    assert said["shipping"] != said["performance"]
    (conflict,) = [each for each in synthesis.conflicts if each.key == "retry_budget"]
    assert (conflict.kind, conflict.resolution, conflict.resolved_by) == (ConflictKind.DECISION, None, None)
    assert {position.source.step for position in conflict.positions} >= {"shipping", "performance"}


@pytest.mark.parametrize("text", [ORDERS, SPIKE, SHIP_THE_SPIKE], ids=["orders", "spike", "ship the spike"])
async def test_every_requirement_is_answered_and_no_file_is_written_twice(text: str) -> None:
    _, synthesis = await done(text)
    assert [each.requirement for each in synthesis.completeness.requirements if not each.answered_by] == []
    assert synthesis.completeness.complete
    assert [each.key for each in synthesis.conflicts if each.kind is ConflictKind.FILE] == []


async def test_the_numbers_of_the_viral_spike_are_in_the_answers() -> None:
    run, synthesis = await done(SPIKE)
    outputs = {step: SpecialistOutput.model_validate(output, strict=False) for step, output in run.outputs.items()}
    for step in ("performance", "database"):
        assert "5000" in outputs[step].model_dump_json(), step
    everything = " ".join(item.text for item in synthesis.output.technical_specifications)
    assert "43.2 minutes" in everything, "99.9 % leaves 43.2 minutes a month"
