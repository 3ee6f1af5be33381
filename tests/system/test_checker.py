"""The checker finds violations of each of the four kinds, planted into a good run."""

from __future__ import annotations

import json
import sqlite3
from uuid import uuid4

from tests.integration.orchestrator.amqp_client import ask, connected

from .checker import assert_consistent, check
from .processes import System

AGENT = "database-specialist"


def test_lost_duplicate_unexpected_and_stuck_work_is_found(system: System) -> None:
    system.orchestrator()
    system.agents(AGENT)
    saga = uuid4()
    body = {"contract": "request-submitted.v1", "correlation_id": str(saga), "request": "make it"}
    with connected(system.broker_url) as channel:
        ask(channel, "requestSubmitted", body | {"plan": {"steps": [{"id": "one", "agent": AGENT}]}})
    assert_consistent(system, [saga])
    system.stop()
    recorded_runs = system.runs.read_text()

    assert check(system, [uuid4()]).lost

    system.runs.write_text(recorded_runs * 2)
    assert check(system).duplicate_effects
    assert check(system, again=1).clean

    system.runs.write_text(recorded_runs + f"{AGENT} one 1 {uuid4()}\n")
    assert check(system).unexpected
    system.runs.write_text(recorded_runs)
    assert check(system, quarantined=1).unexpected

    planted(system, "UPDATE saga SET wake_at = '2030-01-01T00:00:00.000000+00:00'")
    assert check(system).stuck
    planted(system, "UPDATE saga SET wake_at = NULL, status = 'running'")
    assert check(system).lost
    planted(system, "UPDATE saga SET status = 'completed'")
    succeeded = json.dumps({"step": "one", "attempt": 1})
    planted(system, "INSERT INTO history SELECT saga_id, 99, at, 'step_succeeded', ? FROM history LIMIT 1", succeeded)
    assert check(system).duplicate_effects


def planted(system: System, sql: str, *values: str) -> None:
    with sqlite3.connect(system.database) as connection:
        connection.execute(sql, values)
