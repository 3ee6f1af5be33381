"""The circuit breaker of each agent: one whose attempts keep failing gets no tasks for a while, then one as a probe.

Rules for this file: values in, values out; time arrives as a value, and all state is in the returned value.

| circuit | event | becomes |
| --- | --- | --- |
| closed | the fifth failure in a row | open, until `pause` from now |
| open | its time is over | half open: the next dispatch is the probe |
| half open | a dispatch | probing: no other dispatch for another `pause` |
| half open, probing | a failure | open, until `pause` from now |
| any | a success | closed |

A failure while a circuit is open is of an attempt begun before, and does not prolong it. A probe without an outcome
for a `pause` is followed by another, so that no circuit stays open for ever.
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
"""Failures that count against the agent. `agent_unavailable` counts only if the agent reports it itself."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """The circuit of one agent. Closed while `until` is `None`."""

    failures: int = 0
    """In a row."""
    until: datetime | None = None
    probing: bool = False


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The circuits of all agents with recent failures, by agent; open for `pause` at a time."""

    pause: timedelta = PAUSE
    circuits: Mapping[str, Circuit] = field(default_factory=dict)

    def paused(self, at: datetime) -> Mapping[str, datetime]:
        """Return the agents whose circuit is open at that time, and until when."""
        return {
            name: circuit.until
            for name, circuit in self.circuits.items()
            if circuit.until is not None and at < circuit.until
        }

    def failed(self, agent: str, at: datetime) -> CircuitBreaker:
        """Count a failed attempt: a failure of the agent, not of the task."""
        circuit = self.circuits.get(agent, Circuit())
        if circuit.until is not None and at < circuit.until and not circuit.probing:
            return self
        failures = circuit.failures + 1
        opens = circuit.until is not None or failures >= OPENS_AFTER
        return self._with(agent, Circuit(failures, at + self.pause if opens else None))

    def succeeded(self, agent: str) -> CircuitBreaker:
        """Close the circuit: an attempt of the agent succeeded."""
        if agent not in self.circuits:
            return self
        return replace(self, circuits={name: circuit for name, circuit in self.circuits.items() if name != agent})

    def dispatched(self, agent: str, at: datetime) -> CircuitBreaker:
        """Register a dispatch to the agent: if its circuit is half open, this attempt is the probe."""
        circuit = self.circuits.get(agent)
        if circuit is None or circuit.until is None or at < circuit.until:
            return self
        return self._with(agent, replace(circuit, until=at + self.pause, probing=True))

    def after(self, event: Event, commands: Sequence[Command], at: datetime) -> CircuitBreaker:
        """Return the circuits after an event and its commands."""
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
                    pass  # no other command concerns a circuit
        return breaker

    def _with(self, agent: str, circuit: Circuit) -> CircuitBreaker:
        return replace(self, circuits={**self.circuits, agent: circuit})
