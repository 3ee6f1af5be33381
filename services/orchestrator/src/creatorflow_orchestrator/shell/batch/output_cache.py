"""Agents' outputs live once, in the history: a bounded memory of the recent ones, so that they are seldom read."""

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
"""Of all that is remembered, as text; a result may have a million."""


class Entries(Protocol):
    """What is needed of a transaction."""

    async def entries(self, keys: Collection[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], HistoryRow]: ...


class OutputCache:
    """Outputs by saga and history entry; an entry never changes, so nothing here can be stale."""

    def __init__(self) -> None:
        self._sagas: OrderedDict[UUID, dict[int, Output]] = OrderedDict()
        self._sizes: dict[UUID, int] = {}
        self._size = 0

    def learn(self, commands: Mapping[UUID, Sequence[Command]]) -> None:
        """Remember the outputs that are being recorded."""
        for saga_id, each in commands.items():
            for command in each:
                if isinstance(command, Record) and command.event == "step_succeeded":
                    self._remember(saga_id, command.seq, command.data["output"])

    async def of(self, tx: Entries, sagas: Sequence[Saga]) -> dict[UUID, Outputs]:
        """For each saga the outputs of its steps; what is not remembered is read."""
        missing = {
            (saga.id, seq)
            for saga in sagas
            for seq in (*_counted(saga).values(), *_last_round(saga).values(), *_done(saga).values())
            if seq not in self._sagas.get(saga.id, {})
        }
        for (saga_id, seq), row in (await tx.entries(missing)).items():
            self._remember(saga_id, seq, json.loads(row.data)["data"]["output"])
        found = {
            saga.id: Outputs(*(self._by_step(saga.id, which(saga)) for which in (_counted, _last_round, _done)))
            for saga in sagas
        }
        while len(self._sagas) > MAX_SAGAS or self._size > MAX_CHARACTERS:  # only now: what was learned is needed above
            self.forget(next(iter(self._sagas)))
        return found

    def size(self, sagas: Sequence[Saga]) -> int:
        """Characters of the outputs that are remembered of these sagas."""
        return sum(self._sizes.get(saga.id, 0) for saga in sagas)

    def forget(self, saga_id: UUID) -> None:
        """The saga is final, or its turn to be read again has come."""
        self._sagas.pop(saga_id, None)
        self._size -= self._sizes.pop(saga_id, 0)

    def _by_step(self, saga_id: UUID, entries: Mapping[str, int]) -> dict[str, Output]:
        remembered = self._sagas.get(saga_id, {})
        return {step: remembered[seq] for step, seq in entries.items() if seq in remembered}

    def _remember(self, saga_id: UUID, seq: int, output: Output) -> None:
        self._sagas.setdefault(saga_id, {})[seq] = output
        self._sagas.move_to_end(saga_id)
        size = len(repr(output))
        self._sizes[saga_id] = self._sizes.get(saga_id, 0) + size
        self._size += size


def _counted(saga: Saga) -> dict[str, int]:
    """Step to the entry that holds its counted result."""
    return {step.id: step.result_seq for step in saga.steps.values() if step.result_seq is not None}


def _last_round(saga: Saga) -> dict[str, int]:
    """Step of a loop to the entry that holds its result of the round before."""
    return {step.id: step.last_round_seq for step in saga.steps.values() if step.last_round_seq is not None}


def _done(saga: Saga) -> dict[str, int]:
    """Of a saga that is undone: step to the entry that holds what it answered last."""
    if saga.status is not SagaStatus.COMPENSATING:
        return {}
    return {step.id: step.done_seq for step in saga.steps.values() if step.done_seq is not None}
