"""The orchestrators of a simulated world: the real core in a shell that forgets, repeats and dies.

As the real shell does (`services/orchestrator/README.md`): a batch is one transaction; what a lost commit or a crash
leaves unacknowledged comes again; rows of the outbox are sent until they are marked; silence counts only while
somebody listens; which replica handles a message is left to chance, and their clocks differ a little.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, assert_never
from uuid import UUID

from creatorflow_orchestrator.core.errors import ImpossibleEvent
from creatorflow_orchestrator.core.saga.machine import advance, wake_at
from creatorflow_orchestrator.core.state import events
from creatorflow_orchestrator.core.state.commands import (
    CancelChild,
    CancelTask,
    Command,
    Conclude,
    CountConsumers,
    DispatchTask,
    Record,
    Refuse,
    StartChild,
)
from creatorflow_orchestrator.core.state.saga_state import SILENCE_MS, Definition, Saga
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode, encode

from . import rules_of_ends
from .alarms import Alarms
from .child_sagas import child_answer, child_item, refused, wanted
from .messages import Item, Row
from .moment import Moment, Violation
from .store import Kept, Replica
from .timeline import MINUTE, SECOND, clock_time, ms_of

if TYPE_CHECKING:
    from .world import World

MAX_BATCH = 64
AGAIN_MS = 200
"""After an alarm that did nothing: that replica's clock is behind, or its commit was lost."""


class Orchestrators:
    """Replicas on one store."""

    def __init__(self, world: World, replicas: int) -> None:
        self.world = world
        self.replicas = [Replica(world.skew()) for _ in range(replicas)]
        self.sagas: dict[UUID, Kept] = {}
        self.waiting: deque[Item] = deque()
        self.unsent: list[Row] = []
        self._called = False
        self._alarms = Alarms(world.line, self._ring)

    # time

    def clock(self, replica: Replica) -> datetime:
        """What its clock shows."""
        return clock_time(self.world.line.now + self.world.jumped_ms + replica.skew_ms)

    def due(self) -> None:
        """A clock has jumped: alarms may be over."""
        for saga_id in self.sagas:
            self._alarms.forget(saga_id)
            self._arm(saga_id)

    def _arm(self, saga_id: UUID, earliest: int = 0) -> None:
        wake = wake_at(self.sagas[saga_id].saga)
        if wake is not None:
            ahead = self.world.jumped_ms + max(replica.skew_ms for replica in self.replicas)
            self._alarms.set(saga_id, max(earliest, ms_of(wake) - ahead))

    def _ring(self, saga_id: UUID) -> None:
        replica = self._any_up()
        if replica is not None:
            self._tick(saga_id, replica)
            self._arm(saga_id, self.world.line.now + AGAIN_MS)

    def _tick(self, saga_id: UUID, replica: Replica) -> None:
        at, saga = self.clock(replica), self.sagas[saga_id].saga
        wake = wake_at(saga)
        if wake is None or wake > at:
            return
        batch = [Item(saga_id, lambda at, jitter: events.Ticked(at, jitter), durable=False)]
        if self.world.line.now - replica.listening_since < SILENCE_MS:
            batch[:0] = self._excuses(saga_id, saga, at)
        self._commit(replica, batch)

    def _excuses(self, saga_id: UUID, saga: Saga, at: datetime) -> list[Item]:
        """What could not be heard is excused."""
        return [
            _excuse(saga_id, attempt.task_id, attempt.agent)
            for attempt in (step.attempt for step in saga.steps.values())
            if attempt.silent_at is not None and attempt.silent_at <= at and attempt.task_id is not None
        ]

    # batches

    def take(self, item: Item) -> None:
        """A message has come."""
        if not item.durable and self._any_up() is None:
            return
        self.waiting.append(item)
        self._call()

    def _call(self) -> None:
        if not self._called:
            self._called = True
            self.world.line.later(self.world.chance.number(0, 5), self._batch)

    def _batch(self) -> None:
        self._called = False
        replica = self._any_up()
        if replica is None:
            self.waiting = deque(each for each in self.waiting if each.durable)
            return
        batch = [self.waiting.popleft() for _ in range(min(MAX_BATCH, len(self.waiting)))]
        if batch:
            self._commit(replica, batch)
        if self.waiting:
            self._call()

    def _commit(self, replica: Replica, batch: list[Item]) -> None:
        """Let a batch happen, as one transaction."""
        work: dict[UUID, Saga] = {}
        happened = [(item, self._happen(replica, item, work)) for item in batch]
        moments = [(item, moment) for item, moment in happened if moment is not None]
        chance = self.world.chance
        if chance.fault("orchestrator", 0.01):
            self.world.saw("fault lost_commit")
            self._again(batch)
            if chance.maybe(0.5):
                self._die(replica)
            return
        for item, moment in moments:
            self._keep(item, moment)
            item.handled = True
        rows = [row for item, moment in moments for row in self._rows(item.saga_id, moment)]
        if chance.fault("orchestrator", 0.01):
            self.world.saw("fault crash_after_commit")
            self.unsent += rows
            self._again(batch)
            self._die(replica)
            return
        self._effects(moments, rows, replica)

    def _happen(self, replica: Replica, item: Item, work: dict[UUID, Saga]) -> Moment | None:
        saga_id, at = item.saga_id, self.clock(replica)
        before = self._now(saga_id, work)
        if before is None and not self._is_acceptable(item, at, work):
            return None
        event = item.make(at, self.world.chance.jitter())
        roster = self.world.roster(event.at)
        try:
            after, commands = advance(before, event, roster)
        except ImpossibleEvent:
            if before is None or item.definition is None or item.definition.digest == before.definition.digest:
                raise
            self.world.saw("refusal CONFLICTING_REQUEST")
            return None
        except Exception as error:
            if saga_id in self.sagas:
                self.sagas[saga_id].witness.moments.append((event, roster))
            raise Violation("nothing_is_raised", f"{event}: {error!r}", saga_id) from error
        work[saga_id] = after
        return Moment(event, roster, before, after, commands)

    def _now(self, saga_id: UUID, work: dict[UUID, Saga]) -> Saga | None:
        """A saga as it stands in the middle of a batch."""
        kept = self.sagas.get(saga_id)
        return work.get(saga_id) or (None if kept is None else kept.saga)

    def _is_acceptable(self, item: Item, at: datetime, work: dict[UUID, Saga]) -> bool:
        """Whether something about a saga that does not exist begins one."""
        definition = item.definition
        if definition is None:
            self.world.saw("refusal UNKNOWN_SAGA")
            return False
        if definition.deadline <= at:
            self._turn_away(definition)
            return False
        if not wanted(definition, None if definition.parent is None else self._now(definition.parent.saga_id, work)):
            self.world.saw("fault child_unwanted")
            return False
        return True

    def _turn_away(self, definition: Definition) -> None:
        """A request that comes after its deadline is not accepted; a child's parent is told."""
        self.world.saw("refusal DEADLINE_PAST")
        if definition.parent is not None:
            self.unsent.append(Row(definition.parent.saga_id, item=refused(definition)))
            self.world.line.later(100, self.resend)

    def _keep(self, item: Item, moment: Moment) -> None:
        saga_id = item.saga_id
        kept = self.sagas.setdefault(saga_id, Kept(moment.after))
        try:
            kept.witness.see(moment)
        except Violation as broken:
            raise Violation(broken.rule, broken.what, saga_id) from None
        if item.handled and moment.outcome == "counted" and not _may_count_again(moment):
            raise Violation("what_comes_again_changes_nothing", f"{moment.event}", saga_id)
        self.world.told(saga_id, moment)
        if moment.before is None:
            self.world.accepted(saga_id, moment.after)
        if moment.after.status.final and kept.ended is None:
            kept.ended = self.world.line.now
            rules_of_ends.with_its_parent(self, saga_id)
        if moment.after is not moment.before:
            kept.saga = decode(encode(SagaRecord(moment.after))).saga if self.world.chance.maybe(0.2) else moment.after
            self._arm(saga_id)

    def _again(self, batch: list[Item]) -> None:
        """What was not acknowledged comes again."""
        self.waiting.extendleft(item for item in reversed(batch) if item.durable)
        for item in batch:
            if item.saga_id in self.sagas:
                self._alarms.forget(item.saga_id)
                self._arm(item.saga_id)
        self._call()

    # effects

    def _rows(self, saga_id: UUID, moment: Moment) -> list[Row]:
        rows = []
        for command in moment.commands:
            row = self._row(saga_id, moment.after, command)
            if row is not None:
                rows.append(row)
        return rows

    def _row(self, saga_id: UUID, saga: Saga, command: Command) -> Row | None:
        match command:
            case DispatchTask():
                return Row(saga_id, task=command)
            case StartChild():
                item = child_item(saga, command, self.world)
            case CancelChild():
                stop = command.reason
                item = Item(command.task_id, lambda at, _: events.CancelRequested(at, stop))
            case Conclude():
                if saga.definition.parent is None:
                    return None
                item = child_answer(saga)
            case Record() | CancelTask() | CountConsumers() | Refuse():
                return None  # told live, or not at all
            case _:
                assert_never(command)
        return Row(item.saga_id, item=item)

    def _effects(self, moments: list[tuple[Item, Moment]], rows: list[Row], replica: Replica) -> None:
        chance = self.world.chance
        for row in rows:
            if chance.fault("orchestrator", 0.01):
                self.world.saw("fault crash_before_mark")  # sent, and not marked: sent again later
                self.unsent.append(row)
                self.world.line.later(chance.number(500, 15 * SECOND), self.resend)
            self.world.publish(row)
        for item, moment in moments:
            for command in moment.commands:
                if isinstance(command, CancelTask):
                    self.world.cancel(command)
                elif isinstance(command, CountConsumers):
                    self.world.count(item.saga_id, command)

    def resend(self) -> None:
        """Another replica, or the next life of this one, sends what is left."""
        if self._any_up() is None:
            return
        rows, self.unsent = self.unsent, []
        for row in rows:
            self.world.publish(row)

    # life and death

    def _any_up(self) -> Replica | None:
        up = [replica for replica in self.replicas if replica.up]
        return self.world.chance.one(up) if up else None

    def _die(self, replica: Replica) -> None:
        replica.up = False
        self.world.line.later(self.world.chance.skewed_ms(20 * SECOND, 20 * MINUTE), self._rise, replica)

    def _rise(self, replica: Replica) -> None:
        replica.up = True
        replica.listening_since = self.world.line.now
        self.resend()
        self._call()
        self.due()


def _excuse(saga_id: UUID, task_id: UUID, agent: str) -> Item:
    return Item(saga_id, lambda at, _: events.TaskHeartbeat(at, task_id, agent), durable=False)


def _may_count_again(moment: Moment) -> bool:
    """Two instances may claim in turn; and a person's word may be meant anew once the attempt it began has failed, or
    a new round has begun: nothing in it says which round was meant."""
    event = moment.event
    if isinstance(event, events.StepCommanded):
        step = moment.step_before(event.step)
        return step is not None and (len(step.recoveries) > step.forgiven or step.iteration > 1)
    return isinstance(event, events.TaskClaimed)
