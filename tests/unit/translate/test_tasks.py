"""The task of a step: the part of the reading that concerns it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.request import RequestSubmitted
from creatorflow_contracts.v1.work import AgentTask
from creatorflow_orchestrator.core.saga.machine import advance
from creatorflow_orchestrator.core.state import events
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.shell.processing.request_planning import plan_request
from creatorflow_orchestrator.translate.context import Outputs
from creatorflow_orchestrator.translate.definitions import to_definition
from creatorflow_orchestrator.translate.tasks import to_card, to_task

CARDS = tuple(map(to_card, load_cards()))
AT = datetime(2026, 12, 1, tzinfo=UTC)
TEXT = (
    "- print 20 labels a day\n- send invoices for $49/month\n\nNo charts. Our query is slow:\n```sql\nSELECT 1\n```\n"
)


def _tasks(text: str, *constraints: str, **fields: object) -> dict[str, AgentTask]:
    """Return the tasks of a request, by step."""
    content = {"correlation_id": str(uuid4()), "request": text, "constraints": constraints, **fields}
    message = RequestSubmitted.model_validate_json(json.dumps(content))
    planned = plan_request(message, CARDS)
    definition = to_definition(message, planned.plan, CARDS, AT, planned.reading)
    saga, _ = advance(None, events.RequestSubmitted(message.correlation_id, AT, definition))
    commands = (DispatchTask(step.id, step.agent, uuid4(), 1, 1, 1000, AT) for step in saga.plan.steps)
    sent = (to_task(saga, command, Outputs()).to_json() for command in commands)
    return {task.step: task for task in map(AgentTask.model_validate_json, sent)}


def test_a_task_has_its_own_asks_in_the_order_of_its_requirements_with_their_facts() -> None:
    task = _tasks(TEXT)["shipping"]
    assert task.reading is not None
    assert [" ".join(ask.text.split()) for ask in task.reading.asks] == list(task.requirements)
    assert [fact.text for fact in task.reading.facts] == ["20 labels a day"]
    assert [quantity.text for quantity in task.quantities] == ["20 labels a day"]
    assert task.reading.facts[0].asks == (0,)


def test_a_task_has_the_exclusions_that_concern_it() -> None:
    reading = _tasks(TEXT)["billing"].reading
    assert reading is not None and [exclusion.text for exclusion in reading.exclusions] == ["No charts"]
    assert "analytics" in reading.exclusions[0].domains


def test_a_given_constraint_is_in_the_task_of_an_agent_that_it_concerns_and_in_no_other() -> None:
    tasks = _tasks(TEXT, "parcels under 2 kg", "no new services")
    shipping, billing = tasks["shipping"], tasks["billing"]
    assert shipping.reading is not None and billing.reading is not None
    assert [bound.text for bound in shipping.reading.constraints] == ["parcels under 2 kg", "no new services"]
    assert all(bound.given and bound.start == bound.end == 0 for bound in shipping.reading.constraints)
    assert [bound.text for bound in billing.reading.constraints] == ["no new services"]
    assert "parcels under 2 kg" in shipping.constraints and "parcels under 2 kg" not in billing.constraints


def test_a_task_has_the_attachments_of_its_asks() -> None:
    tasks = _tasks(TEXT)
    readings = {name: task.reading for name, task in tasks.items()}
    assert {name for name, reading in readings.items() if reading and reading.attachments} == {"database"}
    assert readings["database"] and readings["database"].attachments[0].language == "sql"


def test_a_step_of_a_clients_plan_has_no_reading_and_all_constraints() -> None:
    plan = {"steps": [{"id": "one", "agent": "shipping-automation-specialist", "constraints": ["own"]}]}
    task = _tasks("labels", "of the request", plan=plan)["one"]
    assert task.reading is None and task.constraints == ("of the request", "own")


def test_a_saga_of_an_older_release_has_no_reading_and_its_tasks_have_none() -> None:
    message = RequestSubmitted(correlation_id=UUID(int=7), request="print labels")
    definition = to_definition(message, plan_request(message, CARDS).plan, CARDS, AT)
    saga, _ = advance(None, events.RequestSubmitted(UUID(int=7), AT, definition))
    command = DispatchTask("shipping", "shipping-automation-specialist", UUID(int=8), 1, 1, 1, AT + timedelta(hours=1))
    assert to_task(saga, command, Outputs()).reading is None
