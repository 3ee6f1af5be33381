"""The sagas of a simulated world as they are committed: each step is held against every rule, and told to the world."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from creatorflow_orchestrator.core.state.events import Event, RequestSubmitted, StepCommanded, TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga

from . import rules_of_ends
from .moment import Moment, Violation
from .timeline import BEGINNING
from .witness import Witness

if TYPE_CHECKING:
    from .world import World


@dataclass(slots=True)
class Kept:
    """A saga as it was committed last, and who has watched it."""

    saga: Saga
    witness: Witness = field(default_factory=Witness)
    counted: set[str] = field(default_factory=set)
    """What has changed it once, and must not again."""
    ended: int | None = None
    committed_at: int = 0


class Sagas:
    """All that were ever accepted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.kept: dict[UUID, Kept] = {}
        self.answered: set[UUID] = set()
        """Attempts whose answers have been handled, whatever came of them."""

    def see(self, saga_id: UUID, moment: Moment) -> None:
        """A step is committed. Raises `Violation`."""
        kept = self.kept.setdefault(saga_id, Kept(moment.after))
        try:
            kept.witness.see(moment)
        except Violation as broken:
            raise Violation(broken.rule, broken.what, saga_id) from None
        self._count(saga_id, kept, moment)
        if isinstance(moment.event, TaskSucceeded | TaskFailed):
            self.answered.add(moment.event.task_id)
        rules_of_ends.not_late(self._world, saga_id, moment)
        self._world.told(saga_id, moment)
        kept.saga, kept.committed_at = moment.after, self._world.line.now
        if moment.before is None:
            self._world.accepted(saga_id, moment.after)
        if moment.after.status.final and kept.ended is None:
            kept.ended = self._world.line.now
            rules_of_ends.with_its_parent(self._world, saga_id)

    def raised(self, saga_id: UUID | None, event: Event, roster: Roster) -> None:
        """The core has raised what it must not: that event belongs to the story too."""
        if saga_id in self.kept:
            self.kept[saga_id].witness.moments.append((event, roster))

    def _count(self, saga_id: UUID, kept: Kept, moment: Moment) -> None:
        """A message that has changed a saga changes nothing when it comes again. Raises `Violation`."""
        what = _message(moment.event)
        if what is None or moment.outcome != "counted":
            return
        if what in kept.counted:
            raise Violation("what_comes_again_changes_nothing", f"{moment.event}", saga_id)
        kept.counted.add(what)


def _message(event: Event) -> str | None:
    """What a durable message says, whenever it is handled; two instances may claim in turn, and what nobody sent is no
    message."""
    match event:
        case RequestSubmitted() | TaskSucceeded() | StepCommanded():
            return repr(replace(event, at=BEGINNING))
        case TaskFailed():
            return repr(replace(event, at=BEGINNING, jitter=0.0))
        case _:
            return None
