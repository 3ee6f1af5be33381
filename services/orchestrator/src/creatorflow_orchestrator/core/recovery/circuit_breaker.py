"""The circuit breaker of each agent: one whose calls keep failing is left alone for a while, then tried with one.

Rules for this file: values in, values out; time arrives as a value, and nothing is remembered but what is returned.

| circuit | event | becomes |
| --- | --- | --- |
| closed | the fifth failure in a row | open, until `pause` from now |
| open | its time is over | half open: the next dispatch is the probe |
| half open | a dispatch | probing: open to nobody else for another `pause` |
| half open, probing | a failure | open, until `pause` from now |
| any | a success | closed |

What fails while a circuit is open was begun before, and prolongs nothing. A probe of which nothing is heard for a
`pause` is followed by another, so that no circuit stays open for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from creatorflow_orchestrator.core.state.commands import Command, DispatchTask, Record
from creatorflow_orchestrator.core.state.events import Event, TaskFailed
from creatorflow_orchestrator.core.state.saga_state import MANUAL, FailureKind

OPENS_AFTER = 5
"""Failures in a row."""
PAUSE = timedelta(seconds=30)
COUNTED = frozenset({FailureKind.UNKNOWN, FailureKind.RETRYABLE, FailureKind.TIMEOUT, FailureKind.CRASHED})
"""Failures that speak of the agent. That it is not there is no call that failed, unless the agent says so itself."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """One agent's. Closed as long as `until` is none."""

    failures: int = 0
    """In a row."""
    until: datetime | None = None
    probing: bool = False


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The circuits of all agents that have failed of late, by agent."""

    pause: timedelta = PAUSE
    circuits: Mapping[str, Circuit] = field(default_factory=dict)

    def paused(self, at: datetime) -> Mapping[str, datetime]:
        """Agents that get nothing now, and until when."""
        return {name: each.until for name, each in self.circuits.items() if each.until is not None and at < each.until}

    def failed(self, agent: str, at: datetime) -> CircuitBreaker:
        """An attempt of the agent failed in a way that speaks of the agent, not of the task."""
        circuit = self.circuits.get(agent, Circuit())
        if circuit.until is not None and at < circuit.until and not circuit.probing:
            return self
        failures = circuit.failures + 1
        opens = circuit.until is not None or failures >= OPENS_AFTER
        return self._with(agent, Circuit(failures, at + self.pause if opens else None))

    def succeeded(self, agent: str) -> CircuitBreaker:
        """An attempt of the agent succeeded."""
        if agent not in self.circuits:
            return self
        return replace(self, circuits={name: each for name, each in self.circuits.items() if name != agent})

    def dispatched(self, agent: str, at: datetime) -> CircuitBreaker:
        """An attempt goes to the agent: where the circuit is half open it is the probe."""
        circuit = self.circuits.get(agent)
        if circuit is None or circuit.until is None or at < circuit.until:
            return self
        return self._with(agent, replace(circuit, until=at + self.pause, probing=True))

    def after(self, event: Event, commands: Sequence[Command], at: datetime) -> CircuitBreaker:
        """What came of an event, as far as it speaks of agents."""
        counted = COUNTED | (
            {FailureKind.AGENT_UNAVAILABLE} if isinstance(event, TaskFailed) and event.agent else set()
        )
        breaker = self
        for command in commands:
            match command:
                case DispatchTask():
                    breaker = breaker.dispatched(command.agent, at)
                case Record(event="step_succeeded", agent=str(agent)) if command.data.get("instance") != MANUAL:
                    breaker = breaker.succeeded(agent)
                case Record(event="attempt_failed", agent=str(agent)) if command.data.get("kind") in counted:
                    breaker = breaker.failed(agent, at)
                case _:
                    pass  # nothing else speaks of an agent
        return breaker

    def _with(self, agent: str, circuit: Circuit) -> CircuitBreaker:
        return replace(self, circuits={**self.circuits, agent: circuit})
