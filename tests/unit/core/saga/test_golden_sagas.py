"""Recorded histories of sagas with their correct outcomes: the events, the final state, and a digest of all commands.

A change of behaviour fails here. Accept an intended one with `python -m tests.unit.core.saga.test_golden_sagas`, and
explain its difference in the review.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from creatorflow_orchestrator.core.saga.machine import advance
from creatorflow_orchestrator.core.state.commands import Command
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.saga_state import Saga
from pydantic import TypeAdapter

FOLDER = Path(__file__).parents[3] / "golden" / "sagas"
FILES = sorted(FOLDER.glob("*.json"))
EVENTS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in Event.__args__}
COMMANDS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in Command.__args__}
SAGA: TypeAdapter[Saga] = TypeAdapter(Saga)


def event_of(written: dict[str, Any]) -> Event:
    """Return the event of a file's entry."""
    adapter = EVENTS[written["event"]]
    event: Event = adapter.validate_json(json.dumps(written["with"]))
    return event


def outcome(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the outcome of a saga after all these events."""
    saga: Saga | None = None
    done: list[str] = []
    digest = hashlib.sha256()
    for entry in events:
        saga, commands = advance(saga, event_of(entry))
        for command in commands:
            name = type(command).__name__
            digest.update(name.encode() + COMMANDS[name].dump_json(command))
            done.append(name if name != "Record" else f"Record {command.event}")  # type: ignore[union-attr]
    assert saga is not None
    steps = {
        step.id: [
            step.status.value,
            step.attempt.number,
            step.iteration,
            step.failures,
            step.attempt.agent,
            step.reason,
        ]
        for step in saga.steps.values()
    }
    state = hashlib.sha256(SAGA.dump_json(saga)).hexdigest()
    return {
        "status": saga.status.value,
        "reason": saga.reason,
        "steps": steps,
        "decisions": {key: [decision.value, decision.by] for key, decision in saga.decisions.items()},
        "commands": done,
        "commands_digest": digest.hexdigest(),
        "state_digest": state,
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_history_leads_to_its_recorded_outcome(file: Path) -> None:
    written = json.loads(file.read_text("utf-8"))
    assert outcome(written["events"]) == written["outcome"]


def test_every_end_of_a_saga_and_every_pattern_has_a_golden_history() -> None:
    written = [json.loads(file.read_text("utf-8")) for file in FILES]
    assert {history["outcome"]["status"] for history in written} == {"completed", "failed", "cancelled"}
    patterns = {history["events"][0]["with"]["definition"]["plan"]["pattern"] for history in written}
    assert patterns == {"sequential", "parallel", "conditional", "iterative", "hierarchical"}


if __name__ == "__main__":
    for path in FILES:
        content = json.loads(path.read_text("utf-8"))
        content["outcome"] = outcome(content["events"])
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
