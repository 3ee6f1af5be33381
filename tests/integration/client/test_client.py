"""The client against the real orchestrator, agents and broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from creatorflow.bus import Bus, IncomingMessage
from creatorflow.client import (
    BrokerUnavailable,
    Client,
    NoAnswer,
    NoOrchestrator,
    NotFinished,
    OrchestratorBusy,
    RequestRefused,
    StepRefused,
    UnknownRequest,
)
from creatorflow_contracts import topology
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span

from ops.local.broker import Broker
from tests.bus.proxy import TcpProxy
from tests.integration.plans import ENDLESS, THREE
from tests.system.processes import System
from tests.waiting import in_time, patient

REQUEST = "Build orders and shipping labels"


@pytest.fixture
async def client(shared_system: System) -> AsyncIterator[Client]:
    async with Client(shared_system.broker_url) as client:
        yield client


@pytest.fixture
async def proxy(shared_system: System) -> AsyncIterator[TcpProxy]:
    """A proxy to the shared system's broker, for clients that lose their connection."""
    async with TcpProxy(shared_system.broker_url) as proxy:
        yield proxy


async def test_one_line_gives_the_result_of_a_request(shared_system: System) -> None:
    result = await Client(shared_system.broker_url).execute(REQUEST, plan=THREE, timeout=patient())
    assert (result.status, result.overall_success) == ("completed", True)
    assert {step.step for step in result.execution_summary.steps} == {"database", "orders", "shipping"}


async def test_events_come_in_order_from_the_first_to_the_final_one(client: Client) -> None:
    run = await client.submit(REQUEST, plan=THREE)
    events = [event async for event in run.events()]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.event for event in events][:2] == ["accepted", "planned"] and events[-1].event == "completed"
    assert (await run.result(timeout=patient())).correlation_id == run.id


async def test_events_of_a_finished_request_come_from_its_history(client: Client) -> None:
    run = await client.submit(REQUEST, plan=THREE)
    first = [event.seq async for event in run.events()]
    assert [event.seq async for event in client.watch(run.id)] == first
    assert [event.seq async for event in client.watch(run.id, after=3)] == first[3:]
    assert [event.seq for event in await client.history(run.id)] == first


async def test_a_history_is_queried_page_by_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await client.submit(REQUEST, plan=THREE)
    whole = [event.seq async for event in run.events()]
    monkeypatch.setattr("creatorflow.client.async_client.PAGE", 2)
    assert [event.seq for event in await client.history(run.id)] == whole
    assert [event.seq for event in await client.history(run.id, after=3)] == whole[3:]


async def test_a_parked_step_is_completed_and_a_refused_step_command_is_no_refusal_of_the_request(
    client: Client,
) -> None:
    broken = {"steps": [{**THREE["steps"][0], "expected_output": {"required": ["never"]}}]}
    run = await client.submit(REQUEST, plan=broken, on_failure="park")
    async for event in run.events():
        if event.event == "step_parked":
            break
    with pytest.raises(StepRefused):
        await client.skip_step(run.id, "nonsense")
    state = await client.complete_step(run.id, "database", {"summary": "by hand", "never": 1})
    assert state.steps[0].status == "succeeded"
    assert (await run.result(timeout=patient())).overall_success


async def test_many_requests_of_one_client_run_side_by_side(client: Client) -> None:
    runs = [await client.submit(f"{REQUEST} {number}", plan=THREE) for number in range(5)]
    results = await asyncio.gather(*(run.result(timeout=patient()) for run in runs))
    assert [result.correlation_id for result in results] == [run.id for run in runs]


async def test_state_list_agents_and_result_are_queried(client: Client) -> None:
    run = await client.submit(REQUEST, plan=THREE, tags={"team": "orders"})
    await run.result(timeout=patient())
    state = await client.state(run.id)
    assert (state.status, state.request, state.tags) == ("completed", REQUEST, {"team": "orders"})
    assert run.id in {state.correlation_id for state in await client.list()}
    assert (await client.result(run.id)).status == "completed"
    live = {agent.card.name for agent in await client.agents() if agent.instances}
    assert "database-specialist" in live and "ui-ux-specialist" not in live


async def test_a_request_with_the_same_id_is_the_same_run_with_the_same_result(client: Client) -> None:
    saga = uuid4()
    first = await client.execute(REQUEST, plan=THREE, correlation_id=saga, timeout=patient())
    assert await client.execute(REQUEST, plan=THREE, correlation_id=saga, timeout=patient()) == first


async def test_the_same_id_with_another_request_is_refused(client: Client) -> None:
    saga = uuid4()
    await client.execute(REQUEST, plan=THREE, correlation_id=saga, timeout=patient())
    with pytest.raises(RequestRefused) as refused:
        await client.execute("Something else", plan=THREE, correlation_id=saga, timeout=patient())
    assert refused.value.problem.code == "CONFLICTING_REQUEST"


async def test_a_request_that_no_agent_answers_is_refused_with_a_hint(client: Client) -> None:
    run = await client.submit("Feed the penguins of the zoo")
    with pytest.raises(RequestRefused) as refused:
        await run.result(timeout=patient())
    assert refused.value.problem.code == "NO_AGENT_MATCHES" and "database-specialist" in refused.value.problem.hint


async def test_a_refusal_also_ends_the_events(client: Client) -> None:
    run = await client.submit("Feed the penguins of the zoo")
    with pytest.raises(RequestRefused):
        [event async for event in run.events()]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"request": " \n"}, "REQUEST_EMPTY"),
        ({"request": REQUEST, "plan": {"steps": [{"agent": "x"}]}}, "PLAN_INVALID"),
        ({"request": "a\x00b"}, "NUL_CHARACTER"),
    ],
)
async def test_an_invalid_request_is_refused_before_it_is_sent(
    client: Client, fields: dict[str, object], code: str
) -> None:
    with pytest.raises(RequestRefused) as refused:
        await client.submit(**fields)  # type: ignore[arg-type]
    assert refused.value.problem.code == code


async def test_a_deadline_that_is_past_is_refused(client: Client) -> None:
    run = await client.submit(REQUEST, plan=THREE, deadline=datetime.now(UTC) - timedelta(minutes=1))
    with pytest.raises(RequestRefused) as refused:
        await run.result(timeout=patient())
    assert refused.value.problem.code == "DEADLINE_PAST"


async def test_queries_of_an_unknown_request_raise_unknown_request(client: Client) -> None:
    for query in (client.state, client.result, client.history, client.cancel):
        with pytest.raises(UnknownRequest):
            await query(uuid4())
    with pytest.raises(UnknownRequest):
        [event async for event in client.watch(uuid4())]


async def test_a_timeout_of_a_result_leaves_the_request_running(client: Client) -> None:
    run = await client.submit(REQUEST, plan=ENDLESS)
    with pytest.raises(NotFinished) as unfinished:
        await run.result(timeout=1)
    assert str(run.id) in unfinished.value.problem.hint
    assert (await client.state(run.id)).status == "running"
    with pytest.raises(NotFinished):
        await client.result(run.id)
    await client.cancel(run.id)


async def test_a_cancelled_request_ends_with_a_cancelled_result(client: Client) -> None:
    run = await client.submit(REQUEST, plan=ENDLESS)
    events = run.events()
    assert (await anext(events)).event == "accepted"
    await client.cancel(run.id, "enough")
    assert [event.event async for event in events][-1] == "cancelled"
    result = await run.result(timeout=patient())
    assert (result.status, result.reason) == ("cancelled", "enough")


async def test_a_dry_run_is_planned_and_dispatches_nothing(client: Client, shared_system: System) -> None:
    before = shared_system.run_counts()
    run = await client.submit("Design the database schema and automate shipping labels", dry_run=True)
    events = [event async for event in run.events()]
    assert events[1].event == "planned" and events[1].data["steps"]
    assert shared_system.run_counts() == before


async def test_a_lost_connection_loses_and_repeats_no_event(shared_system: System, proxy: TcpProxy) -> None:
    async with Client(proxy.url) as client:
        run = await client.submit(REQUEST, plan=THREE)
        seqs = []
        async for event in run.events():
            seqs.append(event.seq)
            if event.event in ("planned", "step_dispatched"):
                proxy.cut()
        assert seqs == list(range(1, len(seqs) + 1)) and len(seqs) > 5
        assert (await run.result(timeout=patient())).status == "completed"


async def test_a_lost_result_message_is_queried(shared_system: System, proxy: TcpProxy) -> None:
    async with Client(proxy.url) as client, Client(shared_system.broker_url) as other:
        run = await client.submit(REQUEST, plan=THREE)
        proxy.refuse(True)
        proxy.cut()
        assert [event async for event in other.watch(run.id)][-1].event == "completed"
        proxy.refuse(False)
        assert (await run.result(timeout=patient())).status == "completed"


async def test_a_lost_refusal_is_received_again(proxy: TcpProxy) -> None:
    async with Client(proxy.url) as client:
        run = await client.submit("Feed the penguins of the zoo")
        proxy.cut()
        with pytest.raises(RequestRefused):
            await run.result(timeout=patient())


async def test_a_client_waits_for_the_restart_of_an_orchestrator(broker_url: str, system: System) -> None:
    process = system.orchestrator()
    system.agents("database-specialist", "order-workflow-specialist", "shipping-automation-specialist")
    async with Client(broker_url, quiet=1) as client:
        run = await client.submit(REQUEST, plan=THREE)
        seqs = []
        async for event in run.events():
            seqs.append(event.seq)
            if event.event == "planned":
                process.end()
                await asyncio.to_thread(system.orchestrator)
        assert seqs == list(range(1, len(seqs) + 1))
        assert (await run.result(timeout=patient())).status == "completed"


async def test_without_an_orchestrator_submit_raises_no_orchestrator(broker_url: str) -> None:
    async with Client(broker_url) as client:
        with pytest.raises(NoOrchestrator) as error:
            await client.submit(REQUEST)
        assert "creatorflow-orchestrator serve" in error.value.problem.hint


async def test_a_query_without_an_answer_ends_in_time(broker_url: str, system: System) -> None:
    system.orchestrator().end()
    async with Client(broker_url) as client:
        with pytest.raises(NoAnswer):
            await client.list(timeout=0.5)


async def test_a_request_carries_the_trace_of_its_caller(broker_url: str) -> None:
    caller = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    arrived: asyncio.Queue[IncomingMessage] = asyncio.Queue()
    async with Bus.connect(broker_url, name="test") as bus, Client(broker_url) as client:
        await bus.declare(topology.orchestrator_topology())
        await bus.consume(topology.SUBMIT_QUEUE, arrived.put_nowait, prefetch=1)
        with use_span(NonRecordingSpan(caller)):
            await client.submit(REQUEST)
        incoming = await in_time(arrived.get())
    assert f"{0xABC:032x}" in str(incoming.delivery.headers["traceparent"])


async def test_a_full_queue_of_requests_raises_busy_with_a_time_to_retry(
    broker: Broker, broker_url: str, system: System
) -> None:
    assert broker.management is not None
    system.orchestrator().end()
    vhost = broker_url.rpartition("/")[2]
    policy = {"pattern": "submit$", "definition": {"max-length": 1}, "apply-to": "queues"}
    broker.management.ask("PUT", f"policies/{vhost}/full", policy)
    async with Client(broker_url) as client:
        with pytest.raises(OrchestratorBusy) as busy:
            for _ in range(200):
                await client.submit(REQUEST)
        assert busy.value.problem.retry_after_ms


async def test_a_client_that_is_not_open_raises_an_error_with_a_hint() -> None:
    with pytest.raises(BrokerUnavailable, match="async with"):
        await Client().state(uuid4())


async def test_the_trace_id_of_a_run_is_the_callers_or_its_own_id(broker_url: str) -> None:
    flags = TraceFlags(TraceFlags.SAMPLED)
    caller = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=flags)
    unsampled = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=TraceFlags(0))
    async with Bus.connect(broker_url, name="test") as bus, Client(broker_url) as client:
        await bus.declare(topology.orchestrator_topology())
        plain = await client.submit(REQUEST)
        with use_span(NonRecordingSpan(caller)):
            carried = await client.submit(REQUEST)
        with use_span(NonRecordingSpan(unsampled)):
            unseen = await client.submit(REQUEST)
    assert (plain.trace_id, carried.trace_id, unseen.trace_id) == (plain.id.hex, f"{0xABC:032x}", None)
