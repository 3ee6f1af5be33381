"""A request in words: its reading in the planned event, in its tasks, and to the end of its saga."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from creatorflow_contracts import Delivery, Problem, admit
from creatorflow_contracts.v1.reading import Reading
from creatorflow_orchestrator.shell.batch.saga_codec import decode

from tests.unit.shell.orchestrator_in_memory import InMemoryOrchestrator

TEXT = "Let sellers refund one line of an order. Don't touch the database. No tests."
NOTE = "orders builds on database, which the request leaves out: it must exist already"


async def _planned(orchestrator: InMemoryOrchestrator, saga_id: UUID) -> dict[str, Any]:
    """Return the data of the planned event in the history."""
    await orchestrator.process_all()
    stored = await orchestrator.store.last(saga_id, "planned")
    assert stored is not None
    return dict(json.loads(stored.data)["data"])


async def test_the_planned_event_has_the_reading_and_the_notes(orchestrator: InMemoryOrchestrator) -> None:
    data = await _planned(orchestrator, orchestrator.submit(request=TEXT))
    reading = Reading.model_validate_json(json.dumps(data["reading"]))
    assert [ask.text for ask in reading.asks] == ["Let sellers refund one line of an order"]
    assert data["notes"] == [NOTE]
    assert [entry["kind"] for entry in data["analysis"]["requirements"]] == [ask.kind for ask in reading.asks]
    assert [entry["agents"] for entry in data["analysis"]["requirements"]] == [["order-workflow-specialist"]]


async def test_the_planned_event_has_the_pattern_of_the_plan(orchestrator: InMemoryOrchestrator) -> None:
    text = "Build a label page and test it. If it passes, knit a scarf."
    data = await _planned(orchestrator, orchestrator.submit(request=text))
    assert data["analysis"]["pattern"] == "parallel"
    assert data["notes"] == ["no step waits for 'If it passes' to do 'knit a scarf'"]


async def test_the_event_of_a_clients_plan_has_no_reading(orchestrator: InMemoryOrchestrator) -> None:
    data = await _planned(orchestrator, orchestrator.submit({"id": "schema", "agent": "database-specialist"}))
    assert "reading" not in data and "notes" not in data


async def test_the_saga_keeps_the_reading_and_its_tasks_have_their_part(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(request=TEXT)
    await orchestrator.process_all()
    row = await orchestrator.store.saga(saga_id)
    assert row is not None
    reading = decode(row.state).saga.definition.reading
    (task,) = orchestrator.bus.tasks()
    part = Reading.model_validate_json(json.dumps(task["reading"]))
    assert reading is not None and [ask.text for ask in part.asks] == [ask.text for ask in reading.asks]
    assert "testing_requirements" not in task["expected_output"]["sections"]  # type: ignore[index]


async def test_the_note_of_a_plan_is_in_the_result(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(request=TEXT)
    await orchestrator.process_all()
    (task,) = orchestrator.bus.tasks()
    agent = str(task["agent"])
    orchestrator.deliver_result(orchestrator.result_for(task, agent, output={"data": {"done": True}}), agent)
    await orchestrator.process_all()
    stored = await orchestrator.store.last(saga_id, "completed")
    assert stored is not None and json.loads(stored.data)["data"]["result"]["notes"] == [NOTE]


async def test_the_plan_of_a_list_of_thousands_of_items_fits_its_messages(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(request="\n".join(f"- print label kind{number}" for number in range(2500)))
    data = await _planned(orchestrator, saga_id)
    assert len(data["requirements"]) <= 200
    shown = " ".join((*data["requirements"], *(passage["text"] for passage in data["reading"].get("unread", ()))))
    assert not [number for number in range(2500) if f"kind{number}" not in shown]
    sent = [admit(Delivery(message.body)) for message in orchestrator.bus.sent]
    assert sent and not any(isinstance(message, Problem) for message in sent) and not orchestrator.quarantined()
