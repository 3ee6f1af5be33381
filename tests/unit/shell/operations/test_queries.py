"""Lists of requests: which of them a query selects, and what it says of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.request import Query
from creatorflow_orchestrator.shell.operations.queries import Queries
from pydantic import ValidationError

from tests.unit.shell.orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def listed(house: House, **query: object) -> dict[UUID, bool]:
    """The ids of the requests that a list query selects, each with whether it is a plan."""
    queries = Queries(house.bus, house.store, list)  # type: ignore[arg-type]
    answer = await queries.answer(Query.model_validate({"ask": "list", **query}))
    assert isinstance(answer, QueryAnswer)
    return {state.correlation_id: state.dry_run for state in answer.sagas}


async def test_a_list_distinguishes_plans_from_runs_and_selects_either(house: House) -> None:
    running, plan = house.submit(STEP), house.submit(STEP, dry_run=True)
    await house.settle()
    assert await listed(house) == {running: False, plan: True}
    assert await listed(house, dry_run=True) == {plan: True}
    assert await listed(house, dry_run=False) == {running: False}


async def test_a_list_is_selected_by_status_time_or_id_prefix(house: House) -> None:
    running, plan = house.submit(STEP), house.submit(STEP, dry_run=True)
    await house.settle()
    assert set(await listed(house, status=("completed", "failed"))) == {plan}
    assert set(await listed(house, prefix=running.hex[:12])) == {running}
    assert set(await listed(house, since=datetime(2000, 1, 1, tzinfo=UTC))) == {running, plan}
    assert not await listed(house, since=datetime.now(UTC) + timedelta(days=300_000))


@pytest.mark.parametrize("prefix", ["", "xyz", "3F0D", "3f0d7c1e-", "0" * 33])
def test_a_prefix_consists_of_hexadecimal_digits_without_dashes(prefix: str) -> None:
    with pytest.raises(ValidationError):
        Query(ask="list", prefix=prefix)
