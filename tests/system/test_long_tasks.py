"""Tasks that take long, and many tasks behind one agent: each runs once.

`LongRun`, which takes minutes, runs beside the other tests of this module, on the same broker. The broker's
acknowledgement timeout is one minute there, as a control consumer proves.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pika
import pytest
from creatorflow.client import Client, Run
from creatorflow_contracts.v1.output import SynthesizedResult
from pika.exceptions import AMQPError

from ops.local.broker import Broker
from tests.waiting import in_time, patient, until

from .processes import System
from .test_kills import in_thread

AGENT, OTHER = "database-specialist", "order-workflow-specialist"
LONG_S, BLOCKED_S, PATIENCE_S = 150, 40, 60
STEPS = 5
MINUTES = 900.0
"""Seconds for the whole run; alone it takes five minutes."""


def plan(name: str, agent: str = AGENT, steps: int = STEPS, **more: Any) -> dict[str, Any]:
    """A plan of `steps` parallel steps."""
    return {"steps": [{"id": f"{name}-{n}", "agent": agent, "description": "work", **more} for n in range(steps)]}


@dataclass
class LongRun:
    """A quiet system whose broker is restarted when the first request is done, and one without an orchestrator for a
    minute. Every task takes 150 s, but one that blocks its agent's event loop for 40 s."""

    broker: Broker
    steady: System
    interrupted: System
    results: dict[str, SynthesizedResult] = field(default_factory=dict)
    watched_progress: list[float] = field(default_factory=list)
    """Progress of the first request, from its events."""
    queried_progress: list[float | None] = field(default_factory=list)
    """Progress of its steps, from a query after a while."""
    control: str = ""
    """The error with which the broker ended a consumer that never acknowledges."""

    async def run(self) -> None:
        await in_thread(self._start)
        control = asyncio.create_task(asyncio.to_thread(self._consume_without_ack, self.steady.broker_url))
        async with Client(self.steady.broker_url) as steady, Client(self.interrupted.broker_url) as interrupted:
            through = await self._submit(steady, "through")
            down = await self._submit(interrupted, "down")
            blocks = await interrupted.submit("block", plan=plan("blocks", OTHER, 1, timeout_ms=300_000))
            begun = time.monotonic()
            watching = asyncio.create_task(self._watch(through))
            ends = [asyncio.create_task(self._end(*request)) for request in (("through", through), ("down", down))]
            ends.append(asyncio.create_task(self._end("blocks", blocks)))
            await self._wait_until(begun, 20)
            restart = await self._submit(steady, "restart")
            ends.append(asyncio.create_task(self._end("restart", restart)))
            await self._wait_until(begun, 65)
            self.queried_progress = [step.progress for step in (await through.state()).steps]
            self.interrupted.processes[0].end(signal.SIGKILL)
            await self._wait_until(begun, 125)
            await in_thread(lambda: self.interrupted.orchestrator(CREATORFLOW_SILENCE_S="45"))
            await in_time(asyncio.gather(*ends[:3]), limit=MINUTES)
            self.control = await control
            await in_thread(self.broker.own.stop)
            await in_thread(self.broker.start)
            await in_time(ends[3], limit=MINUTES)
            await watching

    def _start(self) -> None:
        self.broker.own.ctl(
            "eval",
            f"application:set_env(rabbit, consumer_timeout, {PATIENCE_S * 1000}), "
            "application:set_env(rabbit, channel_tick_interval, 5000).",
        )
        for system in (self.steady, self.interrupted):
            system.folder.mkdir()
            system.orchestrator(CREATORFLOW_SILENCE_S="45")
            system.long_running_agents(AGENT, WORK_S=LONG_S, CONCURRENCY=2 * STEPS, BEAT_S=10)
        for _ in range(2):
            self.interrupted.long_running_agents(OTHER, WORK_S=BLOCKED_S, KIND="blocking", BEAT_S=10)

    async def _submit(self, client: Client, name: str) -> Run:
        return await client.submit("work for long", plan=plan(name, timeout_ms=300_000))

    async def _end(self, name: str, run: Run) -> None:
        self.results[name] = await run.result()

    async def _watch(self, run: Run) -> None:
        async for event in run.events():
            if event.event == "step_progressed":
                self.watched_progress.append(event.data["progress"])

    async def _wait_until(self, begun: float, seconds: float) -> None:
        """Waits until `seconds` after the beginning: nothing observable marks that time."""
        await asyncio.sleep(begun + seconds - time.monotonic())

    def _consume_without_ack(self, url: str) -> str:
        """Consumes a message without acknowledging it; returns the error with which the broker ends it."""
        connection = pika.BlockingConnection(pika.URLParameters(url))
        channel = connection.channel()
        channel.queue_declare("held", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "held", b"{}")
        channel.basic_consume("held", lambda *_: None)
        try:
            channel.start_consuming()
        except AMQPError as error:
            return str(error)
        finally:
            connection.close()
        return "the consumer ended by itself"


@pytest.fixture(scope="module")
def future_long_run(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[LongRun]]:
    """The long run, started with the first test of this module."""
    if broker.node is None:
        pytest.skip("the broker was given by URL: it is not restarted by tests (unset CREATORFLOW_AMQP_URL)")
    urls, folder = (broker.new_vhost(), broker.new_vhost()), tmp_path_factory.mktemp("long")
    long = LongRun(broker, System(urls[0], folder / "steady"), System(urls[1], folder / "deserted"))

    def run() -> LongRun:
        asyncio.run(long.run())
        return long

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        yield future
        future.exception(patient(MINUTES))
    for system, url in zip((long.steady, long.interrupted), urls, strict=True):
        system.stop()
        broker.drop_vhost(url)


@pytest.mark.timeout(2 * MINUTES)
async def test_10000_tasks_behind_one_slow_agent_that_crashes_in_the_middle_run_once_each(
    future_long_run: Future[LongRun], system: System
) -> None:
    """Time in the queue does not count for timeouts; tasks finished before the crash are not run again."""
    requests, steps, at_once = 50, 200, 50
    system.orchestrator(CREATORFLOW_SILENCE_S="30")
    first = system.long_running_agents(AGENT, WORK_S=0.05, CONCURRENCY=at_once)
    async with Client(system.broker_url) as client:
        runs = [await client.submit("many", plan=plan("many", steps=steps)) for _ in range(requests)]
        await in_thread(lambda: until(lambda: ended_runs(system) > 4_000, "some of them", every=0.5, limit=MINUTES))
        first.end(signal.SIGKILL)
        system.long_running_agents(AGENT, WORK_S=0.05, CONCURRENCY=at_once)
        results = await asyncio.gather(*(run.result(patient(MINUTES)) for run in runs))
    assert all(result.overall_success for result in results)
    begun = [len(times) for times in system.run_times("begun").values()]
    assert len(begun) == steps and min(begun) >= requests
    assert requests * steps <= sum(begun) <= requests * steps + at_once
    assert counted(system, "step_dispatched") == requests * steps
    assert counted(system, "attempt_failed") == system.rows("quarantine") == 0


def ended_runs(system: System) -> int:
    return sum(len(times) for times in system.run_times("ended").values())


def counted(system: System, event: str) -> int:
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM history WHERE event = ?", [event]).fetchone()[0])


async def test_a_frozen_agent_is_replaced_and_its_result_after_thawing_does_not_count(
    future_long_run: Future[LongRun], system: System
) -> None:
    """One agent sends a result before its heartbeat: superseded. The other is still at work and gets a cancel. Both
    have a concurrency of one, so that the broker has given them no other task."""
    system.orchestrator(CREATORFLOW_SILENCE_S="5")
    frozen = [
        system.long_running_agents(AGENT, WORK_S=4, KIND="blocking", CONCURRENCY=1, BEAT_S=60, CLAIM_S=0.5),
        system.long_running_agents(OTHER, WORK_S=60, CONCURRENCY=1),
    ]
    steps = plan("answers", AGENT, 1)["steps"] + plan("works", OTHER, 1)["steps"]
    async with Client(system.broker_url) as client:
        run = await client.submit("work", plan={"steps": steps}, correlation_id=uuid4())
        for process in frozen:
            await asyncio.to_thread(process.wait_for_log, "task_claimed")
        await in_thread(lambda: until(lambda: counted(system, "step_claimed") == 2, "claims"))
        for process in frozen:
            process.child.send_signal(signal.SIGSTOP)
        system.long_running_agents(AGENT, OTHER, WORK_S=0.1)
        result = await run.result(patient())
        for process in frozen:
            process.child.send_signal(signal.SIGCONT)
        await in_thread(lambda: until(lambda: system.run_times("stopped").get("works-0"), "the second agent stops"))
        await in_thread(lambda: until(lambda: system.rows("quarantine"), "the late result in quarantine"))
        assert await client.result(run.id) == result
    assert result.overall_success
    assert {step: len(times) for step, times in system.run_times("begun").items()} == {"answers-0": 2, "works-0": 2}
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT kind, code FROM quarantine").fetchall() == [("result", "LATE_RESULT")]


@pytest.fixture
def long_run(future_long_run: Future[LongRun]) -> LongRun:
    """The long run after its end."""
    return future_long_run.result(patient(MINUTES))


def ran_once(system: System, name: str, steps: int = STEPS) -> bool:
    """True if every step of that name has begun once and ended once."""
    events = (system.run_times("begun"), system.run_times("ended"))
    return [sum(step.startswith(f"{name}-") for step in runs) for runs in events] == [steps, steps] and all(
        len(times) == 1 for runs in events for step, times in runs.items() if step.startswith(f"{name}-")
    )


@pytest.mark.parametrize(
    ("name", "system_of"),
    [
        pytest.param("through", "steady", id="longer than the acknowledgement timeout of the broker"),
        pytest.param("restart", "steady", id="with a restart of the broker meanwhile"),
        pytest.param("down", "interrupted", id="with no orchestrator for a minute meanwhile"),
    ],
)
def test_long_tasks_run_once_and_have_one_result(long_run: LongRun, name: str, system_of: str) -> None:
    system, result = getattr(long_run, system_of), long_run.results[name]
    assert result.overall_success
    assert ran_once(system, name)
    assert [step.attempts for step in result.execution_summary.steps] == [1] * STEPS
    assert not any(step.recoveries for step in result.execution_summary.steps)
    assert system.rows("quarantine") == 0


def test_code_that_blocks_its_agents_event_loop_for_40_s_is_claimed_and_runs_once(long_run: LongRun) -> None:
    """Longer than the broker waits for a heartbeat (3 x 11 s), with two agents that could do it."""
    assert long_run.results["blocks"].overall_success
    assert ran_once(long_run.interrupted, "blocks", 1)
    assert counted(long_run.interrupted, "step_claimed") == STEPS + 1


def test_the_broker_ended_a_consumer_that_did_not_acknowledge(long_run: LongRun) -> None:
    assert "delivery acknowledgement" in long_run.control, long_run.control


def test_progress_is_in_events_and_in_the_state(long_run: LongRun) -> None:
    assert len(long_run.queried_progress) == STEPS
    assert all(progress is not None and 0.2 < progress < 0.7 for progress in long_run.queried_progress), (
        long_run.queried_progress
    )
    assert len({*long_run.watched_progress}) > 5
    assert max(long_run.watched_progress) > 0.8
