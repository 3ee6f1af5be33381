"""Replies of any size are cut until their receiver's ingress accepts them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.event import LiveAgent, QueryAnswer, SagaState
from creatorflow_contracts.v1.request import Query
from creatorflow_orchestrator.shell.batch.replies import fit
from creatorflow_orchestrator.shell.operations.queries import Queries
from creatorflow_orchestrator.shell.store import Changes, HistoryRow

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CARD = load_cards()[0]
HELD = {"step": "s1", "agent": "a", "attempt": 1, "message": "it waits", "data": {"until": "tomorrow", "again": 1}}


def listed(number: int) -> SagaState:
    tags = {f"tag{number}": "x" for number in range(8)}
    return SagaState(
        correlation_id=uuid4(),
        status="running",
        request="x",
        pattern="parallel",
        seq=number,
        submitted_at=NOW,
        updated_at=NOW,
        deadline=NOW,
        tags=tags,
    )


def named(number: int) -> LiveAgent:
    return LiveAgent(card=CARD.model_copy(update={"name": f"agent-{number}"}), instances=("one",), open_tasks=0)


def read(answer: QueryAnswer) -> QueryAnswer:
    """Return the reply as its receiver reads it."""
    received = admit(Delivery(answer.to_json()))
    assert isinstance(received, QueryAnswer), received
    return received


def test_many_small_parts_are_included_up_to_the_limit_of_keys() -> None:
    sagas, more = fit(map(listed, range(1_000)), 1_000)
    assert more and len(sagas) > 400
    assert read(QueryAnswer(ask="list", sagas=sagas, more=more)).sagas == sagas


def test_a_single_part_is_included_whatever_its_size() -> None:
    large = listed(1).model_copy(update={"request": "x" * 600_000})
    assert fit([large, listed(2)], 2) == ((large,), True)


async def test_a_long_history_of_a_wide_plan_omits_the_steps_if_both_do_not_fit(
    orchestrator: InMemoryOrchestrator,
) -> None:
    steps: list[dict[str, object]] = [{"id": f"s{number}", "agent": AGENT} for number in range(200)]
    saga_id = orchestrator.submit(*steps)
    await orchestrator.process_all()
    events = [HistoryRow(saga_id, 1_000 + number, NOW, "step_held", json.dumps(HELD)) for number in range(1_000)]
    async with orchestrator.store.transaction() as tx:
        await tx.conclude(Changes(history=tuple(events)))
    queries = Queries(None, orchestrator.store, list)  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="history", correlation_id=saga_id, limit=1_000))
    assert isinstance(answer, QueryAnswer)
    reported = read(answer)
    assert reported.more and len(reported.events) > 500
    assert reported.state is not None and reported.state.steps == ()


async def test_a_hundred_agents_are_listed_without_their_vocabulary(orchestrator: InMemoryOrchestrator) -> None:
    agents = [named(number) for number in range(100)]
    queries = Queries(None, orchestrator.store, lambda: agents)  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="agents"))
    assert isinstance(answer, QueryAnswer)
    reported = read(answer)
    assert ([agent.card.name for agent in reported.agents], reported.more) == (
        [agent.card.name for agent in agents],
        False,
    )
    assert reported.agents[0].card.vocabulary == {}


async def test_a_few_agents_are_listed_with_their_vocabulary(orchestrator: InMemoryOrchestrator) -> None:
    queries = Queries(None, orchestrator.store, lambda: [named(1)])  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="agents"))
    assert isinstance(answer, QueryAnswer) and answer.agents == (named(1),)
