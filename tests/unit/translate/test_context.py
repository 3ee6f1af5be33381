"""The earlier results that a task carries, and their reduction where they are too large."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.work import AgentTask, PreviousResult
from creatorflow_orchestrator.core.plan import Loop, Step, StepType
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.saga_state import Decision, Saga, SagaStatus, StepStatus
from creatorflow_orchestrator.translate.context import MAX_CONTEXT, ContextTooLarge, Outputs, previous_results
from creatorflow_orchestrator.translate.tasks import to_task

from tests.unit.synthesis_builders import DATABASE, ORDERS, START, final_saga, step, step_state

A, B, C = step("a", ORDERS, 0), step("b", DATABASE, after=("a",)), step("c", ORDERS, after=("b",))


def running(*steps: Step, loop: tuple[str, ...] = (), iteration: int = 1, **statuses: StepStatus) -> Saga:
    states = {
        planned.id: step_state(planned, status=statuses.get(planned.id, StepStatus.SUCCEEDED)) for planned in steps
    }
    states = {name: replace(state, iteration=iteration) for name, state in states.items()}
    saga = final_saga(*steps, requirements=("store orders",), states=states, status=SagaStatus.RUNNING)
    loops = (Loop(loop, "true", 5),) if loop else ()
    return replace(saga, definition=replace(saga.definition, plan=replace(saga.plan, loops=loops)))


def visible(saga: Saga, name: str, outputs: Outputs) -> list[tuple[str, int, dict[str, Any]]]:
    found = previous_results(saga, saga.plan.step(name), outputs)
    return [(result.step, result.iteration, result.output) for result in found]


def task(saga: Saga, name: str, outputs: Outputs) -> AgentTask:
    command = DispatchTask(name, ORDERS, UUID(int=2), 1, 1, 1000, START)
    return to_task(saga, command, outputs)


def test_a_step_sees_its_dependencies_and_the_requirements_of_its_positions() -> None:
    (only,) = previous_results(running(A, B, C), B, Outputs({"a": {"summary": "did a"}, "c": {"summary": "did c"}}))
    assert only == PreviousResult(step="a", agent=ORDERS, requirements=("store orders",), output={"summary": "did a"})


def test_in_a_later_iteration_a_step_sees_its_own_last_output_and_those_of_later_steps() -> None:
    outputs = Outputs({"a": {"n": 2}}, {"a": {"n": 1}, "b": {"n": 1}, "c": {"n": 1}})
    saga = running(A, B, C, loop=("a", "b", "c"), iteration=2)
    assert visible(saga, "b", outputs) == [("a", 2, {"n": 2}), ("b", 1, {"n": 1}), ("c", 1, {"n": 1})]
    assert visible(saga, "a", Outputs({}, outputs.last_iteration)) == [(name, 1, {"n": 1}) for name in ("a", "b", "c")]


def test_a_step_that_failed_or_was_skipped_does_not_show_its_output_of_the_previous_iteration() -> None:
    saga = running(A, B, C, loop=("a", "b", "c"), iteration=2, a=StepStatus.FAILED)
    assert visible(saga, "b", Outputs({}, {"a": {"n": 1}})) == []
    assert visible(saga, "c", Outputs({"b": {"n": 2}}, {"a": {"n": 1}, "b": {"n": 1}})) == [("b", 2, {"n": 2})]


def test_a_compensation_sees_the_output_of_its_step_from_an_earlier_iteration() -> None:
    undo = replace(step("undo-a", DATABASE, after=("a",)), type=StepType.COMPENSATION)
    saga = running(A, B, undo, loop=("a", "b"), iteration=2, a=StepStatus.FAILED)
    assert visible(saga, "undo-a", Outputs({}, {}, {"a": {"n": 1}})) == [("a", 2, {"n": 1})]


def test_a_step_outside_the_loop_sees_only_the_last_iteration() -> None:
    saga = running(A, B, C, loop=("a", "b"), iteration=3)
    assert visible(saga, "c", Outputs({"b": {"n": 3}}, {"a": {"n": 2}, "b": {"n": 2}})) == [("b", 3, {"n": 3})]


def test_results_that_are_too_large_together_shrink_to_summaries_decisions_and_a_small_verdict() -> None:
    big = {
        "summary": "s" * 5000,
        "decisions": {"id_type": "uuid"},
        "data": {"passed": False},
        "more": "x" * MAX_CONTEXT,
    }
    saga = running(A, B)
    (found,) = previous_results(saga, B, Outputs({"a": big}))
    assert found.summarised and found.decisions == {"id_type": "uuid"}
    assert found.output == {"summary": "s" * 4096, "data": {"passed": False}}
    (found,) = previous_results(saga, B, Outputs({"a": big | {"data": {"text": "y" * 9000}}}))
    assert found.output == {"summary": "s" * 4096}


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"inner": value}
    return value


@pytest.mark.parametrize(
    "output",
    [
        {"summary": "deep", "data": nested(40)},
        {"summary": "many keys", "data": {str(number): number for number in range(9_500)}},
        {"summary": "long", "data": {"text": "é" * MAX_CONTEXT}},
        {"summary": "as deep as may be", "data": nested(23)},
    ],
)
def test_the_next_task_is_readable_after_any_earlier_output(output: dict[str, Any]) -> None:
    body = task(running(A, B), "b", Outputs({"a": output})).to_json()
    read = admit(Delivery(body=body))
    assert isinstance(read, AgentTask), read
    assert read.context.previous_results[0].output["summary"] == output["summary"]


def test_a_result_that_is_nested_too_deep_shrinks_alone() -> None:
    both = step("d", ORDERS, after=("a", "b"))
    found = previous_results(running(A, B, both), both, Outputs({"a": {"data": nested(40)}, "b": {"n": 1}}))
    assert [(result.summarised, result.output) for result in found] == [(True, {"summary": ""}), (False, {"n": 1})]


def test_results_too_large_even_as_summaries_make_no_task() -> None:
    many = {f"key-{number}": "v" * 4096 for number in range(64)}
    with pytest.raises(ContextTooLarge, match="CONTEXT_TOO_LARGE: what step b depends on"):
        task(running(A, B), "b", Outputs({"a": {"decisions": many}}))


def test_the_shared_state_counts_towards_the_limit() -> None:
    saga = replace(running(A), decisions={f"key-{number}": Decision("v" * 4096, ORDERS) for number in range(70)})
    with pytest.raises(ContextTooLarge, match="70 decisions"):
        task(saga, "a", Outputs())


def test_a_context_up_to_the_limit_is_carried_whole() -> None:
    output = {"summary": "s", "data": {"text": "x" * (MAX_CONTEXT - 500)}}
    read = task(running(A, B), "b", Outputs({"a": output}))
    assert read.context.previous_results[0].output == output
    assert json.loads(read.to_json())["context"]["previous_results"][0]["summarised"] is False
