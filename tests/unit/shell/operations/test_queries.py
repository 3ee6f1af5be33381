"""Queries: the requests that a list selects, the fields of each, and results of unfinished requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.request import Query
from creatorflow_orchestrator.shell.operations.queries import Queries
from pydantic import ValidationError

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def listed(orchestrator: InMemoryOrchestrator, **query: object) -> dict[UUID, bool]:
    """Return the ids of the requests that a list query selects, each with True if it is a plan."""
    queries = Queries(orchestrator.bus, orchestrator.store, list)  # type: ignore[arg-type]
    answer = await queries.answer(Query.model_validate({"ask": "list", **query}))
    assert isinstance(answer, QueryAnswer)
    return {state.correlation_id: state.dry_run for state in answer.sagas}


async def test_a_list_distinguishes_plans_from_runs_and_selects_either(orchestrator: InMemoryOrchestrator) -> None:
    running, plan = orchestrator.submit(STEP), orchestrator.submit(STEP, dry_run=True)
    await orchestrator.process_all()
    assert await listed(orchestrator) == {running: False, plan: True}
    assert await listed(orchestrator, dry_run=True) == {plan: True}
    assert await listed(orchestrator, dry_run=False) == {running: False}


async def test_a_list_is_selected_by_status_time_or_id_prefix(orchestrator: InMemoryOrchestrator) -> None:
    running, plan = orchestrator.submit(STEP), orchestrator.submit(STEP, dry_run=True)
    await orchestrator.process_all()
    assert set(await listed(orchestrator, status=("completed", "failed"))) == {plan}
    assert set(await listed(orchestrator, prefix=running.hex[:12])) == {running}
    assert set(await listed(orchestrator, since=datetime(2000, 1, 1, tzinfo=UTC))) == {running, plan}
    assert not await listed(orchestrator, since=datetime.now(UTC) + timedelta(days=300_000))


@pytest.mark.parametrize("prefix", ["", "xyz", "3F0D", "3f0d7c1e-", "0" * 33])
def test_a_prefix_consists_of_hexadecimal_digits_without_dashes(prefix: str) -> None:
    with pytest.raises(ValidationError):
        Query(ask="list", prefix=prefix)


async def test_a_request_in_compensation_has_no_result_yet(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(
        {"id": "schema", "agent": AGENT, "compensate": AGENT}, {"id": "pages", "agent": AGENT, "depends_on": ["schema"]}
    )
    await orchestrator.process_all()
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[0]))
    await orchestrator.process_all()
    error = {"type": "permanent", "message": "there is no page to make"}
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[1], success=False, error=error))
    await orchestrator.process_all()
    queries = Queries(None, orchestrator.store, list)  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="result", correlation_id=saga_id))
    assert isinstance(answer, QueryAnswer)
    assert answer.state is not None
    assert (answer.state.status, answer.result) == ("compensating", None)
