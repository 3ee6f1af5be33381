"""Event logs of sagas that once broke a rule, stored as files and replayed by a test.

A file contains the events of one saga with the roster at each; not the transitions, so that it stays valid when the
core is repaired. Its `replay` names the world in which it was found; the seed may give another one since. The replay
checks every transition against every rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from creatorflow_orchestrator.core.saga.machine import advance
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga
from pydantic import TypeAdapter

from .rule_checker import RuleChecker
from .transition import Transition, Violation

FOLDER = Path(__file__).parents[1] / "golden" / "simulation"
_EVENTS: dict[str, TypeAdapter[Any]] = {event.__name__: TypeAdapter(event) for event in get_args(Event)}
_ROSTER: TypeAdapter[Roster] = TypeAdapter(Roster)
EventLog = Sequence[tuple[Event, Roster]]


def save(seed: int, replay: str, broken: Violation, event_log: EventLog) -> Path:
    """Writes an event log to a file; returns its path."""
    rosters = list(dict.fromkeys(_ROSTER.dump_json(roster).decode() for _, roster in event_log))
    events = []
    for event, roster in event_log:
        name, position = type(event).__name__, rosters.index(_ROSTER.dump_json(roster).decode())
        events.append({"event": name, "with": _EVENTS[name].dump_python(event, mode="json"), "roster": position})
    head = {"seed": seed, "replay": replay, "broken": broken.rule, "what": broken.description}
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{seed}.json"
    path.write_text(_written(head, rosters, [json.dumps(event, ensure_ascii=False) for event in events]), "utf-8")
    return path


def _written(head: Mapping[str, object], rosters: Sequence[str], events: Sequence[str]) -> str:
    """The file's text, with a line for each roster and for each event."""
    begun = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{begun},\n "rosters": [\n  {_lines(rosters)}\n ],\n "events": [\n  {_lines(events)}\n ]\n}}\n'


def _lines(written: Sequence[str]) -> str:
    return ",\n  ".join(written)


def load(path: Path) -> EventLog:
    """Reads the event log of a file."""
    content = json.loads(path.read_text("utf-8"))
    rosters = [_ROSTER.validate_json(json.dumps(roster)) for roster in content["rosters"]]
    return [
        (_EVENTS[event["event"]].validate_json(json.dumps(event["with"])), rosters[event["roster"]])
        for event in content["events"]
    ]


def replay(event_log: EventLog) -> Saga:
    """Replays an event log and checks every transition; returns the final saga. Raises `Violation`."""
    checker, saga = RuleChecker(), None
    for event, roster in event_log:
        after, commands = advance(saga, event, roster)
        checker.see(Transition(event, roster, saga, after, commands))
        saga = after
    assert saga is not None
    return saga
