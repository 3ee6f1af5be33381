"""Readings for tests, from a request and short notes of what is read from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from creatorflow_contracts.v1.work import AgentTask

from .tasks import make_task

Note = Mapping[str, Any]
"""A fact in short: its `text`, verbatim, and fields of a `Fact`; `ask` is the position of the one that it binds."""


def task_with_reading(
    agent: str,
    asks: Sequence[str],
    facts: Iterable[Note] = (),
    exclusions: Iterable[Note] = (),
    constraints: Iterable[str] = (),
    objects: Sequence[str] = (),
    **more: Any,
) -> AgentTask:
    """Return a task whose request is its asks, exclusions and constraints, one sentence each, with its reading."""
    exclusions, constraints = list(exclusions), list(constraints)
    sentences = [*asks, *(exclusion["text"] for exclusion in exclusions), *constraints]
    request = more.pop("request", ". ".join(sentences))
    reading = {
        "asks": [
            {**_place(request, ask), "kind": "build", "object": objects[at] if objects else ask[:80]}
            for at, ask in enumerate(asks)
        ],
        "facts": [_fact(request, asks, note) for note in facts],
        "exclusions": [{**_place(request, note["text"]), **note} for note in exclusions],
        "constraints": [_place(request, constraint) for constraint in constraints],
    }
    return make_task(agent, asks, request=request, reading=reading, **more)


def figure(text: str, value: float, unit: str, **more: Any) -> Note:
    """Return the note of a quantity."""
    return {"text": text, "kind": "quantity", "value": value, "unit": unit, "comparison": "=", **more}


def thing(name: str, category: str, **more: Any) -> Note:
    """Return the note of a named thing, whose text is its name."""
    return {"text": name, "kind": "name", "name": name, "category": category, **more}


def _fact(request: str, asks: Sequence[str], note: Note) -> dict[str, Any]:
    bound = [at for at, ask in enumerate(asks) if note["text"] in ask]
    fields = {name: value for name, value in note.items() if name != "ask"}
    return {**_place(request, note["text"]), "asks": [note["ask"]] if "ask" in note else bound[:1], **fields}


def _place(request: str, text: str) -> dict[str, Any]:
    start = request.index(text)
    return {"start": start, "end": start + len(text), "text": text}
