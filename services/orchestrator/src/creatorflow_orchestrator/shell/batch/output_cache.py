"""A bounded cache of agents' outputs. They are stored once, in the history, and seldom read from there."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from creatorflow_orchestrator.core.state.commands import Command, Record
from creatorflow_orchestrator.core.state.saga_state import Saga, SagaStatus
from creatorflow_orchestrator.shell.store import HistoryRow
from creatorflow_orchestrator.translate.context import Output, Outputs

MAX_SAGAS = 1_000
MAX_CHARACTERS = 64 * 1024 * 1024
"""Of all cached outputs, as text; one result may have a million."""


class Entries(Protocol):
    """The part of a transaction that the cache needs."""

    async def entries(self, keys: Collection[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], HistoryRow]: ...


class OutputCache:
    """Outputs by saga and history entry; an entry never changes, so no cached output is stale."""

    def __init__(self) -> None:
        self._sagas: OrderedDict[UUID, dict[int, Output]] = OrderedDict()
        self._sizes: dict[UUID, int] = {}
        self._size = 0

    def add_recorded(self, commands: Mapping[UUID, Sequence[Command]]) -> None:
        """Add the outputs that these commands record in the history."""
        for saga_id, saga_commands in commands.items():
            for command in saga_commands:
                if isinstance(command, Record) and command.event == "step_succeeded":
                    self._add(saga_id, command.seq, command.data["output"])

    async def of(self, tx: Entries, sagas: Sequence[Saga]) -> dict[UUID, Outputs]:
        """Return the outputs of each saga's steps; those that are not cached are read."""
        missing = {
            (saga.id, seq)
            for saga in sagas
            for seq in (*_counted(saga).values(), *_last_iteration(saga).values(), *_done(saga).values())
            if seq not in self._sagas.get(saga.id, {})
        }
        for (saga_id, seq), row in (await tx.entries(missing)).items():
            self._add(saga_id, seq, json.loads(row.data)["data"]["output"])
        outputs = {
            saga.id: Outputs(*(self._by_step(saga.id, entries(saga)) for entries in (_counted, _last_iteration, _done)))
            for saga in sagas
        }
        while len(self._sagas) > MAX_SAGAS or self._size > MAX_CHARACTERS:  # only now: the latest are needed above
            self.forget(next(iter(self._sagas)))
        return outputs

    def size(self, sagas: Sequence[Saga]) -> int:
        """Characters of the cached outputs of these sagas."""
        return sum(self._sizes.get(saga.id, 0) for saga in sagas)

    def forget(self, saga_id: UUID) -> None:
        """Drop the outputs of a saga; they are read again if they are needed."""
        self._sagas.pop(saga_id, None)
        self._size -= self._sizes.pop(saga_id, 0)

    def _by_step(self, saga_id: UUID, entries: Mapping[str, int]) -> dict[str, Output]:
        cached = self._sagas.get(saga_id, {})
        return {step: cached[seq] for step, seq in entries.items() if seq in cached}

    def _add(self, saga_id: UUID, seq: int, output: Output) -> None:
        self._sagas.setdefault(saga_id, {})[seq] = output
        self._sagas.move_to_end(saga_id)
        size = len(repr(output))
        self._sizes[saga_id] = self._sizes.get(saga_id, 0) + size
        self._size += size


def _counted(saga: Saga) -> dict[str, int]:
    """Map each step to the history entry of its counted result."""
    return {step.id: step.result_seq for step in saga.steps.values() if step.result_seq is not None}


def _last_iteration(saga: Saga) -> dict[str, int]:
    """Map each step of a loop to the history entry of its result in the previous iteration."""
    return {step.id: step.last_round_seq for step in saga.steps.values() if step.last_round_seq is not None}


def _done(saga: Saga) -> dict[str, int]:
    """Map each step of a saga that is compensated to the history entry of its last result."""
    if saga.status is not SagaStatus.COMPENSATING:
        return {}
    return {step.id: step.done_seq for step in saga.steps.values() if step.done_seq is not None}
