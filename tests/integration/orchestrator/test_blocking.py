"""No message blocks the orchestrator's event loop for long: heartbeats, acknowledgements and other requests go on."""

from __future__ import annotations

import json
import signal
from typing import Any

from tests.costly import FOR_THE_INGRESS, FOR_THE_PLANNER, parsing, request
from tests.integration.orchestrator.amqp_client import ask, connected, publish
from tests.integration.plans import DATABASE
from tests.system.processes import System
from tests.waiting import until

TIMES = 40
"""Limit in units of one parsing of 1 MiB. Measured: 19, the cost of ingress (tests/contracts); planning in the event
loop would make it 65."""
GOOD = {"plan": {"steps": [DATABASE]}}


def test_no_message_blocks_the_event_loop_for_long(system: System) -> None:
    """After every costly message a valid request is sent and answered."""
    orchestrator = system.orchestrator()
    system.agents("database-specialist")
    with connected(system.broker_url) as channel:
        ask(channel, "requestSubmitted", request(**GOOD))
        for body in (*(costly for costly, _ in FOR_THE_INGRESS.values()), *FOR_THE_PLANNER.values()):
            publish(channel, "requestSubmitted", body)
            assert ask(channel, "requestSubmitted", request(**GOOD))["overall_success"] is True
    until(lambda: system.rows("outbox") == 0, "an empty outbox")
    orchestrator.end(signal.SIGTERM)
    stopped = next(
        line for line in log_entries(orchestrator.log.read_text()) if line["action"] == "orchestrator_stopped"
    )
    unit_ms = parsing() * 1000
    took = stopped["longest_block_cpu_ms"]
    print(f"longest block: {took} ms of processor, {stopped['longest_block_ms']} ms; a parsing: {unit_ms:.0f} ms")
    assert took < TIMES * unit_ms


def log_entries(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]
