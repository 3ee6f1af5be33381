"""Checks every transition of a saga against every rule.

A rule is a function whose name is printed when it is broken. It gets the event, the saga before and after it, the
commands, and a reference model (`reference_model.py`) of the transitions before. It computes for itself what it can,
instead of trusting the core's decisions. Rules have an order: those of steps bring the model up to date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from creatorflow_orchestrator.core.saga.machine import advance
from creatorflow_orchestrator.core.state.commands import Conclude
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga

from . import recovery_rules, saga_rules, step_rules
from .reference_model import ReferenceModel
from .transition import Rule, Transition, Violation

RULES: Sequence[Rule] = (*saga_rules.RULES, *step_rules.RULES, *recovery_rules.RULES)


@dataclass
class RuleChecker:
    """Checks every transition of one saga, and replays it at the end."""

    model: ReferenceModel = field(default_factory=ReferenceModel)
    events: list[tuple[Event, Roster]] = field(default_factory=list)
    concluded: int = 0

    def see(self, transition: Transition) -> None:
        """Checks one transition against every rule. Raises `Violation` if one is broken."""
        self.events.append((transition.event, transition.roster))
        for rule in RULES:
            description = rule(transition, self.model)
            if description:
                raise Violation(rule.__name__, description)
        self.concluded += sum(isinstance(command, Conclude) for command in transition.commands)

    def replay(self, final: Saga) -> None:
        """Checks that the same events with the same rosters lead to the same saga. Raises `Violation`."""
        saga: Saga | None = None
        for event, roster in self.events:
            saga, _ = advance(saga, event, roster)
        if saga != final:
            raise Violation("the_same_events_lead_to_the_same_saga", "a replay has another end")
