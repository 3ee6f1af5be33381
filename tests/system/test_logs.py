"""The lines that services log of a real run: each is JSON with an action, those of a request have its id and its trace,
and what people and agents have said is in none."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from creatorflow.bus import Bus, OutgoingMessage
from creatorflow.client import Client
from creatorflow_contracts import topology

from tests.waiting import patient

from .backends import backend
from .counted import OUTPUT, counted_agent, plan
from .processes import Process, System

REQUEST, DESCRIPTION, UNREADABLE = "the-requests-words", "the-steps-words", "the-strangers-words"


def lines(process: Process) -> list[dict[str, Any]]:
    """Everything that it has said; a line that is no JSON object is an error."""
    reported = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert all(isinstance(each, dict) for each in reported)
    return reported


async def unreadable_messages(system: System, saga_id: str) -> None:
    """To the orchestrator and to the agent, with a request's id."""
    body = json.dumps({"contract": "agent-task.v1", "correlation_id": saga_id, "description": UNREADABLE}).encode()
    async with Bus.connect(system.broker_url, name="test") as bus:
        for exchange, key in ((topology.REQUESTS, topology.submit_key()), (topology.TASKS, "task.counted-agent.v1")):
            await bus.publish(OutgoingMessage(exchange, key, body, "agent-task.v1", saga_id))


def of_one_request(every: list[dict[str, Any]], saga_id: str) -> list[dict[str, Any]]:
    """The lines that name a request: each has its id and a span, and all have one trace."""
    own = [each for each in every if each.get("correlation_id") == saga_id]
    assert [each for each in every if saga_id in json.dumps(each) and each not in own] == []
    assert [each for each in own if "trace_id" not in each] == []
    assert len({each["trace_id"] for each in own}) == 1
    assert all(re.fullmatch("[0-9a-f]{32}", each["trace_id"]) for each in own)
    assert all(re.fullmatch("[0-9a-f]{16}", each["span_id"]) for each in own)
    return own


async def test_lines_of_a_request_have_its_id_and_its_trace_and_no_line_has_contents(system: System) -> None:
    with backend(200) as sink:
        settings = {"CREATORFLOW_LOG_LEVEL": "DEBUG", "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url}
        orchestrator = await asyncio.to_thread(lambda: system.orchestrator(**settings))
        agent = await asyncio.to_thread(lambda: counted_agent(system, **settings))
        stranger = str(uuid4())
        async with Client(system.broker_url) as client:
            run = await client.submit(REQUEST, plan=plan("fails-once", DESCRIPTION))
            await run.result(timeout=patient())
            cancelled = await client.submit(REQUEST, plan=plan("waits", DESCRIPTION))
            await asyncio.to_thread(agent.said, '"step": "waits"')
            await cancelled.cancel()
            await asyncio.to_thread(agent.said, "work_cancelled")
            await unreadable_messages(system, stranger)
            await asyncio.to_thread(orchestrator.said, "message_refused")
            await asyncio.to_thread(agent.said, "delivery_unreadable")
    both = {"creatorflow-orchestrator": lines(orchestrator), "counted-agent": lines(agent)}
    for service, reported in both.items():
        assert all({"action", "level", "timestamp"} <= each.keys() for each in reported)
        assert {each["service"] for each in reported} == {service}
    every = [each for reported in both.values() for each in reported]
    expected = {"request_accepted", "recovery_decided", "request_ended", "counting", "work_finished"}
    assert expected <= {each["action"] for each in of_one_request(every, str(run.id))}
    assert "work_cancelled" in {each["action"] for each in of_one_request(every, str(cancelled.id))}
    refused = [each for each in every if each["action"] in ("message_refused", "delivery_unreadable")]
    assert {each["correlation_id"] for each in refused} == {stranger}
    password = urlsplit(system.broker_url).password or ""
    text = orchestrator.log.read_text() + agent.log.read_text()
    assert [each for each in (REQUEST, DESCRIPTION, OUTPUT, UNREADABLE, password) if each in text] == []
