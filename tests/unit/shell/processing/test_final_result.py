"""The final result: made once, when the saga ends, and stored by `Effects` unchanged."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_orchestrator.core.state.commands import Conclude, Record
from creatorflow_orchestrator.shell.batch.effects import Effects
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode
from creatorflow_orchestrator.shell.processing.final_result import final_results
from creatorflow_orchestrator.translate.context import Outputs

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

AT = datetime(2026, 11, 22, tzinfo=UTC)


async def completed(orchestrator: InMemoryOrchestrator) -> SagaRecord:
    """Return a saga of one step that has ended."""
    saga_id = orchestrator.submit({"id": "schema", "agent": AGENT})
    await orchestrator.process_all()
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[0], output={"summary": "two tables"}))
    await orchestrator.process_all()
    row = await orchestrator.store.saga(saga_id)
    assert row is not None
    return decode(row.state)


def conclusion(saga_record: SagaRecord) -> Conclude:
    return Conclude(saga_record.saga.seq, AT, saga_record.saga.status)


async def test_a_concluded_saga_gets_the_result_of_its_steps_outputs(orchestrator: InMemoryOrchestrator) -> None:
    saga_record = await completed(orchestrator)
    saga_id = saga_record.saga.id
    outputs = {saga_id: Outputs(now={"schema": {"summary": "two tables"}})}
    results = final_results({saga_id: [conclusion(saga_record)]}, {saga_id: saga_record}, outputs)
    stored = await orchestrator.store.last(saga_id, "completed")
    assert stored is not None
    published = SynthesizedResult.model_validate_json(json.dumps(json.loads(stored.data)["data"]["result"]))
    result = results[saga_id]
    assert result.correlation_id == saga_id
    assert "two tables" in result.to_json().decode()
    assert result.combined_output == published.combined_output
    assert result.completeness == published.completeness


async def test_a_running_saga_has_no_final_result(orchestrator: InMemoryOrchestrator) -> None:
    saga_record = await completed(orchestrator)
    saga_id = saga_record.saga.id
    assert final_results({saga_id: [Record(1, AT, "step_started")]}, {saga_id: saga_record}, {}) == {}


async def test_a_final_result_is_stored_and_sent_unchanged(orchestrator: InMemoryOrchestrator) -> None:
    saga_record = await completed(orchestrator)
    saga_record = SagaRecord(saga_record.saga, reply_to="somebody")
    saga_id = saga_record.saga.id
    concluding = conclusion(saga_record)
    result = final_results({saga_id: [concluding]}, {saga_id: saga_record}, {})[saga_id]
    result = result.model_copy(update={"reason": "as it was given"})
    effects = Effects(AT)
    effects.run(saga_record, [concluding], [{}], Outputs(), result)
    assert json.loads(effects.history[0].data)["data"]["result"]["reason"] == "as it was given"
    reply = next(row for row in effects.outbox if row.routing_key == "somebody")
    assert SynthesizedResult.model_validate_json(reply.body) == result


async def test_rows_of_an_ended_saga_without_a_result_are_refused(orchestrator: InMemoryOrchestrator) -> None:
    saga_record = await completed(orchestrator)
    with pytest.raises(ValueError, match="without a final result"):
        Effects(AT).run(saga_record, [conclusion(saga_record)], [{}], Outputs())
