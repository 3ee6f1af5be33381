"""A review lists the gaps in earlier outputs, and the output of the next iteration closes them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from creatorflow_contracts.v1.request import PlanSpec
from creatorflow_contracts.v1.work import AgentTask, PreviousResult, Quantity
from creatorflow_orchestrator.core.state.saga_state import StepStatus
from creatorflow_specialists.engine import answer
from creatorflow_specialists.review import read, verdict
from creatorflow_specialists.unit_conversion import read as read_quantity
from creatorflow_specialists.written_numbers import states

from .tasks import make_task, specialist
from .team import Run

EXAMPLES = Path(__file__).parents[2] / "ops" / "examples"
CODER, TESTER = "order-workflow-specialist", "integration-testing-specialist"
POINT = "Labels within 3 s"
FIGURE = ["labels <= 3 s"]


def item(text: str, *answers: int) -> dict[str, Any]:
    return {"text": text, "answers": list(answers)}


def reviewing(output: dict[str, Any], **result: Any) -> AgentTask:
    """Return a validation of one earlier output whose step had the one requirement."""
    earlier = PreviousResult(step="code", agent=CODER, requirements=(POINT,), output=output, **result)
    task = make_task(TESTER, [POINT], FIGURE, type="validation")
    quantities = tuple(quantity.model_copy(update={"text": "within 3 s"}) for quantity in task.quantities)
    info = task.context.coordination_info.model_copy(update={"depends_on": ("code",)})
    context = task.context.model_copy(update={"previous_results": (earlier,), "coordination_info": info})
    return task.model_copy(update={"context": context, "quantities": quantities})


def lacking(output: dict[str, Any], **result: Any) -> list[str]:
    found = verdict(reviewing(output, **result))
    assert found is not None and found["passed"] == (not found["findings"])
    return [finding["lacks"] for finding in found["findings"]]


SPEC, TEST = item("Labels in 3 s.", 0), item("Fails after 3000 ms.", 0)


@pytest.mark.parametrize(
    ("output", "lacks"),
    [
        ({}, ["answer"]),
        ({"data": {"done": True}}, ["answer"]),
        ({"technical_specifications": [item("Labels in 3 s.", 1)]}, ["answer"]),
        ({"technical_specifications": [item(" ", 0)]}, ["answer"]),
        ({"technical_specifications": [SPEC]}, ["test"]),
        ({"technical_specifications": [item("Labels soon.", 0)]}, ["test", "figure"]),
        ({"technical_specifications": [item("Labels.", 0)], "testing_requirements": [item("30 s", 0)]}, ["figure"]),
        ({"technical_specifications": [SPEC], "testing_requirements": [TEST]}, []),
        ({"technical_specifications": "all", "testing_requirements": [None, 3, {"text": 4}]}, ["answer"]),
    ],
)
def test_a_verdict_lists_the_met_and_missing_requirements(output: dict[str, Any], lacks: list[str]) -> None:
    assert lacking(output) == lacks


def test_a_truncated_output_does_not_pass() -> None:
    assert lacking({"summary": "all is well"}, summarised=True) == ["sight"]


def test_an_agent_that_validates_nothing_gives_no_verdict() -> None:
    task = reviewing({})
    assert answer(task.model_copy(update={"agent": CODER, "type": "supporting"}), specialist(CODER)).output.data == {}
    assert verdict(make_task(TESTER, [POINT], type="validation")) is None
    assert answer(make_task(TESTER, [POINT], type="validation"), specialist(TESTER)).output.data == {}


def test_a_constraint_holds_if_any_output_states_its_value() -> None:
    task = reviewing({"technical_specifications": [SPEC], "testing_requirements": [TEST]})
    nine = Quantity(subject="", comparison="<=", value=9, unit="day", text="9 days")
    task = task.model_copy(update={"constraints": ("Kept for 9 days",), "quantities": (*task.quantities, nine)})
    found = verdict(task)
    assert found is not None
    assert [finding["text"] for finding in found["findings"]] == [
        "code: Kept for 9 days: nothing that answers it states 9 days"
    ]


def is_stated(value: float, unit: str, text: str) -> bool:
    return states(read_quantity(Quantity(subject="", comparison="<=", value=value, unit=unit, text="x")), text)


@pytest.mark.parametrize("text", ["within 14 days", "days=14", "a 14-day window", "336 hours", "two weeks: 2 weeks"])
def test_a_time_may_be_stated_in_any_unit(text: str) -> None:
    assert is_stated(14, "day", text)


@pytest.mark.parametrize(
    "text", ["14 states", "within 30 days", "v1.14 of days", "14", "140 days", "14 orders a day", "14 days a year"]
)
def test_another_number_or_another_subject_does_not_satisfy_a_constraint(text: str) -> None:
    assert not is_stated(14, "day", text)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5000, "orders/hour", "5,000 orders/hour"),
        (5000, "orders/hour", "5 000 orders an hour"),
        (5000, "orders/hour", "about 1.4 orders/second"),
        (5000, "orders/hour", "120000 orders per day"),
        (5000, "orders/hour", "ORDERS_PER_HOUR = 5_000"),
        (5000, "orders/hour", "orders/hour >= 5000 for all"),
        (3, "rps", "3 requests per second"),
        (3, "orders", "3 open orders"),
        (3, "orders", "ORDERS = 3"),
        (49, "USD/month", "$49 a month"),
        (49, "USD", "PRICE_CENTS = 4900"),
        (0.035, "EUR", "3.5 cents"),
        (8, "%", "8 percent of all"),
        (30, "x", "30x the usual load"),
        (15, "min/month", "15 minutes per month"),
        (0.333333333, "s", "333 ms"),
    ],
)
def test_a_figure_is_stated_with_its_unit_in_any_form(value: float, unit: str, text: str) -> None:
    assert is_stated(value, unit, text)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3, "orders", "Step 3 of the plan"),
        (3, "orders", "Step 3 of the orders"),
        (3, "orders", "orders: 3 shops"),
        (3, "steps", "Step 3"),
        (5000, "orders/hour", "5000 orders"),
        (5000, "orders/hour", "5000 parcels/hour"),
        (5000, "orders/hour", "5000 orders/day"),
        (5000, "orders/hour", "1.5 orders/second"),
        (5000, "orders/hour", "1 order/second"),
        (49, "USD", "49 EUR"),
        (49, "USD/month", "49 USD/year"),
        (20, "%", "0.2 %"),
        (8, "%", "8 orders"),
        (30, "x", "30 orders"),
        (0.0004, "s", "0 ms"),
    ],
)
def test_a_number_without_the_unit_is_no_evidence_of_a_figure(value: float, unit: str, text: str) -> None:
    assert not is_stated(value, unit, text)


def test_the_number_of_a_step_does_not_pass_a_review_of_a_figure() -> None:
    step = item("Step 3 of the plan", 0)
    assert lacking({"technical_specifications": [step], "testing_requirements": [step]}) == ["figure"]


@pytest.mark.parametrize("data", [None, 3, "x", [3], [{"lacks": "answer"}], [{"lacks": "more", "point": "x"}]])
def test_an_invalid_finding_is_ignored(data: object) -> None:
    assert list(read(data)) == []


def run(name: str, *constraints: str) -> tuple[Run, dict[str, list[dict[str, Any]]]]:
    """Answer an example with the real specialists; return the run, and by step the outputs of its iterations."""
    plan = PlanSpec.model_validate_json(json.dumps(yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())))
    finished = Run("The order workflow", plan, constraints)
    asyncio.run(finished.to_its_end())
    return finished, finished.rounds


def findings(output: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["lacks"], finding["figure"]) for finding in output["data"]["findings"]]


def code(output: dict[str, Any]) -> str:
    return "\n".join(example["text"] for example in output["code_examples"])


def test_the_loop_needs_three_iterations_because_each_has_new_findings() -> None:
    finished, rounds = run("iterative")
    assert [findings(output) for output in rounds["review"]] == [[("answer", "")], [("figure", "within 14 days")], []]
    first, second, third = map(code, rounds["code"])
    assert "WINDOW" not in first
    assert "WINDOW = timedelta(days=30)" in second
    assert "WINDOW = timedelta(days=14)" in third
    assert finished.saga.status == "completed"


def test_one_iteration_is_enough_for_a_complete_first_output() -> None:
    text = (EXAMPLES / "iterative.yaml").read_text()
    text = text.replace("Buyers can send goods back within 14 days of delivery and get what they paid", "Refunds")
    finished = Run("x", PlanSpec.model_validate_json(json.dumps(yaml.safe_load(text))))
    asyncio.run(finished.to_its_end())
    assert [step.iteration for step in finished.saga.steps.values()] == [1, 1]


def test_a_requirement_without_any_matching_text_is_never_claimed() -> None:
    finished, rounds = run("iterative-limit")
    assert [findings(output) for output in rounds["review"]] == [[("answer", "")]] * 3
    assert finished.saga.steps["review"].status is StepStatus.FAILED
    assert all(
        (1,) not in [tuple(x["answers"]) for x in output["technical_specifications"]] for output in rounds["code"]
    )


def test_test_failures_are_repaired_at_their_place() -> None:
    finished, rounds = run("conditional", "Nothing can be sent back after 14 days")
    assert findings(rounds["tests"][0]) == [("figure", "14 days")]
    assert "WINDOW = timedelta(days=30)" in code(rounds["build"][0])
    assert "WINDOW = timedelta(days=14)" in code(rounds["repair"][0])
    assert finished.saga.steps["deploy"].status is StepStatus.SKIPPED
