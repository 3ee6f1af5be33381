"""What a template sees of a task (the README lists it). Pure.

Names and decisions have been checked, so they are `Safe`; everything people or other agents wrote is plain text, which
the sandbox treats as data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from creatorflow_contracts.v1.work import AgentTask, PreviousResult

from .decisions import ResolvedDecisions
from .quantities import Quantities
from .safe_text import Safe
from .words import contains, stems


def facts(task: AgentTask, settled: ResolvedDecisions, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """The names a playbook's template may use; of the decisions, only the `keys` that it declares."""
    return {
        "q": Quantities(task.quantities),
        "decisions": {key: Safe(settled.values[key]) for key in keys},
        "decided_by": {key: Safe(settled.by[key]) for key in keys},
        "asks": _asks(task),
        "requirements": task.requirements,
        "request": task.context.original_request,
        "task_type": Safe(task.type),
        "earlier": tuple(_earlier(result) for result in task.context.previous_results),
        **_by_decision(settled, keys),
    }


def _asks(task: AgentTask) -> Callable[[str], bool]:
    """`asks("stock|inventory")`: whether the request, or this agent's part of it, speaks of one of these."""
    said = stems(" ".join((task.context.original_request, task.description, *task.requirements)))
    return lambda words: any(contains(said, stems(word)) for word in words.split("|"))


def _by_decision(settled: ResolvedDecisions, keys: tuple[str, ...]) -> Mapping[str, Callable[..., Safe]]:
    """Functions whose answer follows from a decision; each is there only for a playbook that declares its key."""
    functions: dict[str, Callable[..., Safe]] = {}
    if "event_names" in keys:
        style = settled.values["event_names"]
        functions["event"] = lambda *words: event_name(style, words)
    if "id_type" in keys:
        uuid = settled.values["id_type"] == "uuid"
        functions["id_py"] = lambda n: Safe(f'UUID("{_uuid(n)}")' if uuid else str(1000 + n))
        functions["id_sql"] = lambda n: Safe(f"'{_uuid(n)}'" if uuid else str(1000 + n))
        functions["id_js"] = lambda n: Safe(f'"{_uuid(n)}"' if uuid else f"{1000 + n}n")
    return functions


def event_name(style: str, words: tuple[str, ...]) -> Safe:
    """`order`, `paid` as `order.paid` (dotted), `OrderPaid` (pascal) or `order_paid` (snake)."""
    parts = ["_".join(re.findall("[a-z0-9]+", word.lower())) for word in words]
    if style == "pascal":
        return Safe("".join(word.capitalize() for part in parts for word in part.split("_")))
    return Safe(("." if style == "dotted" else "_").join(parts))


def _uuid(n: int) -> str:
    return f"018f3c1e-7a2b-7c3d-8e4f-{n:012d}"


def _earlier(result: PreviousResult) -> Mapping[str, Any]:
    """An earlier step: its summary is another agent's text, so data."""
    return {"step": Safe(result.step), "agent": Safe(result.agent), "summary": str(result.output.get("summary", ""))}
