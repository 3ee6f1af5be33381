"""What committed batches have done, counted for the service's figures: attempts, decisions, steps, requests, tokens.

Rules for this file: only what is committed counts, and only once: what is handled again after a failed commit counts
with the commit that holds. A commit that held although the store could not say so is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from creatorflow.metrics import DURATIONS, BufferedCounter, QueueTimes
from creatorflow_contracts.v1.work import AgentResult
from opentelemetry.metrics import Meter

from creatorflow_orchestrator.core.state.commands import CancelChild, CancelTask, Command, Conclude, Record
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, MANUAL, Saga
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch

SUCCEEDED = "succeeded"
CANCELLED = "cancelled"


class BatchMetrics:
    """Counts what a batch has done when it is committed."""

    def __init__(self, meter: Meter) -> None:
        def counts(name: str, unit: str, description: str, *labels: str) -> BufferedCounter:
            return BufferedCounter(meter, f"creatorflow.{name}", unit, description, *labels)

        by_attempt, by_recovery = ("agent", "outcome"), ("failure", "decision")
        self._ended = counts("sagas_ended", "{saga}", "Requests that have ended, by status", "status")
        self._attempts = counts("attempts", "{attempt}", "Attempts that have ended, by agent and how", *by_attempt)
        self._recoveries = counts("recoveries", "{decision}", "Decisions of recovery, by failure", *by_recovery)
        self._tokens = counts("tokens", "{token}", "Tokens of the answers that counted", "agent", "kind")
        self._cost = counts("cost_usd", "{USD}", "US dollars that these answers have cost", "agent")
        self._durations = meter.create_histogram(
            "creatorflow.step.duration",
            "s",
            "From a step's first attempt to its end, by the agent that ended it",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )

        self._waits = QueueTimes(meter)

    def committed(self, done: CommittedBatch) -> None:
        """A batch is committed."""
        work = done.work
        for saga_id, commands in work.commands.items():
            if saga_id not in done.lost:
                self._count(work.held[saga_id].saga, commands)
        begun = work.effects.at.timestamp()
        for incoming in done.deliveries:
            self._waits.record(incoming.queue, incoming.delivery, begun)
        for answer in work.answers:
            self._spent(answer)

    def _count(self, saga: Saga, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, Record):
                self._recorded(saga, command, commands)
            elif isinstance(command, Conclude):
                self._ended.add(1, command.status.value)

    def _recorded(self, saga: Saga, record: Record, commands: Sequence[Command]) -> None:
        agent = record.agent or CHILD_AGENT
        match record.event:
            case "step_succeeded":
                if record.data.get("instance") != MANUAL:
                    self._attempts.add(1, agent, SUCCEEDED)
                self._took(saga, record, agent)
            case "attempt_failed":
                self._attempts.add(1, agent, record.data["kind"])
            case "recovery_decided":
                self._recoveries.add(1, record.data["failure"], record.data["decision"])
            case "step_failed":
                self._took(saga, record, agent)
            case "step_cancelled" | "step_instructed":
                if _was_stopped(record, commands):
                    self._attempts.add(1, agent, CANCELLED)
            case _:
                pass  # not counted

    def _took(self, saga: Saga, record: Record, agent: str) -> None:
        step = None if record.step is None else saga.steps.get(record.step)
        begun: datetime | None = None if step is None else step.started_at
        if begun is not None:
            self._durations.record((record.at - begun).total_seconds(), {"agent": agent})

    def _spent(self, answer: AgentResult) -> None:
        if answer.agent == CHILD_AGENT:
            return  # the sum of what its own agents told, each of whom is counted
        told = answer.metadata
        for kind, tokens in (("prompt", told.prompt_tokens), ("completion", told.completion_tokens)):
            if tokens:
                self._tokens.add(tokens, answer.agent, kind)
        if told.cost_usd:
            self._cost.add(told.cost_usd, answer.agent)


def _was_stopped(record: Record, commands: Sequence[Command]) -> bool:
    """Whether an attempt was under way: its agent, or its child, is told beside the record that nobody waits any more
    (before a cancellation, after a person's word). One that has failed in the same turn is counted as that."""
    at = next(place for place, each in enumerate(commands) if each is record)
    near = at - 1 if record.event == "step_cancelled" else at + 1
    if not 0 <= near < len(commands) or not isinstance(commands[near], CancelTask | CancelChild):
        return False
    attempt = (record.step, record.attempt)
    earlier = (
        command for command in commands[:at] if isinstance(command, Record) and command.event == "attempt_failed"
    )
    return all((each.step, each.attempt) != attempt for each in earlier)
