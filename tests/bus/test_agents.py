"""Agents on a real broker: claims, heartbeats, results, cancels, restarts, lost connections."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from creatorflow import Agent, AgentTask, DependencyMissing, GiveUp, RetryLater, Work, agent, run_agents
from creatorflow.agents import Intervals
from creatorflow.agents.spool import FileSpool, SpooledResult
from creatorflow.bus import OutgoingMessage
from creatorflow.settings import Settings
from creatorflow_contracts import AnnouncementRefused
from creatorflow_contracts.topology import DEAD_LETTERS_QUEUE, TASKS, agent_queue, agent_topology, task_key

from tests.waiting import eventually

from .dispatcher import Dispatcher, dispatching, unique
from .proxy import TcpProxy

FAST = Intervals(heartbeat=0.2, claim_after=0.3, grace=3.0)


@pytest.fixture
async def dispatcher(broker_url: str) -> AsyncIterator[Dispatcher]:
    async with dispatching(broker_url) as dispatcher:
        yield dispatcher


@asynccontextmanager
async def running(
    *agents: Agent, url: str, timing: Intervals = FAST, state_dir: Path | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Runs these agents; stops them at the end as SIGTERM does."""
    ready = threading.Event()
    settings = Settings(amqp_url=url, state_dir=state_dir)
    task = asyncio.create_task(run_agents(agents, settings, timing=timing, on_ready=ready.set))
    try:
        await eventually(lambda: ready.is_set() or task.done(), "the agents are ready")
        if task.done():
            await task
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def make(handler: Callable[..., Any], name: str = "tester", **more: Any) -> Agent:
    return agent(name=unique(name), summary="Tests.", **more)(handler)


class ControlledHandler:
    """A handler that records its runs and ends all of them when the test sets `may_end`."""

    def __init__(self) -> None:
        self.begun: list[uuid.UUID] = []
        self.ended: list[uuid.UUID] = []
        self.cancelled = 0
        self.may_end = asyncio.Event()

    async def __call__(self, task: AgentTask, work: Work) -> dict[str, Any]:
        self.begun.append(task.id)
        work.progress(0.5, "half way")
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended.append(task.id)
        return {"summary": "done"}


class SeparatelyEndedHandler:
    """A handler whose runs the test ends one by one."""

    def __init__(self) -> None:
        self.begun: list[uuid.UUID] = []
        self._ends: dict[uuid.UUID, asyncio.Event] = {}

    async def __call__(self, task: AgentTask, work: Work) -> dict[str, Any]:
        self._ends[task.id] = asyncio.Event()
        self.begun.append(task.id)
        await self._ends[task.id].wait()
        return {"summary": "done"}

    def end(self, task_id: uuid.UUID) -> None:
        self._ends[task_id].set()


async def test_async_and_plain_functions_return_results(dispatcher: Dispatcher, broker_url: str) -> None:
    async def waits(task: AgentTask) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"summary": task.description}

    def computes(task: AgentTask, work: Work) -> dict[str, Any]:
        work.record(engine="counting", capabilities=("counting",), prompt_tokens=3)
        return {"answer": 42}

    asynchronous, plain = make(waits), make(computes)
    async with running(asynchronous, plain, url=broker_url):
        first, second = await dispatcher.dispatch(asynchronous, "hello"), await dispatcher.dispatch(plain)
        result = await dispatcher.result(first)
        assert (result.success, result.output, result.attempt) == (True, {"summary": "hello"}, 1)
        result = await dispatcher.result(second)
        assert (result.success, result.output) == (True, {"data": {"answer": 42}})
        assert (result.metadata.engine, result.metadata.prompt_tokens) == ("counting", 3)
    await dispatcher.wait_for_empty_queue(asynchronous)


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        (RetryLater("busy", after=2.5), ("retryable", "busy", 2500, None)),
        (GiveUp("cannot"), ("permanent", "cannot", None, None)),
        (DependencyMissing("orders", "no orders"), ("dependency_missing", "no orders", None, "orders")),
        (ValueError("odd"), ("unknown", "ValueError: odd", None, None)),
        (SystemExit(3), ("unknown", "SystemExit: 3", None, None)),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_exception_of_a_handler_becomes_an_error_result(
    dispatcher: Dispatcher, broker_url: str, error: BaseException, reported: tuple[object, ...]
) -> None:
    async def fails(task: AgentTask) -> dict[str, Any]:
        raise error

    failing = make(fails)
    async with running(failing, url=broker_url):
        result = await dispatcher.result(await dispatcher.dispatch(failing))
    assert not result.success
    assert result.error is not None
    message, _, place = result.error.message.rpartition(" (")
    assert place.startswith(f"{Path(__file__).name}:")
    assert (result.error.type, message, result.error.retry_after_ms, result.error.missing) == reported


async def test_work_that_takes_too_long_is_a_timeout_and_is_cancelled(dispatcher: Dispatcher, broker_url: str) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=broker_url):
        result = await dispatcher.result(await dispatcher.dispatch(slow, timeout_ms=200))
        assert result.error is not None
        assert result.error.type == "timeout"
        await eventually(lambda: runs.cancelled == 1, "the work is cancelled")
    await dispatcher.wait_for_empty_queue(slow)


async def test_short_work_is_not_claimed(dispatcher: Dispatcher, broker_url: str) -> None:
    async def quick(task: AgentTask) -> dict[str, Any]:
        return {}

    quickly = make(quick)
    async with running(quickly, url=broker_url):
        task = await dispatcher.dispatch(quickly)
        await dispatcher.result(task)
    assert not dispatcher.claims[task.id]


async def test_long_work_is_claimed_once_and_named_in_heartbeats_with_its_progress(
    dispatcher: Dispatcher, broker_url: str
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=broker_url):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(dispatcher.claims[task.id]), "a claim")
        await eventually(
            lambda: any(beat.tasks for beat in dispatcher.heartbeats[slow.name]), "a heartbeat that names it"
        )
        named = next(beat.tasks[0] for beat in dispatcher.heartbeats[slow.name] if beat.tasks)
        assert (named.task_id, named.attempt, named.progress, named.note) == (task.id, 1, 0.5, "half way")
        runs.may_end.set()
        await dispatcher.result(task)
    assert len(dispatcher.claims[task.id]) == 1
    assert len(dispatcher.results[task.id]) == 1


async def test_a_connection_lost_after_the_claim_causes_no_second_run(
    dispatcher: Dispatcher, proxy: TcpProxy, broker_url: str
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=proxy.url), running(Agent(slow.card, runs), url=broker_url):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(dispatcher.claims[task.id]), "a claim")
        await dispatcher.wait_for_empty_queue(slow)
        for _ in range(2):
            proxy.cut()
            before = proxy.connections
            await eventually(lambda before=before: proxy.connections >= before + 2, "connected again")  # type: ignore[misc]
        runs.may_end.set()
        await dispatcher.result(task)
    assert runs.begun == [task.id]


async def test_a_connection_lost_before_the_claim_causes_no_second_run_in_the_same_instance(
    dispatcher: Dispatcher, proxy: TcpProxy
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=proxy.url, timing=Intervals(heartbeat=60, claim_after=60)):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(runs.begun), "the work begins")
        proxy.cut()
        await eventually(lambda: proxy.connections >= 4, "connected again")
        runs.may_end.set()
        await dispatcher.result(task)
        await dispatcher.wait_for_empty_queue(slow)
    assert runs.begun == [task.id]


async def test_a_task_delivered_twice_runs_once(dispatcher: Dispatcher, broker_url: str) -> None:
    runs = ControlledHandler()
    twice = make(runs)
    async with running(twice, url=broker_url):
        task = await dispatcher.dispatch(twice)
        await dispatcher.send(task)
        await eventually(lambda: bool(runs.begun), "the work begins")
        runs.may_end.set()
        await dispatcher.result(task)
        await dispatcher.send(task)
        last = await dispatcher.dispatch(twice)
        await dispatcher.result(last)
    assert runs.begun == [task.id, last.id]
    await dispatcher.wait_for_empty_queue(twice)


async def test_code_that_blocks_the_event_loop_longer_than_the_heartbeat_runs_once(
    dispatcher: Dispatcher, broker_url: str
) -> None:
    begun: list[uuid.UUID] = []

    async def blocks(task: AgentTask) -> dict[str, Any]:
        begun.append(task.id)
        await asyncio.to_thread(lambda: None)
        time.sleep(5)  # noqa: ASYNC251 - the very mistake that is tested
        return {}

    def run_event_loop() -> None:
        asyncio.run(serve_until_end())

    blocking = make(blocks)
    ready, end = threading.Event(), threading.Event()
    timing = Intervals(heartbeat=0.2, claim_after=0.3, amqp_heartbeat=1)

    async def serve_until_end() -> None:
        async with running(blocking, url=broker_url, timing=timing):
            ready.set()
            await asyncio.to_thread(end.wait)

    thread = threading.Thread(target=run_event_loop)
    thread.start()
    try:
        await asyncio.to_thread(ready.wait, 10)
        task = await dispatcher.dispatch(blocking)
        await dispatcher.result(task)
        await dispatcher.wait_for_empty_queue(blocking)
    finally:
        end.set()
        await asyncio.to_thread(thread.join)
    assert begun == [task.id]
    assert len(dispatcher.results[task.id]) == 1


async def test_a_cancelled_task_stops_and_sends_no_result(dispatcher: Dispatcher, broker_url: str) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=broker_url):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(runs.begun), "the work begins")
        await dispatcher.cancel(task)
        await eventually(lambda: runs.cancelled == 1, "the work is cancelled")
    await dispatcher.wait_for_empty_queue(slow)
    assert not dispatcher.results[task.id]


async def test_an_agent_announces_itself_on_start_when_asked_and_when_it_leaves(
    dispatcher: Dispatcher, broker_url: str
) -> None:
    async def quick(task: AgentTask) -> dict[str, Any]:
        return {}

    quickly = make(quick)
    announced = dispatcher.announced[quickly.name]
    async with running(quickly, url=broker_url):
        await eventually(lambda: len(announced) == 1, "an announcement")
        await dispatcher.discover()
        await eventually(lambda: len(announced) == 2, "another announcement")
    await eventually(lambda: len(announced) == 3, "an announcement that it leaves")
    assert [announcement.leaving for announcement in announced] == [False, False, True]
    assert announced[0].card == quickly.card


async def test_an_agent_whose_announcement_is_refused_logs_what_to_do_once(
    dispatcher: Dispatcher, broker_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def quick(task: AgentTask) -> dict[str, Any]:
        return {}

    quickly = make(quick)
    refusal = AnnouncementRefused(
        agent=quickly.name, code="FIELD_INVALID", message="m", where="card.summary", hint="correct the summary"
    )
    async with running(quickly, url=broker_url):
        for _ in range(2):
            await dispatcher.publish_control("refused", quickly.name, refusal)
        result = await dispatcher.result(await dispatcher.dispatch(quickly))
        await eventually(lambda: "correct the summary" in caplog.text, "a line of the log")
        assert result.success
    (record,) = [entry for entry in caplog.records if "announcement_refused" in entry.getMessage()]
    assert record.levelname == "ERROR"
    assert all(word in record.getMessage() for word in (quickly.name, "FIELD_INVALID", "card.summary"))


async def test_an_agent_that_stops_requeues_unclaimed_tasks(dispatcher: Dispatcher, broker_url: str) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=broker_url, timing=Intervals(claim_after=60)):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(runs.begun), "the work begins")
    assert (await dispatcher.bus.counts(agent_queue(slow.name))).ready == 1
    runs.may_end.set()
    async with running(slow, url=broker_url):
        await dispatcher.result(task)
    assert runs.ended == [task.id]


async def test_an_agent_that_stops_finishes_claimed_tasks_within_the_grace_period(
    dispatcher: Dispatcher, broker_url: str
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=broker_url, timing=FAST) as process:
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(dispatcher.claims[task.id]), "a claim")
        process.cancel()
        await eventually(lambda: bool(dispatcher.announced[slow.name]), "it is there")
        runs.may_end.set()
    assert (await dispatcher.result(task)).success


async def test_an_agent_that_stops_releases_claimed_tasks_that_do_not_finish(
    dispatcher: Dispatcher, broker_url: str
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=broker_url, timing=Intervals(heartbeat=0.2, claim_after=0.2, grace=0.3)):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(dispatcher.claims[task.id]), "a claim")
    result = await dispatcher.result(task)
    assert result.error is not None
    assert result.error.type == "released"


async def test_a_result_is_kept_while_the_broker_is_unavailable_and_sent_afterwards(
    dispatcher: Dispatcher, proxy: TcpProxy
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    async with running(slow, url=proxy.url):
        task = await dispatcher.dispatch(slow)
        await eventually(lambda: bool(dispatcher.claims[task.id]), "a claim")
        proxy.refuse(True)
        proxy.cut()
        runs.may_end.set()
        await eventually(lambda: bool(runs.ended), "the work ends while the broker is unavailable")
        assert not dispatcher.results[task.id]
        proxy.refuse(False)
        assert (await dispatcher.result(task)).success
    assert runs.begun == [task.id]


async def test_a_result_spooled_by_an_earlier_process_is_sent_at_start_and_its_task_is_not_run(
    dispatcher: Dispatcher, broker_url: str, tmp_path: Path
) -> None:
    runs = ControlledHandler()
    slow = make(runs)
    task = await dispatcher.dispatch(slow)
    async with running(make(ControlledHandler(), "other"), url=broker_url, state_dir=tmp_path):
        pass
    earlier = await result_of_earlier_process(slow, task)
    FileSpool(tmp_path).put(SpooledResult(task.id, task.correlation_id, slow.name, earlier))
    async with running(slow, url=broker_url, state_dir=tmp_path):
        result = await dispatcher.result(task)
        await dispatcher.wait_for_empty_queue(slow)
    assert result.output == {"summary": "from before"}
    assert runs.begun == []
    assert list(FileSpool(tmp_path)) == []


async def result_of_earlier_process(of: Agent, task: AgentTask) -> bytes:
    from creatorflow.testing import run_task

    async def before(task: AgentTask) -> dict[str, Any]:
        return {"summary": "from before"}

    return (await run_task(Agent(of.card, before), task)).to_json()


async def test_an_unreadable_task_is_dead_lettered_and_the_next_one_runs(
    dispatcher: Dispatcher, broker_url: str
) -> None:
    async def quick(task: AgentTask) -> dict[str, Any]:
        return {}

    quickly = make(quick)
    await dispatcher.bus.declare(agent_topology(quickly.name, dispatcher.bus.server_version))
    before = (await dispatcher.bus.counts(DEAD_LETTERS_QUEUE)).ready
    await dispatcher.bus.publish(OutgoingMessage(TASKS, task_key(quickly.name), b"hello", "agent-task.v1"))
    async with running(quickly, url=broker_url):
        await dispatcher.result(await dispatcher.dispatch(quickly))
        await eventually(lambda: dead_letters_exceed(dispatcher, before), "a dead letter")


async def dead_letters_exceed(dispatcher: Dispatcher, before: int) -> bool:
    return (await dispatcher.bus.counts(DEAD_LETTERS_QUEUE)).ready > before


async def test_at_most_concurrency_tasks_are_in_work(dispatcher: Dispatcher, broker_url: str) -> None:
    runs = ControlledHandler()
    narrow = make(runs, concurrency=2)
    async with running(narrow, url=broker_url, timing=Intervals(claim_after=60)):
        tasks = [await dispatcher.dispatch(narrow) for _ in range(5)]
        await eventually(lambda: len(runs.begun) == 2, "two begin")
        assert (await dispatcher.bus.counts(agent_queue(narrow.name))).ready == 3
        assert len(runs.begun) == 2
        runs.may_end.set()
        for task in tasks:
            await dispatcher.result(task)


async def test_at_most_concurrency_tasks_are_in_work_also_when_they_are_claimed(
    dispatcher: Dispatcher, proxy: TcpProxy
) -> None:
    """The acknowledgement of a claimed task must not bring another task; its end must, also after a lost connection."""
    runs = SeparatelyEndedHandler()
    narrow = make(runs, concurrency=3)
    async with running(narrow, url=proxy.url, timing=FAST):
        tasks = [await dispatcher.dispatch(narrow) for _ in range(9)]
        for done in range(0, 9, 3):
            await eventually(lambda done=done: len(runs.begun) == done + 3, "three are in work")  # type: ignore[misc]
            now = runs.begun[done:]
            await eventually(lambda now=now: all(dispatcher.claims[task_id] for task_id in now), "claims")  # type: ignore[misc]
            await eventually(lambda done=done: is_ready(dispatcher, narrow, 6 - done), "the others are queued")  # type: ignore[misc]
            if done == 3:
                beats = dispatcher.heartbeats[narrow.name]
                before, sent = proxy.connections, len(beats)
                proxy.cut()
                await eventually(lambda before=before: proxy.connections >= before + 2, "connected")  # type: ignore[misc]
                await eventually(lambda beats=beats, sent=sent: len(beats) > sent + 3, "it is back")  # type: ignore[misc]
                await eventually(lambda done=done: is_ready(dispatcher, narrow, 6 - done, 3), "still queued")  # type: ignore[misc]
            assert len(runs.begun) == done + 3
            for task_id in now:
                runs.end(task_id)
        for task in tasks:
            await dispatcher.result(task)
    assert sorted(runs.begun) == sorted(task.id for task in tasks)


async def is_ready(dispatcher: Dispatcher, agent: Agent, count: int, copies: int = 0) -> bool:
    """True if `count` tasks are queued, and at most so many copies of tasks whose acknowledgement was cut."""
    return count <= (await dispatcher.bus.counts(agent_queue(agent.name))).ready <= count + copies


async def test_the_trace_goes_on_from_the_task_to_its_result(dispatcher: Dispatcher, broker_url: str) -> None:
    async def quick(task: AgentTask) -> dict[str, Any]:
        return {}

    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    quickly = make(quick)
    async with running(quickly, url=broker_url):
        task = await dispatcher.dispatch(quickly)
        await dispatcher.result(task)
        other = task.model_copy(update={"id": uuid.uuid4()})
        await dispatcher.send(other, {"traceparent": trace, "baggage": "user=mallory"})
        await dispatcher.result(other)
    assert str(dispatcher.headers[other.id]["traceparent"]).split("-")[1] == trace.split("-")[1]
    assert "baggage" not in dispatcher.headers[other.id]
