"""The synchronous client against the real orchestrator, agents and broker."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow.client import BrokerUnavailable, NotFinished, RequestRefused, StepRefused, SyncClient, UnknownRequest

from tests.integration.plans import ENDLESS, THREE
from tests.system.processes import System
from tests.waiting import patient, until

REQUEST = "Build orders and shipping labels"


@pytest.fixture
def client(shared_system: System) -> Iterator[SyncClient]:
    with SyncClient(shared_system.broker_url) as client:
        yield client


def test_one_line_gives_the_result_of_a_request(shared_system: System) -> None:
    result = SyncClient(shared_system.broker_url).execute(REQUEST, plan=THREE, timeout=patient())
    assert (result.status, result.overall_success) == ("completed", True)


def test_events_and_result_of_a_run_come_as_from_the_asynchronous_client(client: SyncClient) -> None:
    run = client.submit(REQUEST, plan=THREE, tags={"team": "orders"})
    events = [event.seq for event in run.events()]
    assert events == list(range(1, len(events) + 1))
    result = run.result(timeout=patient())
    assert (result.correlation_id, result.status, run.request.request) == (run.id, "completed", REQUEST)
    assert run.state().tags == {"team": "orders"}
    assert [event.seq for event in client.watch(run.id, after=3)] == events[3:]
    assert [event.seq for event in client.history(run.id)] == events
    assert client.result(run.id) == result
    assert run.id in {state.correlation_id for state in client.list()}
    assert "database-specialist" in {agent.card.name for agent in client.agents()}


def test_iteration_over_events_can_be_stopped_and_repeated(client: SyncClient) -> None:
    run = client.submit(REQUEST, plan=THREE)
    for event in run.events():
        assert event.event == "accepted"
        break
    assert [event.event for event in run.events()][-1] == "completed"


def test_events_left_open_do_not_keep_the_client_from_closing(shared_system: System) -> None:
    with SyncClient(shared_system.broker_url) as client:
        run = client.submit(REQUEST, plan=ENDLESS)
        events = run.events()
        assert next(events).event == "accepted"
        run.cancel()
    assert client._thread._running is None
    with pytest.raises(StopIteration):
        next(events)


def test_errors_are_those_of_the_asynchronous_client(client: SyncClient) -> None:
    with pytest.raises(RequestRefused):
        client.submit(" ")
    with pytest.raises(RequestRefused) as refused:
        client.submit("Feed the penguins of the zoo").result(timeout=patient())
    assert refused.value.problem.code == "NO_AGENT_MATCHES"
    with pytest.raises(UnknownRequest):
        client.state(uuid4())
    with pytest.raises(UnknownRequest):
        next(client.watch(uuid4()))
    run = client.submit(REQUEST, plan=ENDLESS)
    with pytest.raises(NotFinished):
        run.result(timeout=0.1)
    run.cancel("enough")
    assert run.result(timeout=patient()).status == "cancelled"


def test_parked_steps_and_quarantine_are_operated(client: SyncClient) -> None:
    broken = {"steps": [{**THREE["steps"][0], "expected_output": {"required": ["never"]}}]}
    run = client.submit(REQUEST, plan=broken, on_failure="park")
    assert any(event.event == "step_parked" for event in run.events())
    with pytest.raises(StepRefused):
        client.skip_step(run.id, "nonsense")
    client.complete_step(run.id, "database", {"summary": "by an operator", "never": 1})
    assert run.result(timeout=patient()).overall_success
    assert list(client.quarantine.items(saga=run.id)) == []
    assert client.quarantine.drop([uuid4()])[0].code == "QUARANTINE_UNKNOWN"
    assert client.prune(timedelta(days=1000)).sagas == 0


def test_threads_share_a_client(client: SyncClient) -> None:
    def execute(number: int) -> str:
        return client.execute(f"{REQUEST} {number}", plan=THREE, timeout=patient()).status

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(execute, range(4))) == {"completed"}


async def test_it_works_where_an_event_loop_runs(client: SyncClient) -> None:
    assert client.submit(REQUEST, plan=THREE).result(timeout=patient()).status == "completed"


def test_closing_the_client_ends_the_wait_of_another_thread(shared_system: System) -> None:
    client = SyncClient(shared_system.broker_url)
    with ThreadPoolExecutor(1) as pool:
        with client:
            run = client.submit(REQUEST, plan=ENDLESS)
            waiting = pool.submit(run.result)
            until(lambda: client._thread._calls == 1, "the other thread waits")
        with pytest.raises(BrokerUnavailable, match="closed"):
            waiting.result(patient())
    with client:
        client.cancel(run.id)


SCRIPT = """
import sys
from creatorflow import SyncClient

with SyncClient(sys.argv[1]) as client:
    run = client.submit("Build orders and shipping labels", plan={plan})
    print(run.id, flush=True)
    for event in run.events():
        print(event.event, flush=True)
"""


def test_ctrl_c_ends_a_script_that_follows_a_request(shared_system: System, client: SyncClient) -> None:
    command = [sys.executable, "-c", SCRIPT.replace("{plan}", repr(ENDLESS)), shared_system.broker_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as script:
        assert script.stdout is not None and script.stderr is not None
        saga = script.stdout.readline().strip()
        assert script.stdout.readline() == "accepted\n"
        script.send_signal(signal.SIGINT)
        errors = script.stderr.read()
        assert script.wait(patient()) in (130, -signal.SIGINT)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "Exception ignored" not in errors and "never retrieved" not in errors and "Task was destroyed" not in errors
    client.cancel(UUID(saga))
