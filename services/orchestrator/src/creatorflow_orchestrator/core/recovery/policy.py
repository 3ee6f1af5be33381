"""What is done for a failed attempt: the decision as data, executed elsewhere.

The table is DESIGN section 6. The budget counts failures; a released, unavailable or superseded attempt costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from creatorflow_orchestrator.core.state.roster import NOBODY, Roster
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind, Recovery, StepState, TriedAgent

BUDGET = 5
"""Counted failures a step may have, whatever their kinds."""
MAX_RETRIES = 3
MAX_EXTENSIONS = 2
MAX_REFORMATS = 2
FREE_RELEASES = 5
"""So often is work that was handed back given out again at once."""
BACKOFF_FIRST_MS = 1_000
BACKOFF_LIMIT_MS = 300_000
MAX_CONSTRAINT = 4096
"""Characters of one constraint of a task: the contract's bound."""
MAX_TIMEOUT_MS = 7 * 24 * 3600 * 1000
"""What a task may be given: the contract's bound."""


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
    """Another attempt by the same agent at once, which is told what was wrong."""

    constraints: tuple[str, ...]
    reason: str
    name: str = "reformat"


@dataclass(frozen=True, slots=True)
class RunDependency:
    """`agent` (or the step of the plan that is its, or is called so) first, then another attempt with its result."""

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
    """The agent is away and nobody can stand in: ask again after `delay_ms`, at no cost."""

    delay_ms: int
    reason: str
    name: str = "wait"


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt: the step is dead (or parked, where the request says so)."""

    reason: str
    name: str = "give_up"


RecoveryDecision = Retry | Extend | Reformat | RunDependency | UseAlternative | Wait | GiveUp


@dataclass(frozen=True, slots=True)
class Case:
    """All that a decision is taken on. `jitter` is in [0, 1)."""

    failure: Failure
    step: StepState
    """As it was when the attempt failed."""
    planned: str
    """The agent that the plan names."""
    at: datetime
    jitter: float = 0.0
    roster: Roster = field(default=NOBODY)

    def times(self, decision: str) -> int:
        """How often that was decided for the current agent since the step began, its round did or a person said so."""
        return sum(each.decision == decision and each.agent == self.step.attempt.agent for each in self._since())

    def times_for_anybody(self, decision: str) -> int:
        """How often that was decided, whoever the agent was."""
        return sum(each.decision == decision for each in self._since())

    def failed_before(self, kind: FailureKind) -> bool:
        """Whether the step has failed so before."""
        return any(each.failure == kind for each in self._since())

    def _since(self) -> list[Recovery]:
        """Decisions that weigh: none of earlier rounds, none for work that was merely handed back."""
        weighing = self.step.recoveries[self.step.forgiven :]
        return [each for each in weighing if each.failure != FailureKind.RELEASED]

    @property
    def untried(self) -> tuple[str, ...]:
        """Who may stand in and was not tried, the best first: nobody whose circuit is open."""
        return tuple(name for name in self.could_stand_in if name not in self.roster.paused)

    @property
    def could_stand_in(self) -> tuple[str, ...]:
        """Everybody who can do the step and was not tried."""
        tried = {self.step.attempt.agent, *(each.agent for each in self.step.tried)}
        able = dict.fromkeys((*self.roster.alternatives.get(self.planned, ()), self.planned))
        return tuple(name for name in able if name and name not in tried)


def decide(case: Case) -> RecoveryDecision:
    """Decide about a failed attempt. Pure: the same case gives the same decision."""
    decision = _row(case)
    if counts(decision) and case.step.failures + 1 >= BUDGET:
        return GiveUp(f"{case.step.failures + 1} failures, the budget of a step")
    return decision


def counts(decision: RecoveryDecision) -> bool:
    """Whether the failure counts against the step's budget."""
    match decision:
        case Retry() | UseAlternative():
            return decision.counted
        case Wait():
            return False
        case Extend() | Reformat() | RunDependency() | GiveUp():
            return True
        case _:
            assert_never(decision)


def _row(case: Case) -> RecoveryDecision:
    """The table's row for the failure."""
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
    """At once, as often as a rolling restart may need; who goes on handing back is asked ever more seldom."""
    released = sum(recovery.failure == FailureKind.RELEASED for recovery in case.step.recoveries[case.step.forgiven :])
    pause = 0 if released < FREE_RELEASES else backoff_ms(released - FREE_RELEASES, case.jitter)
    return Retry(max(pause, case.failure.retry_after_ms or 0), counted=False, reason="the agent handed its work back")


def _timeout(case: Case) -> RecoveryDecision:
    extensions = case.times("extend")
    if extensions < MAX_EXTENSIONS:
        timeout_ms = min(case.step.attempt.timeout_ms * 2, MAX_TIMEOUT_MS)
        return Extend(timeout_ms, f"again with twice the time, {timeout_ms} ms ({extensions + 1} of {MAX_EXTENSIONS})")
    return _alternative(case, f"{case.step.attempt.agent} did not finish, though it was given more time twice")


def _validation_error(case: Case) -> RecoveryDecision:
    reformats = case.times_for_anybody("reformat")
    if reformats >= MAX_REFORMATS:
        return GiveUp(f"told what was wrong {MAX_REFORMATS} times, it is still not what was asked for")
    wrong = case.failure.details or (case.failure.message,)
    told = tuple(f"The last answer was refused: {each}"[:MAX_CONSTRAINT] for each in wrong)
    return Reformat(told, f"again, told what was wrong ({reformats + 1} of {MAX_REFORMATS})")


def _dependency_missing(case: Case) -> RecoveryDecision:
    missing = case.failure.missing
    if not missing:
        return _retry(case)
    if case.times_for_anybody("run_dependency"):
        return GiveUp("a dependency was run for it once, and it still misses one")
    provider = case.roster.providers.get(missing)
    return RunDependency(missing, provider, f"{missing} is missing, and is provided first")


def _unavailable(case: Case) -> RecoveryDecision:
    """Whoever consumes now stands in; nobody does: the step waits, until it has waited too long.

    An agent whose circuit stays open is as good as away.
    """
    agent = case.step.attempt.agent
    away = "its circuit is open" if agent in case.roster.paused else "not there"
    present = next((name for name in case.untried if name in case.roster.live), None)
    if present is not None:
        return UseAlternative(present, counted=False, reason=f"{agent} ({away}) is replaced by who is there")
    since = case.step.unavailable_since or case.at
    waited = case.at - since
    if waited >= timedelta(milliseconds=case.roster.unavailable_after_ms):
        return GiveUp(no_alternatives(case, f"{away} for {waited.total_seconds():.0f} s"))
    waited_ms = int(waited.total_seconds() * 1000)
    delay = min(max(waited_ms, BACKOFF_FIRST_MS), case.roster.check_after_ms)
    return Wait(max(delay, case.failure.retry_after_ms or 0), f"{agent} is not there and nobody can stand in")


def _crashed(case: Case) -> RecoveryDecision:
    if case.failed_before(FailureKind.CRASHED):
        return GiveUp(no_alternatives(case, "did not survive the task", "one alternative is all that is risked"))
    return _alternative(case, f"no instance of {case.step.attempt.agent} survived the task")


def _alternative(case: Case, why: str) -> RecoveryDecision:
    if case.untried:
        return UseAlternative(case.untried[0], counted=True, reason=why)
    return GiveUp(no_alternatives(case, case.failure.message))


def no_alternatives(case: Case, why: str, others: str = "nobody consumes its tasks") -> str:
    """The end of the road: who was tried, and why each failed; and why nobody else was."""
    told = [*case.step.tried, TriedAgent(case.step.attempt.agent, why)]
    told += [TriedAgent(name, others) for name in case.untried]
    told += [TriedAgent(name, "its circuit is open") for name in case.could_stand_in if name in case.roster.paused]
    return "No viable alternatives found: " + "; ".join(f"{each.agent} ({each.why[:200]})" for each in told)


def _retry(case: Case) -> RecoveryDecision:
    retries = case.times_for_anybody("retry")
    if retries >= MAX_RETRIES:
        return GiveUp(f"no more than {MAX_RETRIES} retries are made")
    delay = max(backoff_ms(retries, case.jitter), case.failure.retry_after_ms or 0)
    return Retry(delay, counted=True, reason=f"retry {retries + 1} of {MAX_RETRIES}")


def backoff_ms(failures: int, jitter: float) -> int:
    """Full jitter under a ceiling that doubles from 1 s to 5 min with each failure before this one."""
    return int(jitter * min(BACKOFF_LIMIT_MS, BACKOFF_FIRST_MS * 2 ** min(failures, 30)))
