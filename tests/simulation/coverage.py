"""Coverage of a simulation: the kinds of events that have occurred, so that a world without faults is noticed."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from creatorflow_orchestrator.core.plan import Pattern
from creatorflow_orchestrator.core.state.commands import Command
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.saga_state import FailureKind, SagaStatus

NAMES = {
    "record": """
        accepted planned step_dispatched step_claimed step_succeeded attempt_failed recovery_decided step_failed
        step_skipped step_cancelled step_parked step_held step_unavailable step_available step_added step_instructed
        round_started decision_contested cancel_requested deadline_reached compensating
    """,
    "decision": "retry extend reformat run_dependency alternative wait park give_up",
    "refusal": """
        LATE_RESULT CONFLICTING_RESULT SENDER_NOT_ALLOWED UNKNOWN_SAGA CONFLICTING_REQUEST STEP_UNKNOWN STEP_SETTLED
        NOT_JSON DEAD_LETTERED
    """,
    "outcome": "counted repeat refused stray",
    "step_command": "retry skip complete",
    "fate": """
        succeed fail crash crash_claimed freeze twice impostor reject refused_output refuses_earlier overtime leave
        known_again cancelled unroutable delivery_limit rejected expired talkative
    """,
    "fault": """
        task_twice answer_twice claim_twice late lost_heartbeat lost_cancel lost_count lost_commit crash_after_commit
        crash_before_mark commit_in_doubt jump skew child_refused request_twice conflicting_request cancel stray
        agent_stopped
    """,
    "saga": "busy",
    "recovery": """
        timeout>extend timeout>alternative validation_error>reformat dependency_missing>run_dependency
        agent_unavailable>alternative agent_unavailable>wait agent_unavailable>give_up crashed>alternative
        unreadable>alternative released>retry retryable>retry unknown>retry permanent>give_up context_too_large>give_up
    """,
}
"""What must occur beside what the core's own types name; the last are rows of the table in docs/recovery.md."""


def expected() -> frozenset[str]:
    """All that must occur in a few hundred worlds."""
    kinds = {f"event {event.__name__}" for event in get_args(Event)}
    kinds |= {f"command {command.__name__}" for command in get_args(Command)}
    kinds |= {f"failure {kind.value}" for kind in FailureKind}
    kinds |= {f"ended {status.value}" for status in SagaStatus if status.final}
    kinds |= {f"pattern {pattern.value}" for pattern in Pattern}
    return frozenset(kinds | {f"{kind} {name}" for kind, names in NAMES.items() for name in names.split()})


def missing(seen: Counter[str]) -> list[str]:
    """The expected kinds that never occurred."""
    return sorted(name for name in expected() if not seen[name])


def report(seen: Counter[str]) -> str:
    """The number of occurrences of each kind, a line a family."""
    families: dict[str, list[str]] = {}
    for name, times in sorted(seen.items()):
        family, _, kind = name.partition(" ")
        families.setdefault(family, []).append(f"{kind} {times}")
    return "\n".join(f"{family}: {', '.join(counts)}" for family, counts in families.items())
