"""A request is one trace, from the command that submits it to its result: through queues, patterns, retries, children,
redrives, and kills of any process. The allowed parents of each span are the table of `ops.stack.traces`."""

from __future__ import annotations

import base64
import json
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ops.stack.traces import Span, contents, faults, services
from tests.integration.cli.commands import Commands
from tests.integration.orchestrator.amqp_client import ask, connected, publish
from tests.servers.collector import Collector, collecting
from tests.waiting import patient, until

from .processes import ORCHESTRATOR_FAULTS, System
from .test_kills import NAMES, PLAN, STEPS

EXAMPLES = Path(__file__).parents[2] / "ops" / "examples"
CLIENT, ORCHESTRATOR = "creatorflow-cli", "creatorflow-orchestrator"
PAGE = "http://jaeger.example/trace/"
REDRIVEN = "publish creatorflow.requests:request.submitted.v1"
CONTENT = "zebra-stripes"
"""Part of a request's text; no span may have contents."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Receives the spans of every process that the test starts."""
    with collecting() as running_collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running_collector.url)
        monkeypatch.setenv("CREATORFLOW_TRACE_URL", f"{PAGE}{{trace_id}}")
        yield running_collector


@pytest.fixture
def cli(system: System, tmp_path: Path) -> Commands:
    return Commands(system.broker_url, tmp_path)


def complete_trace(collector: Collector, system: System, trace: str) -> list[Span]:
    """Stops every process, which exports its remaining spans; returns the whole trace."""
    for process in system.processes:
        process.end(signal.SIGTERM)
    return collector.trace(trace)


def assert_correct(spans: list[Span], *, stranger: bool = False) -> None:
    assert spans
    assert faults(spans, stranger=stranger) == []
    assert contents(spans, [CONTENT]) == []


def named(spans: list[Span], beginning: str) -> list[Span]:
    return [span for span in spans if span.name.startswith(beginning)]


def submit(cli: Commands, *arguments: str) -> dict[str, Any]:
    """Submits a request; returns the first line of `submit --json`."""
    done = cli.run("submit", *arguments, "--json")
    assert done.code == 0, done.err
    return dict(done.lines[0])


def test_each_pattern_is_one_trace_whose_url_the_command_prints(
    system: System, collector: Collector, cli: Commands
) -> None:
    system.orchestrator()
    system.specialists()
    requests = {
        name: submit(cli, CONTENT, "--plan", str(EXAMPLES / f"{name}.yaml"))
        for name in ("sequential", "parallel", "conditional", "iterative", "hierarchical")
    }
    complete_trace(collector, system, "")
    for name, request in requests.items():
        trace = request["trace_id"]
        assert request["trace_url"] == f"{PAGE}{trace}"
        spans = collector.trace(trace)
        assert_correct(spans)
        assert {CLIENT, ORCHESTRATOR, "creatorflow-specialist"} == services(spans), name
        assert len([span for span in spans if span.parent is None]) == 1
        sagas = 3 if name == "hierarchical" else 1
        assert len(named(spans, "invoke_workflow")) == len(named(spans, "plan")) == sagas
        assert all("creatorflow.queue_time_ms" in span.attributes for span in named(spans, "process "))
        assert not any(name.startswith("gen_ai.usage") for span in spans for name in span.attributes)


@pytest.fixture
def traced_agents(system: System, collector: Collector, cli: Commands) -> None:
    """Runs an orchestrator and the agents of `traced_agents.py`, which it knows."""
    system.orchestrator()
    system.own_agents(Path(__file__).with_name("traced_agents.py"))
    until(lambda: "sound-agent" in cli.run("agents").out, "the announcement of the agents")


def step(name: str, agent: str, *after: str) -> dict[str, Any]:
    return {"id": name, "agent": agent, "description": f"do {CONTENT}", "depends_on": list(after)}


@pytest.mark.usefixtures("traced_agents")
def test_recoveries_are_events_of_the_deciding_span_and_tokens_are_attributes_of_the_spending_span(
    system: System, collector: Collector, cli: Commands
) -> None:
    system.agents("ecommerce-analytics-specialist")  # an alternative of ui-ux-specialist, which does not run
    plan = cli.file("plan.json", {"steps": [step("one", "fickle-agent"), step("two", "ui-ux-specialist")]})
    trace = submit(cli, CONTENT, "--plan", plan)["trace_id"]
    spans = complete_trace(collector, system, trace)
    assert_correct(spans)
    decided = [
        (span.name.split(":")[0], event["creatorflow.failure"], event["creatorflow.decision"])
        for span in spans
        for name, event in span.events
        if name == "recovery_decided"
    ]
    assert sorted(decided) == [
        ("process creatorflow.results", "retryable", "retry"),
        ("recover", "agent_unavailable", "alternative"),
    ]
    first, second = named(spans, "invoke_agent fickle-agent")
    assert (first.attributes["error.type"], second.failed) == ("retryable", False)
    prefixes = ("gen_ai.usage", "gen_ai.response")
    assert {name: value for name, value in second.attributes.items() if name.startswith(prefixes)} == {
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.model": "a-model",
    }
    assert not any("gen_ai.usage.input_tokens" in span.attributes for span in named(spans, "invoke_agent ecommerce"))


@pytest.mark.usefixtures("traced_agents")
def test_a_step_command_belongs_to_the_trace_of_its_request(
    system: System, collector: Collector, cli: Commands
) -> None:
    plan = cli.file("plan.json", {"steps": [step("one", "stubborn-agent"), step("two", "sound-agent", "one")]})
    saga = str(uuid4())
    with cli.start("submit", CONTENT, "--plan", plan, "--id", saga, "--on-failure", "park", "--json") as child:
        until(lambda: "parked" in cli.run("history", saga).out, "the parked step")
        assert cli.run("step", "complete", saga, "one", "--output", "-", stdin='{"summary": "x"}').code == 0
        child.communicate(timeout=patient())
    assert child.returncode == 0
    spans = complete_trace(collector, system, saga.replace("-", ""))
    assert_correct(spans)
    (command,) = named(spans, "process creatorflow.requests:command.step.v1")
    assert [name for name, _ in command.events] == ["step_instructed"]
    assert [span.parent for span in named(spans, "publish creatorflow.tasks:task.sound-agent.v1")][-1] == command.id


def test_a_request_without_a_trace_starts_one_and_an_unsampled_request_is_not_recorded(
    system: System, collector: Collector
) -> None:
    system.orchestrator()
    system.agents(*NAMES)
    unsampled = f"00-{uuid4().hex}-{'a' * 16}-00"
    headers_by_case = {
        "none": {},
        "malformed": {"traceparent": "00-zz", "tracestate": "=;"},
        "no": {"traceparent": unsampled},
    }
    sagas = {name: uuid4() for name in headers_by_case}
    with connected(system.broker_url) as channel:
        for name, headers in headers_by_case.items():
            body = {"contract": "request-submitted.v1", "correlation_id": str(sagas[name]), "request": CONTENT}
            answer = ask(channel, "requestSubmitted", {**body, "plan": PLAN}, headers={**headers, "baggage": CONTENT})
            assert answer["status"] == "completed"
    complete_trace(collector, system, "")
    for name in ("none", "malformed"):
        spans = collector.trace(sagas[name].hex)
        assert_correct(spans, stranger=True)
        first = named(spans, "process creatorflow.requests:request.submitted.v1")
        assert [span.parent for span in first] == [None]
        assert len(named(spans, "invoke_workflow")) == 1
    assert {span.trace for span in collector.spans} == {sagas["none"].hex, sagas["malformed"].hex}


def test_a_redriven_request_continues_its_trace_with_links_to_its_sender_and_to_the_redrive(
    system: System, collector: Collector
) -> None:
    system.orchestrator()
    system.agents(*NAMES)
    trace, sender = uuid4().hex, "b" * 16
    saga = str(uuid4())
    with connected(system.broker_url) as channel:
        publish(channel, "requestSubmitted", b"hello", headers={"traceparent": f"00-{trace}-{sender}-01"})
        until(lambda: system.rows("quarantine") == 1, "the message in quarantine")
        question = {"contract": "quarantine-command.v1", "action": "list"}
        row = ask(channel, "quarantineCommand", question)["items"][0]["id"]
        good = {"contract": "request-submitted.v1", "correlation_id": saga, "request": CONTENT, "plan": PLAN}
        body = base64.b64encode(json.dumps(good).encode()).decode()
        command = {"contract": "quarantine-command.v1", "action": "redrive", "ids": [row], "body": body}
        assert ask(channel, "quarantineCommand", command)["outcomes"][0]["done"]
        query = {"contract": "query.v1", "ask": "state", "correlation_id": saga}
        until(lambda: "completed" in json.dumps(ask(channel, "query", query)), "the end of the request")
    spans = complete_trace(collector, system, trace)
    sent = {"messaging.destination.name": REDRIVEN.removeprefix("publish ")}
    known = Span(trace, sender, None, REDRIVEN, "an unknown sender", "producer", sent)
    assert [fault for fault in faults([known, *spans]) if "of an unknown sender" not in fault] == []
    (redriven,) = named(spans, REDRIVEN)
    by = {span.id: span for span in collector.spans}
    assert (trace, sender) in redriven.links
    assert [by[span].name for _, span in redriven.links if span in by] == [
        "process creatorflow.requests:command.quarantine.v1:creatorflow.orchestrator.commands"
    ]
    assert len(named(spans, "invoke_workflow")) == 1


NEVER = 60.0
"""Seconds before agents claim their tasks, longer than any work takes."""


@pytest.fixture
def gates(collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets each step of the plan end only after the spans before it are exported.

    A killed process loses the spans that it has not exported; a test must not depend on them. So only the end of a step
    may bring a process to its fault point; a claim would be another way.
    """
    folder = tmp_path / "gates"
    folder.mkdir()
    monkeypatch.setenv("GATES", str(folder))
    stopped = threading.Event()

    def open_gates_in_turn() -> None:
        for number, step in enumerate(STEPS):
            exported_before = {f"publish creatorflow.tasks:task.{NAMES[number]}.v1"}
            if number:
                exported_before.add(f"publish creatorflow.results:result.{NAMES[number - 1]}.v1")
            while not exported_before <= {span.name for span in collector.spans}:
                if stopped.wait(0.02):
                    return
            (folder / step).touch()

    opening = threading.Thread(target=open_gates_in_turn)
    opening.start()
    yield
    stopped.set()
    opening.join()


@pytest.mark.usefixtures("gates")
@pytest.mark.parametrize("fault", ORCHESTRATOR_FAULTS)
def test_an_orchestrator_that_is_killed_leaves_no_span_without_its_parent(
    system: System, collector: Collector, cli: Commands, fault: str
) -> None:
    system.agents(*NAMES, claim_after_s=NEVER)
    victim = system.orchestrator(fault)
    spans = _trace_with_kill(system, collector, cli, victim, lambda: system.orchestrator())
    assert_correct(spans)
    assert services(spans) == {CLIENT, ORCHESTRATOR, "creatorflow-agents"}


@pytest.mark.usefixtures("gates")
def test_a_replica_that_is_killed_leaves_its_outbox_and_its_trace_to_the_other(
    system: System, collector: Collector, cli: Commands, postgres_url: str
) -> None:
    system.store_url = postgres_url.replace("+asyncpg", "")
    system.agents(*NAMES, claim_after_s=NEVER)
    victim = system.orchestrator("after_commit:kill:1")
    spans = _trace_with_kill(system, collector, cli, victim, lambda: system.orchestrator())
    assert_correct(spans)
    taken_over = named(spans, f"publish creatorflow.tasks:task.{NAMES[0]}.v1")
    assert [len(span.links) for span in taken_over] == [1]


@pytest.mark.usefixtures("gates")
@pytest.mark.parametrize(
    ("fault", "work_s", "claim_after_s"),
    [("after_work:kill", 0.05, NEVER), ("before_result:kill", 0.05, NEVER), ("after_claim:kill", 1.5, 0.5)],
)
def test_an_agent_that_is_killed_leaves_no_span_without_its_parent(
    system: System, collector: Collector, cli: Commands, fault: str, work_s: float, claim_after_s: float
) -> None:
    """The agent of the second step is killed; it has done nothing else."""
    system.orchestrator(CREATORFLOW_SILENCE_S="60")  # the task is delivered again; no other attempt begins meanwhile
    first, second, third = NAMES
    system.agents(first, third, claim_after_s=NEVER)
    of_the_second = partial(system.agents, second, work_s=work_s, claim_after_s=claim_after_s)
    spans = _trace_with_kill(system, collector, cli, of_the_second(fault=fault), of_the_second)
    assert_correct(spans)
    assert len(named(spans, "invoke_workflow")) == 1


def _trace_with_kill(system: System, collector: Collector, cli: Commands, victim: Any, replace: Any) -> list[Span]:
    plan = cli.file("plan.json", PLAN)
    saga = str(uuid4())
    with cli.start("submit", CONTENT, "--plan", plan, "--id", saga, "--json") as child:
        assert victim.wait_for_end() == -signal.SIGKILL
        replace()
        out, err = child.communicate(timeout=patient())
    assert child.returncode == 0, err
    trace = json.loads(out.splitlines()[0])["trace_id"]
    assert trace == saga.replace("-", "")
    return complete_trace(collector, system, trace)
