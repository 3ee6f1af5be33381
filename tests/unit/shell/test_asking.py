"""Who asks for a result before there is one is told the state, whatever is being done meanwhile."""

from __future__ import annotations

from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.request import Query
from creatorflow_orchestrator.shell.operations.queries import Queries

from .orchestrator_in_memory import AGENT, House


async def test_a_request_in_compensation_has_no_result_yet(house: House) -> None:
    saga_id = house.submit(
        {"id": "schema", "agent": AGENT, "compensate": AGENT}, {"id": "pages", "agent": AGENT, "depends_on": ["schema"]}
    )
    await house.settle()
    house.answer(house.result(house.bus.tasks()[0]))
    await house.settle()
    error = {"type": "permanent", "message": "there is no page to make"}
    house.answer(house.result(house.bus.tasks()[1], success=False, error=error))
    await house.settle()
    queries = Queries(None, house.store, list)  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="result", correlation_id=saga_id))
    assert isinstance(answer, QueryAnswer)
    assert answer.state is not None
    assert (answer.state.status, answer.result) == ("compensating", None)
