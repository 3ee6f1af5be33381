"""The recovery policy: decides what follows a failed attempt. The decision is data, executed by `apply`.

The table is in docs/recovery.md. The budget counts failures; a released, unavailable or superseded attempt costs none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from creatorflow_orchestrator.core.state.roster import EMPTY_ROSTER, Roster
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind, Recovery, StepState, TriedAgent

BUDGET = 5
"""Counted failures a step may have, whatever their kinds."""
MAX_RETRIES = 3
MAX_EXTENSIONS = 2
MAX_REFORMATS = 2
FREE_RELEASES = 5
"""Number of releases after which a released attempt is no longer retried at once."""
BACKOFF_FIRST_MS = 1_000
BACKOFF_LIMIT_MS = 300_000
MAX_CONSTRAINT = 4096
"""Characters of one constraint of a task: the contract's bound."""
MAX_TIMEOUT_MS = 7 * 24 * 3600 * 1000
"""Longest time limit of a task: the contract's bound."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt by the same agent after `delay_ms`."""

    delay_ms: int
    counted: bool
    reason: str
    name: str = "retry"


@dataclass(frozen=True, slots=True)
class Extend:
    """Another attempt by the same agent at once, with twice the time."""

    timeout_ms: int
    reason: str
    name: str = "extend"


@dataclass(frozen=True, slots=True)
class Reformat:
    """Another attempt by the same agent at once, with the defects of its output as constraints."""

    constraints: tuple[str, ...]
    reason: str
    name: str = "reformat"


@dataclass(frozen=True, slots=True)
class RunDependency:
    """A step of `agent` (or the step named `missing`) first, then another attempt with its result."""

    missing: str
    agent: str | None
    reason: str
    name: str = "run_dependency"


@dataclass(frozen=True, slots=True)
class UseAlternative:
    """Another attempt by another agent at once."""

    agent: str
    counted: bool
    reason: str
    name: str = "alternative"


@dataclass(frozen=True, slots=True)
class Wait:
    """The agent is unavailable and so are its alternatives: check again after `delay_ms`; not counted as a failure."""

    delay_ms: int
    reason: str
    name: str = "wait"


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt: the step fails, or is parked if the request says so."""

    reason: str
    name: str = "give_up"


RecoveryDecision = Retry | Extend | Reformat | RunDependency | UseAlternative | Wait | GiveUp


@dataclass(frozen=True, slots=True)
class Case:
    """All inputs of a decision. `jitter` is in [0, 1)."""

    failure: Failure
    step: StepState
    """As it was when the attempt failed."""
    planned: str
    """The agent that the plan names."""
    at: datetime
    jitter: float = 0.0
    roster: Roster = field(default=EMPTY_ROSTER)

    def count_for_agent(self, decision: str) -> int:
        """Count the decisions of that name for the current agent, in this iteration and since the last step command."""
        return sum(
            recovery.decision == decision and recovery.agent == self.step.attempt.agent
            for recovery in self._counted_recoveries()
        )

    def count_for_any_agent(self, decision: str) -> int:
        """Count the decisions of that name, for any agent."""
        return sum(recovery.decision == decision for recovery in self._counted_recoveries())

    def failed_before(self, kind: FailureKind) -> bool:
        """True if an earlier attempt of the step failed with that kind."""
        return any(recovery.failure == kind for recovery in self._counted_recoveries())

    def _counted_recoveries(self) -> list[Recovery]:
        """Return the recoveries that count: none of earlier iterations, none for work that an agent merely released."""
        recoveries = self.step.recoveries[self.step.forgiven :]
        return [recovery for recovery in recoveries if recovery.failure != FailureKind.RELEASED]

    @property
    def available_alternatives(self) -> tuple[str, ...]:
        """Untried alternatives whose circuit is not open, the best first."""
        return tuple(name for name in self.untried_alternatives if name not in self.roster.paused)

    @property
    def untried_alternatives(self) -> tuple[str, ...]:
        """All agents that can do the step and were not tried, the best first."""
        tried = {self.step.attempt.agent, *(replaced.agent for replaced in self.step.tried)}
        able = dict.fromkeys((*self.roster.alternatives.get(self.planned, ()), self.planned))
        return tuple(name for name in able if name and name not in tried)


def decide(case: Case) -> RecoveryDecision:
    """Decide about a failed attempt. Pure: the same case gives the same decision."""
    decision = _decide_by_kind(case)
    if counts(decision) and case.step.failures + 1 >= BUDGET:
        return GiveUp(f"{case.step.failures + 1} failures, the budget of a step")
    return decision


def counts(decision: RecoveryDecision) -> bool:
    """True if the failure counts against the step's budget."""
    match decision:
        case Retry() | UseAlternative():
            return decision.counted
        case Wait():
            return False
        case Extend() | Reformat() | RunDependency() | GiveUp():
            return True
        case _:
            assert_never(decision)


def _decide_by_kind(case: Case) -> RecoveryDecision:
    """Decide by the kind of the failure, before the budget is applied."""
    match case.failure.kind:
        case FailureKind.RELEASED:
            return _released(case)
        case FailureKind.PERMANENT:
            return GiveUp("the agent says that trying again is of no use")
        case FailureKind.CONTEXT_TOO_LARGE:
            return GiveUp("the same context would be too large again")
        case FailureKind.EXPIRED:
            return GiveUp("the deadline came")
        case FailureKind.TIMEOUT:
            return _timeout(case)
        case FailureKind.VALIDATION_ERROR:
            return _validation_error(case)
        case FailureKind.DEPENDENCY_MISSING:
            return _dependency_missing(case)
        case FailureKind.AGENT_UNAVAILABLE:
            return _unavailable(case)
        case FailureKind.CRASHED:
            return _crashed(case)
        case FailureKind.UNREADABLE:
            return _alternative(case, f"{case.step.attempt.agent} could not read its task")
        case FailureKind.RETRYABLE | FailureKind.UNKNOWN:
            return _retry(case)
        case _:
            assert_never(case.failure.kind)


def _released(case: Case) -> RecoveryDecision:
    """Retry at once as often as a rolling restart may need; then with a growing delay if releases go on."""
    released = sum(recovery.failure == FailureKind.RELEASED for recovery in case.step.recoveries[case.step.forgiven :])
    pause = 0 if released < FREE_RELEASES else backoff_ms(released - FREE_RELEASES, case.jitter)
    return Retry(max(pause, case.failure.retry_after_ms or 0), counted=False, reason="the agent released its work")


def _timeout(case: Case) -> RecoveryDecision:
    extensions = case.count_for_agent("extend")
    if extensions < MAX_EXTENSIONS:
        timeout_ms = min(case.step.attempt.timeout_ms * 2, MAX_TIMEOUT_MS)
        return Extend(timeout_ms, f"again with twice the time, {timeout_ms} ms ({extensions + 1} of {MAX_EXTENSIONS})")
    return _alternative(case, f"{case.step.attempt.agent} did not finish, even with more time")


def _validation_error(case: Case) -> RecoveryDecision:
    reformats = case.count_for_any_agent("reformat")
    if reformats >= MAX_REFORMATS:
        return GiveUp(f"the output is still not valid after {MAX_REFORMATS} reformats")
    defects = case.failure.details or (case.failure.message,)
    constraints = tuple(f"The last answer was refused: {defect}"[:MAX_CONSTRAINT] for defect in defects)
    return Reformat(constraints, f"again, with its errors as constraints ({reformats + 1} of {MAX_REFORMATS})")


def _dependency_missing(case: Case) -> RecoveryDecision:
    missing = case.failure.missing
    if not missing:
        return _retry(case)
    if case.count_for_any_agent("run_dependency"):
        return GiveUp("a dependency was run for it once, and it still reports one as missing")
    provider = case.roster.providers.get(missing)
    return RunDependency(missing, provider, f"{missing} is missing, and runs first")


def _unavailable(case: Case) -> RecoveryDecision:
    """Use an alternative that has consumers; without one wait, until the agent was unavailable for too long.

    An agent whose circuit stays open counts as unavailable.
    """
    agent = case.step.attempt.agent
    state = "its circuit is open" if agent in case.roster.paused else "unavailable"
    available = next((name for name in case.available_alternatives if name in case.roster.live), None)
    if available is not None:
        return UseAlternative(available, counted=False, reason=f"{agent} ({state}) is replaced by an available agent")
    since = case.step.unavailable_since or case.at
    waited = case.at - since
    if waited >= timedelta(milliseconds=case.roster.unavailable_after_ms):
        return GiveUp(no_alternatives(case, f"{state} for {waited.total_seconds():.0f} s"))
    waited_ms = int(waited.total_seconds() * 1000)
    delay = min(max(waited_ms, BACKOFF_FIRST_MS), case.roster.check_after_ms)
    return Wait(
        max(delay, case.failure.retry_after_ms or 0), f"{agent} is unavailable and has no available alternative"
    )


def _crashed(case: Case) -> RecoveryDecision:
    if case.failed_before(FailureKind.CRASHED):
        return GiveUp(no_alternatives(case, "did not survive the task", "one alternative is all that is risked"))
    return _alternative(case, f"no instance of {case.step.attempt.agent} survived the task")


def _alternative(case: Case, why: str) -> RecoveryDecision:
    if case.available_alternatives:
        return UseAlternative(case.available_alternatives[0], counted=True, reason=why)
    return GiveUp(no_alternatives(case, case.failure.message))


def no_alternatives(case: Case, why: str, others: str = "nobody consumes its tasks") -> str:
    """Return the reason for giving up: each agent that was tried and why it failed, and why no other was tried."""
    tried = [*case.step.tried, TriedAgent(case.step.attempt.agent, why)]
    tried += [TriedAgent(name, others) for name in case.available_alternatives]
    tried += [
        TriedAgent(name, "its circuit is open") for name in case.untried_alternatives if name in case.roster.paused
    ]
    return "No viable alternatives found: " + "; ".join(f"{agent.agent} ({agent.why[:200]})" for agent in tried)


def _retry(case: Case) -> RecoveryDecision:
    retries = case.count_for_any_agent("retry")
    if retries >= MAX_RETRIES:
        return GiveUp(f"no more than {MAX_RETRIES} retries are made")
    delay = max(backoff_ms(retries, case.jitter), case.failure.retry_after_ms or 0)
    return Retry(delay, counted=True, reason=f"retry {retries + 1} of {MAX_RETRIES}")


def backoff_ms(failures: int, jitter: float) -> int:
    """Full jitter under a ceiling that doubles from 1 s to 5 min with each failure before this one."""
    return int(jitter * min(BACKOFF_LIMIT_MS, BACKOFF_FIRST_MS * 2 ** min(failures, 30)))
