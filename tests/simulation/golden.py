"""Stories of sagas that once broke a rule, kept as files and replayed for ever.

A file holds the events of one saga and who was there at each; not what the core did with them, so that it stays true
when the core is mended. Its `replay` names the world of its own time; the seed may be another since. The replay holds
every step against every rule.
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

from .moment import Moment, Violation
from .witness import Witness

FOLDER = Path(__file__).parents[1] / "golden" / "simulation"
_EVENTS: dict[str, TypeAdapter[Any]] = {each.__name__: TypeAdapter(each) for each in get_args(Event)}
_ROSTER: TypeAdapter[Roster] = TypeAdapter(Roster)
Story = Sequence[tuple[Event, Roster]]


def save(seed: int, replay: str, broken: Violation, story: Story) -> Path:
    """Write a story down; its file."""
    rosters = list(dict.fromkeys(_ROSTER.dump_json(roster).decode() for _, roster in story))
    events = []
    for event, roster in story:
        name, there = type(event).__name__, rosters.index(_ROSTER.dump_json(roster).decode())
        events.append({"event": name, "with": _EVENTS[name].dump_python(event, mode="json"), "roster": there})
    head = {"seed": seed, "replay": replay, "broken": broken.rule, "what": broken.what}
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{seed}.json"
    path.write_text(_written(head, rosters, [json.dumps(each, ensure_ascii=False) for each in events]), "utf-8")
    return path


def _written(head: Mapping[str, object], rosters: Sequence[str], events: Sequence[str]) -> str:
    """A line for each roster and for each event."""
    begun = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{begun},\n "rosters": [\n  {_lines(rosters)}\n ],\n "events": [\n  {_lines(events)}\n ]\n}}\n'


def _lines(written: Sequence[str]) -> str:
    return ",\n  ".join(written)


def load(path: Path) -> Story:
    """The story in a file."""
    content = json.loads(path.read_text("utf-8"))
    rosters = [_ROSTER.validate_json(json.dumps(roster)) for roster in content["rosters"]]
    return [
        (_EVENTS[event["event"]].validate_json(json.dumps(event["with"])), rosters[event["roster"]])
        for event in content["events"]
    ]


def replay(story: Story) -> Saga:
    """Let a story happen again, under the eyes of a witness. Raises `Violation`."""
    witness, saga = Witness(), None
    for event, roster in story:
        after, commands = advance(saga, event, roster)
        witness.see(Moment(event, roster, saga, after, commands))
        saga = after
    assert saga is not None
    return saga
