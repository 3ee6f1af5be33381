"""An orchestrator that is killed during a redrive: the message is sent exactly once."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
from uuid import UUID, uuid4

from tests.integration.orchestrator.amqp_client import ask, connected, publish
from tests.waiting import until

from .checker import assert_consistent
from .processes import System


def resolutions(system: System) -> list[tuple[str, str | None]]:
    """The ids of quarantined messages with their resolution."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return connection.execute("SELECT id, settled FROM quarantine").fetchall()


def test_a_kill_between_the_commit_and_the_publish_of_a_redrive_sends_the_message_once(system: System) -> None:
    system.orchestrator()
    with connected(system.broker_url) as channel:
        publish(channel, "requestSubmitted", b"hello")
        until(lambda: system.rows("quarantine") == 1, "the message in quarantine")
        system.processes[0].end(signal.SIGTERM)
        killed = system.orchestrator("after_commit:kill:1")
        ((row, state),) = resolutions(system)
        assert state is None
        good = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "Print shipping labels"}
        body = base64.b64encode(json.dumps(good | {"dry_run": True}).encode()).decode()
        command = {"contract": "quarantine-command.v1", "action": "redrive", "ids": [row], "body": body}
        publish(channel, "quarantineCommand", command)
        assert killed.wait_for_end() == -signal.SIGKILL
        assert resolutions(system) == [(row, "redriven")]
        assert (system.rows("outbox"), system.rows("saga")) == (1, 0)
        system.orchestrator()
        until(lambda: (system.rows("saga"), system.rows("outbox")) == (1, 0), "the request, once")
        assert ask(channel, "quarantineCommand", command)["outcomes"][0]["code"] == "REDRIVE_REFUSED"
        query = {"contract": "query.v1", "ask": "state", "correlation_id": good["correlation_id"]}
        assert ask(channel, "query", query)["state"]["status"] == "completed"
    assert resolutions(system) == [(row, "redriven")]
    assert_consistent(system, [UUID(good["correlation_id"])])
