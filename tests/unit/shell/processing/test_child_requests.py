"""Child sagas in the shell: their requests, their ends, and late messages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_contracts.v1.request import Parent
from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepStatus
from creatorflow_orchestrator.core.state.transition import task_id
from creatorflow_orchestrator.translate.children import ParentVerdict, parent_verdict

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator
from tests.unit.synthesis_builders import final_saga, step, step_state

ASKED = "A schema for orders"
SCHEMA = "The schema keeps orders in one table with a primary key, partitioned by month and indexed by shop"
CHILD: dict[str, object] = {
    "id": "child",
    "requirements": [ASKED, "Songs"],
    "plan": {"steps": [{"id": "schema", "agent": AGENT, "requirements": ["More", f"{ASKED}."]}]},
}
TRACE = f"00-{'a' * 32}-{'b' * 16}-01"


class Post:
    """Delivers the orchestrator's messages to itself on demand."""

    def __init__(self, orchestrator: InMemoryOrchestrator) -> None:
        self.orchestrator = orchestrator
        self.carried = 0

    async def carry(self, *, only: str = "", headers: bool = False) -> None:
        """Deliver the waiting messages to the orchestrator's own queues, or only those of one contract."""
        queues = {
            "request-submitted.v1": topology.SUBMIT_QUEUE,
            "cancel-request.v1": topology.COMMANDS_QUEUE,
            "agent-result.v1": topology.RESULTS_QUEUE,
        }
        for sent in [
            message
            for message in self.orchestrator.bus.sent
            if message.type in queues and (not only or message.type == only)
        ]:
            more: dict[str, Any] = {"headers": sent.headers} if headers else {}
            self.orchestrator.deliver(queues[sent.type], sent.body, sent.routing_key, **more)
            await self.orchestrator.process_all()
            self.orchestrator.bus.sent.remove(sent)

    def child(self) -> UUID:
        """The id of the child that was requested last."""
        bodies = [
            json.loads(message.body) for message in self.orchestrator.bus.sent if message.type == "request-submitted.v1"
        ]
        return UUID(bodies[-1]["correlation_id"])


@pytest.fixture
def post(orchestrator: InMemoryOrchestrator) -> Post:
    return Post(orchestrator)


async def running_child(orchestrator: InMemoryOrchestrator, post: Post) -> tuple[UUID, UUID]:
    """Provide a parent saga whose child runs, with both ids."""
    parent = orchestrator.submit(CHILD)
    await orchestrator.process_all()
    child = post.child()
    await post.carry()
    assert (orchestrator.status(parent), orchestrator.status(child)) == ("running", "running")
    return parent, child


def cancel(orchestrator: InMemoryOrchestrator, saga_id: UUID) -> None:
    body: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
    orchestrator.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("cancel"))


def result_of(orchestrator: InMemoryOrchestrator, saga_id: UUID) -> dict[str, Any]:
    [(data,)] = orchestrator.query("SELECT data FROM history WHERE saga_id = ? ORDER BY seq DESC LIMIT 1", saga_id)
    found: dict[str, Any] = json.loads(str(data))["data"]["result"]
    return found


async def test_the_output_of_a_child_counts_for_the_requirements_of_its_parents_step(
    orchestrator: InMemoryOrchestrator, post: Post
) -> None:
    parent, child = await running_child(orchestrator, post)
    output = {
        "technical_specifications": [{"text": SCHEMA, "answers": [1]}, {"text": "more", "answers": [0]}],
        "code_examples": [{"path": "a/b.sql", "language": "sql", "text": "select 1", "answers": [1]}],
        "decisions": {"id_type": "uuid"},
        "data": {"rows": 3},
    }
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[0], output=output))
    await orchestrator.process_all()
    await post.carry()
    assert (orchestrator.status(parent), orchestrator.status(child)) == ("completed", "completed")
    result = result_of(orchestrator, parent)
    first, second = result["completeness"]["requirements"]
    assert first["answered_by"] == [{"agent": "saga", "step": "child"}]
    assert second["note"] == "step child (saga) succeeded, but no item of its answer names it"
    specifications = result["combined_output"]["technical_specifications"]
    assert [(specification["text"], specification["answers"]) for specification in specifications] == [
        (SCHEMA, [0]),
        ("more", []),
    ]
    assert result["combined_output"]["code_examples"][0]["path"] == "a/b.sql"
    assert result["combined_output"]["data"]["child"]["steps"] == {"schema": {"rows": 3}}
    assert result["combined_output"]["data"]["child"]["request"] == str(child)
    assert result["decisions"] == {"id_type": "uuid"}
    assert orchestrator.quarantined() == []


async def test_a_child_is_cancelled_with_its_parent_and_its_result_affects_no_other(
    orchestrator: InMemoryOrchestrator, post: Post
) -> None:
    parent, child = await running_child(orchestrator, post)
    cancel(orchestrator, parent)
    await orchestrator.process_all()
    assert (orchestrator.status(parent), orchestrator.status(child)) == ("cancelled", "running")
    await post.carry(only="cancel-request.v1")
    assert orchestrator.status(child) == "cancelled"
    await post.carry()
    assert orchestrator.quarantined() == []


@pytest.mark.parametrize("first", ["cancel-request.v1", "request-submitted.v1"])
async def test_a_child_request_after_the_end_of_its_parent_is_not_started_in_any_order(
    orchestrator: InMemoryOrchestrator, post: Post, first: str
) -> None:
    parent = orchestrator.submit(CHILD)
    await orchestrator.process_all()
    child = post.child()
    cancel(orchestrator, parent)
    await orchestrator.process_all()
    await post.carry(only=first)
    await post.carry()
    assert orchestrator.query("SELECT id FROM saga WHERE id = ?", child) == []
    assert orchestrator.bus.tasks() == []
    assert orchestrator.quarantined() == []


async def test_a_duplicate_child_request_starts_one_child(orchestrator: InMemoryOrchestrator, post: Post) -> None:
    parent = orchestrator.submit(CHILD)
    await orchestrator.process_all()
    body = next(message.body for message in orchestrator.bus.sent if message.type == "request-submitted.v1")
    child = post.child()
    await post.carry()
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[0]))
    await orchestrator.process_all()
    await post.carry()
    orchestrator.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key())
    await orchestrator.process_all()
    assert (orchestrator.status(parent), orchestrator.status(child)) == ("completed", "completed")
    assert orchestrator.quarantined() == []


async def test_a_child_shares_trace_and_deadline(orchestrator: InMemoryOrchestrator, post: Post) -> None:
    parent = uuid4()
    body: dict[str, object] = {
        "contract": "request-submitted.v1",
        "correlation_id": str(parent),
        "request": "x",
        "plan": {"steps": [CHILD]},
    }
    orchestrator.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), headers={"traceparent": TRACE})
    await orchestrator.process_all()
    child = post.child()
    await post.carry(headers=True)
    task = next(message for message in orchestrator.bus.sent if message.type == "agent-task.v1")
    assert str(task.headers["traceparent"]).split("-")[1] == "a" * 32
    deadlines = orchestrator.query("SELECT json_extract(state, '$.saga.definition.deadline') FROM saga")
    assert len(deadlines) == 2 and len(set(deadlines)) == 1
    assert orchestrator.query("SELECT parent_id FROM saga WHERE id = ?", child) == [(str(parent),)]


PARENT_STEP = replace(step("child", ""), request="more")
PARENT = final_saga(
    PARENT_STEP,
    step("other", AGENT),
    status=SagaStatus.RUNNING,
    states={"child": step_state(PARENT_STEP, status=StepStatus.OPEN, attempt=2, iteration=2)},
)


def child_of(name: str = "child", iteration: int = 2, attempt: int = 2, **more: object) -> Parent:
    made = task_id(PARENT.id, name, iteration, attempt)
    fields = {"correlation_id": PARENT.id, "task_id": made, "step": name, "attempt": attempt, "depth": 1} | more
    return Parent.model_validate(fields)


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        (child_of(), ParentVerdict.WANTED),
        (child_of(iteration=1, attempt=1), ParentVerdict.OVER),
        (child_of(iteration=2, attempt=1), ParentVerdict.OVER),
        (child_of(attempt=3), ParentVerdict.FOREIGN),
        (child_of(attempt=1, task_id=uuid4()), ParentVerdict.FOREIGN),
        (child_of("ghost"), ParentVerdict.FOREIGN),
        (child_of("other", 1, 1), ParentVerdict.FOREIGN),
    ],
)
def test_only_the_current_attempt_of_a_step_without_an_agent_has_a_child(
    child: Parent, expected: ParentVerdict
) -> None:
    step = PARENT.steps["child"]
    current = replace(step, attempt=replace(step.attempt, task_id=task_id(PARENT.id, "child", 2, 2)))
    parent = replace(PARENT, steps={**PARENT.steps, "child": current})
    assert parent_verdict(parent, child) is expected
    if expected is ParentVerdict.WANTED:
        assert parent_verdict(replace(parent, status=SagaStatus.FAILED), child) is ParentVerdict.OVER
        settled = replace(current, status=StepStatus.SUCCEEDED)
        assert parent_verdict(replace(parent, steps={**parent.steps, "child": settled}), child) is ParentVerdict.OVER
