"""The log lines of services in a real run: each is JSON with an action, those of a request have its id and its trace,
and none has contents of requests or results."""

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

from .metered_agent import OUTPUT, plan, start_metered_agent
from .processes import Process, System
from .telemetry_backends import backend

REQUEST, DESCRIPTION, UNREADABLE = "the-request-text", "the-step-text", "the-unreadable-text"


def lines(process: Process) -> list[dict[str, Any]]:
    """The lines of its log; each must be a JSON object."""
    entries = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert all(isinstance(entry, dict) for entry in entries)
    return entries


async def unreadable_messages(system: System, saga_id: str) -> None:
    """Publishes unreadable messages with this saga id to the orchestrator and to the agent."""
    body = json.dumps({"contract": "agent-task.v1", "correlation_id": saga_id, "description": UNREADABLE}).encode()
    async with Bus.connect(system.broker_url, name="test") as bus:
        for exchange, key in ((topology.REQUESTS, topology.submit_key()), (topology.TASKS, "task.counted-agent.v1")):
            await bus.publish(OutgoingMessage(exchange, key, body, "agent-task.v1", saga_id))


def of_one_request(entries: list[dict[str, Any]], saga_id: str) -> list[dict[str, Any]]:
    """Returns the lines of a request; asserts that each has its id and a span, and all have one trace."""
    own = [entry for entry in entries if entry.get("correlation_id") == saga_id]
    assert [entry for entry in entries if saga_id in json.dumps(entry) and entry not in own] == []
    assert [entry for entry in own if "trace_id" not in entry] == []
    assert len({entry["trace_id"] for entry in own}) == 1
    assert all(re.fullmatch("[0-9a-f]{32}", entry["trace_id"]) for entry in own)
    assert all(re.fullmatch("[0-9a-f]{16}", entry["span_id"]) for entry in own)
    return own


async def test_log_lines_of_a_request_have_its_id_and_trace_and_no_line_has_contents(system: System) -> None:
    with backend(200) as sink:
        settings = {"CREATORFLOW_LOG_LEVEL": "DEBUG", "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url}
        orchestrator = await asyncio.to_thread(lambda: system.orchestrator(**settings))
        agent = await asyncio.to_thread(lambda: start_metered_agent(system, **settings))
        unknown = str(uuid4())
        async with Client(system.broker_url) as client:
            run = await client.submit(REQUEST, plan=plan("fails-once", DESCRIPTION))
            await run.result(timeout=patient())
            cancelled = await client.submit(REQUEST, plan=plan("waits", DESCRIPTION))
            await asyncio.to_thread(agent.wait_for_log, '"step": "waits"')
            await cancelled.cancel()
            await asyncio.to_thread(agent.wait_for_log, "work_cancelled")
            await unreadable_messages(system, unknown)
            await asyncio.to_thread(orchestrator.wait_for_log, "message_refused")
            await asyncio.to_thread(agent.wait_for_log, "delivery_unreadable")
    both = {"creatorflow-orchestrator": lines(orchestrator), "counted-agent": lines(agent)}
    for service, entries in both.items():
        assert all({"action", "level", "timestamp"} <= entry.keys() for entry in entries)
        assert {entry["service"] for entry in entries} == {service}
    every = [entry for entries in both.values() for entry in entries]
    expected = {"request_accepted", "recovery_decided", "request_ended", "counting", "work_finished"}
    assert expected <= {entry["action"] for entry in of_one_request(every, str(run.id))}
    assert "work_cancelled" in {entry["action"] for entry in of_one_request(every, str(cancelled.id))}
    refused = [entry for entry in every if entry["action"] in ("message_refused", "delivery_unreadable")]
    assert {entry["correlation_id"] for entry in refused} == {unknown}
    password = urlsplit(system.broker_url).password or ""
    text = orchestrator.log.read_text() + agent.log.read_text()
    assert [content for content in (REQUEST, DESCRIPTION, OUTPUT, UNREADABLE, password) if content in text] == []
