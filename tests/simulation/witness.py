"""Who sees every step of a saga and holds it against every rule.

A rule is a function, its name is what is printed when it is broken. It sees the event, the saga before and after it,
the commands, and an account of its own (`account.py`) of what went before. It takes nothing from the core's decisions
on trust that it can reckon for itself. Rules come in an order: those of steps bring the account up to date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from creatorflow_orchestrator.core.saga.machine import advance
from creatorflow_orchestrator.core.state.commands import Conclude
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga

from . import rules_of_recovery, rules_of_sagas, rules_of_steps
from .account import Account
from .moment import Moment, Rule, Violation

RULES: Sequence[Rule] = (*rules_of_sagas.RULES, *rules_of_steps.RULES, *rules_of_recovery.RULES)


@dataclass
class Witness:
    """Sees every step of one saga, and replays it at the end."""

    account: Account = field(default_factory=Account)
    moments: list[tuple[Event, Roster]] = field(default_factory=list)
    concluded: int = 0

    def see(self, moment: Moment) -> None:
        """Hold one step against every rule. Raises `Violation` when one is broken."""
        self.moments.append((moment.event, moment.roster))
        for rule in RULES:
            what = rule(moment, self.account)
            if what:
                raise Violation(rule.__name__, what)
        self.concluded += sum(isinstance(command, Conclude) for command in moment.commands)

    def replay(self, final: Saga) -> None:
        """The same events, and the same people there, lead to the same saga. Raises `Violation`."""
        saga: Saga | None = None
        for event, roster in self.moments:
            saga, _ = advance(saga, event, roster)
        if saga != final:
            raise Violation("the_same_events_lead_to_the_same_saga", "a replay has another end")
