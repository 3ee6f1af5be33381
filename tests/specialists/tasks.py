"""Tasks for tests, and the specialists whose playbooks are complete."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import creatorflow_specialists
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.work import AgentTask
from creatorflow_specialists.engine import Specialist, load_specialist

PLAYBOOKS = Path(creatorflow_specialists.__path__[0]) / "playbooks"
SENSITIVITY = Path(__file__).parent / "sensitivity"
CARDS = {card.name: card for card in load_cards()}
_QUANTITY = re.compile(r"(?P<subject>.+?) (?P<comparison><=|>=|<|>|=|x) (?P<value>[\d.e+-]+) ?(?P<unit>.*)")


def _is_written(agent: str) -> bool:
    """Return True if all its playbooks and their cases exist."""
    files = [
        (PLAYBOOKS / agent / f"{c.name}.md", PLAYBOOKS / "shared" / f"{c.name}.md") for c in CARDS[agent].capabilities
    ]
    return (SENSITIVITY / f"{agent}.toml").exists() and all(any(f.exists() for f in either) for either in files)


AGENTS = tuple(name for name in CARDS if _is_written(name))


@cache
def specialist(agent: str) -> Specialist:
    """Return the agent with its playbooks."""
    return load_specialist(CARDS[agent])


@cache
def cases(agent: str) -> tuple[dict[str, Any], ...]:
    """Return the cases of `sensitivity/<agent>.toml`."""
    return tuple(tomllib.loads((SENSITIVITY / f"{agent}.toml").read_text(encoding="utf-8"))["case"])


def quantity(text: str) -> dict[str, Any]:
    """Parse `orders >= 5000 orders/hour`: subject, comparison, value, unit."""
    found = _QUANTITY.fullmatch(text)
    assert found, f"write a quantity as 'subject comparison value unit', not {text!r}"
    value = float(found["value"])
    return {**found.groupdict(), "value": value, "text": f"{value:g} {found['unit']}"}


def make_task(
    agent: str,
    requirements: Iterable[str] = (),
    quantities: Iterable[str] = (),
    decisions: Mapping[str, str] | None = None,
    **more: Any,
) -> AgentTask:
    """Return a task as the orchestrator sends it; its decisions were taken by `an-earlier-agent`."""
    requirements = list(requirements)
    nil = "00000000-0000-0000-0000-000000000000"
    state = {key: {"value": value, "by": "an-earlier-agent"} for key, value in (decisions or {}).items()}
    context = {
        "original_request": more.pop("request", ". ".join(requirements)),
        "shared_state": state,
        "previous_results": more.pop("previous_results", []),
        "coordination_info": {"pattern": "sequential", "deadline": "2030-01-01T00:00:00Z"},
    }
    body = {
        "id": nil,
        "correlation_id": nil,
        "agent": agent,
        "step": "step",
        "type": "primary",
        "description": "",
        "timeout_ms": 120_000,
        "requirements": requirements,
        "quantities": [quantity(text) for text in quantities],
        "context": context,
    }
    return AgentTask.model_validate({**body, **more}, strict=False)
