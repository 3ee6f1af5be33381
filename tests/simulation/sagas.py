"""The sagas of a simulated world as they are committed: transitions are checked against the rules and reported."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from creatorflow_orchestrator.core.state.events import Event, RequestSubmitted, StepCommanded, TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga

from . import ending_rules
from .rule_checker import RuleChecker
from .timeline import BEGINNING
from .transition import Transition, Violation

if TYPE_CHECKING:
    from .world import World


@dataclass(slots=True)
class CommittedSaga:
    """A saga as it was committed last, with its rule checker."""

    saga: Saga
    checker: RuleChecker = field(default_factory=RuleChecker)
    counted: set[str] = field(default_factory=set)
    """Messages that have changed the saga once and must not again."""
    ended: int | None = None
    committed_at: int = 0


class Sagas:
    """All sagas that were ever accepted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.committed: dict[UUID, CommittedSaga] = {}
        self.answered: set[UUID] = set()
        """Attempts whose results have been processed."""

    def see(self, saga_id: UUID, transition: Transition) -> None:
        """Checks a committed transition. Raises `Violation`."""
        committed = self.committed.setdefault(saga_id, CommittedSaga(transition.after))
        try:
            committed.checker.see(transition)
        except Violation as broken:
            raise Violation(broken.rule, broken.description, saga_id) from None
        self._count(saga_id, committed, transition)
        if isinstance(transition.event, TaskSucceeded | TaskFailed):
            self.answered.add(transition.event.task_id)
        ending_rules.check_wake_up_in_time(self._world, saga_id, transition)
        self._world.report_transition(saga_id, transition)
        committed.saga, committed.committed_at = transition.after, self._world.timeline.now
        if transition.before is None:
            self._world.accepted(saga_id, transition.after)
        if transition.after.status.final and committed.ended is None:
            committed.ended = self._world.timeline.now
            ending_rules.check_end_with_parent(self._world, saga_id)

    def raised(self, saga_id: UUID | None, event: Event, roster: Roster) -> None:
        """Adds the event at which the core raised an unexpected error to the event log."""
        if saga_id in self.committed:
            self.committed[saga_id].checker.events.append((event, roster))

    def _count(self, saga_id: UUID, committed: CommittedSaga, transition: Transition) -> None:
        """Checks that a repeated message changes nothing. Raises `Violation`."""
        message = _message(transition.event)
        if message is None or transition.outcome != "counted":
            return
        if message in committed.counted:
            raise Violation("repeated_messages_change_nothing", f"{transition.event}", saga_id)
        committed.counted.add(message)


def _message(event: Event) -> str | None:
    """The content of a durable message without the time of its processing; `None` for claims, which two instances may
    send in turn, and for events that are no messages."""
    match event:
        case RequestSubmitted() | TaskSucceeded() | StepCommanded():
            return repr(replace(event, at=BEGINNING))
        case TaskFailed():
            return repr(replace(event, at=BEGINNING, jitter=0.0))
        case _:
            return None
