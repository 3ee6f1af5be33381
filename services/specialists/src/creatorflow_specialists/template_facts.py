"""The values of a task that a template can use (listed in the README). Pure.

Names and decisions have been checked, so they are `Safe`; all text of people or other agents is plain text, which
the sandbox treats as data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from creatorflow_contracts.v1.work import AgentTask, PreviousResult

from .assumptions import Ledger
from .decisions import ResolvedDecisions
from .exclusions import wanted_text
from .named_things import listed, named_things
from .playbook_sections import OUTPUT_NAMES
from .quantities import quantities_of
from .safe_string import Safe
from .words import alternatives, contains, stems


def facts(
    task: AgentTask, resolved: ResolvedDecisions, keys: tuple[str, ...], ledger: Ledger, asks: Collection[int] = ()
) -> Mapping[str, Any]:
    """Return the names that a playbook's template may use; of the decisions, only the `keys` that it declares.

    The ledger records which defaults the text uses, and in which sections; `asks` are the positions that it is for.
    """
    return {
        "q": quantities_of(task, ledger, asks),
        "named": named_things(task.reading).named,
        "listed": listed,
        "_section": _section(ledger),
        "decisions": {key: Safe(resolved.values[key]) for key in keys},
        "decided_by": {key: Safe(resolved.by[key]) for key in keys},
        "asks": _asks(task),
        "requirements": task.requirements,
        "request": task.context.original_request,
        "task_type": Safe(task.type),
        "earlier": tuple(_earlier(result) for result in task.context.previous_results),
        **_by_decision(resolved, keys),
    }


def _asks(task: AgentTask) -> Callable[[str], bool]:
    """Return the function `asks("stock|inventory")`: True if the request, or the agent's part of it, has one."""
    texts = (task.context.original_request, task.description, *task.requirements)
    words_of_task = stems(" ".join(wanted_text(text, task) for text in texts))
    return lambda words: any(contains(words_of_task, phrase) for phrase in alternatives(words))


def _section(ledger: Ledger) -> Callable[[str], Safe]:
    """Return the function that a heading calls: the assumptions used from there on are those of its section."""

    def enter(section: str) -> Safe:
        ledger.section = OUTPUT_NAMES.get(section, section)
        return Safe("")

    return enter


def _by_decision(resolved: ResolvedDecisions, keys: tuple[str, ...]) -> Mapping[str, Callable[..., Safe]]:
    """Return the functions whose result depends on a decision; only those whose key the playbook declares."""
    functions: dict[str, Callable[..., Safe]] = {}
    if "event_names" in keys:
        style = resolved.values["event_names"]
        functions["event"] = lambda *words: event_name(style, words)
    if "id_type" in keys:
        uuid = resolved.values["id_type"] == "uuid"
        functions["id_py"] = lambda n: Safe(f'UUID("{_uuid(n)}")' if uuid else str(1000 + n))
        functions["id_sql"] = lambda n: Safe(f"'{_uuid(n)}'" if uuid else str(1000 + n))
        functions["id_js"] = lambda n: Safe(f'"{_uuid(n)}"' if uuid else f"{1000 + n}n")
    return functions


def event_name(style: str, words: tuple[str, ...]) -> Safe:
    """Return `order`, `paid` as `order.paid` (dotted), `OrderPaid` (pascal) or `order_paid` (snake)."""
    parts = ["_".join(re.findall("[a-z0-9]+", word.lower())) for word in words]
    if style == "pascal":
        return Safe("".join(word.capitalize() for part in parts for word in part.split("_")))
    return Safe(("." if style == "dotted" else "_").join(parts))


def _uuid(n: int) -> str:
    return f"018f3c1e-7a2b-7c3d-8e4f-{n:012d}"


def _earlier(result: PreviousResult) -> Mapping[str, Any]:
    """Return an earlier step for templates; its summary is another agent's text, so data."""
    return {"step": Safe(result.step), "agent": Safe(result.agent), "summary": str(result.output.get("summary", ""))}
