"""An orchestrator that is killed in the middle of a redrive has sent the message, or will: once."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
from uuid import UUID, uuid4

from tests.integration.orchestrator.bare import ask, connected, publish
from tests.waiting import until

from .checker import all_is_well
from .processes import System


def settled(system: System) -> list[tuple[str, str | None]]:
    """What rests, and what has become of it."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return connection.execute("SELECT id, settled FROM quarantine").fetchall()


def test_killed_between_the_commit_and_the_publish_of_a_redrive(system: System) -> None:
    system.orchestrator()
    with connected(system.broker_url) as channel:
        publish(channel, "requestSubmitted", b"hello")
        until(lambda: system.rows("quarantine") == 1, "the message in quarantine")
        system.processes[0].end(signal.SIGTERM)
        killed = system.orchestrator("after_commit:kill:1")
        ((row, state),) = settled(system)
        assert state is None
        good = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "Print shipping labels"}
        body = base64.b64encode(json.dumps(good | {"dry_run": True}).encode()).decode()
        command = {"contract": "quarantine-command.v1", "action": "redrive", "ids": [row], "body": body}
        publish(channel, "quarantineCommand", command)
        assert killed.died() == -signal.SIGKILL
        assert settled(system) == [(row, "redriven")]
        assert (system.rows("outbox"), system.rows("saga")) == (1, 0)
        system.orchestrator()
        until(lambda: (system.rows("saga"), system.rows("outbox")) == (1, 0), "the request, once")
        assert ask(channel, "quarantineCommand", command)["outcomes"][0]["code"] == "REDRIVE_REFUSED"
        query = {"contract": "query.v1", "ask": "state", "correlation_id": good["correlation_id"]}
        assert ask(channel, "query", query)["state"]["status"] == "completed"
    assert settled(system) == [(row, "redriven")]
    all_is_well(system, [UUID(good["correlation_id"])])
