"""Counts committed batches for the service's metrics: attempts, recovery decisions, steps, requests, tokens.

Rules for this file: only committed batches count, and only once: a batch that is processed again after a failed commit
counts with the commit that succeeds. A commit that was made although the store reported a failure is not counted.
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
    """Counts the attempts, recoveries, steps, requests and tokens of committed batches."""

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

    def on_commit(self, batch: CommittedBatch) -> None:
        """Count a committed batch."""
        state = batch.state
        for saga_id, commands in state.commands.items():
            if saga_id not in batch.lost:
                self._count(state.sagas[saga_id].saga, commands)
        begun = state.effects.at.timestamp()
        for incoming in batch.deliveries:
            self._waits.record(incoming.queue, incoming.delivery, begun)
        for result in state.results:
            self._count_usage(result)

    def _count(self, saga: Saga, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, Record):
                self._count_record(saga, command, commands)
            elif isinstance(command, Conclude):
                self._ended.add(1, command.status.value)

    def _count_record(self, saga: Saga, record: Record, commands: Sequence[Command]) -> None:
        agent = record.agent or CHILD_AGENT
        match record.event:
            case "step_succeeded":
                if record.data.get("instance") != MANUAL:
                    self._attempts.add(1, agent, SUCCEEDED)
                self._record_duration(saga, record, agent)
            case "attempt_failed":
                self._attempts.add(1, agent, record.data["kind"])
            case "recovery_decided":
                self._recoveries.add(1, record.data["failure"], record.data["decision"])
            case "step_failed":
                self._record_duration(saga, record, agent)
            case "step_cancelled" | "step_instructed":
                if _was_stopped(record, commands):
                    self._attempts.add(1, agent, CANCELLED)
            case _:
                pass  # not counted

    def _record_duration(self, saga: Saga, record: Record, agent: str) -> None:
        step = None if record.step is None else saga.steps.get(record.step)
        begun: datetime | None = None if step is None else step.started_at
        if begun is not None:
            self._durations.record((record.at - begun).total_seconds(), {"agent": agent})

    def _count_usage(self, result: AgentResult) -> None:
        if result.agent == CHILD_AGENT:
            return  # the sum of the usage of the child's own agents, each of which is counted
        usage = result.metadata
        for kind, tokens in (("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens)):
            if tokens:
                self._tokens.add(tokens, result.agent, kind)
        if usage.cost_usd:
            self._cost.add(usage.cost_usd, result.agent)


def _was_stopped(record: Record, commands: Sequence[Command]) -> bool:
    """True if an attempt was under way: the command that cancels it stands beside the record, before a cancellation
    and after a person's command. An attempt that failed in the same transition is counted as failed."""
    at = next(place for place, command in enumerate(commands) if command is record)
    near = at - 1 if record.event == "step_cancelled" else at + 1
    if not 0 <= near < len(commands) or not isinstance(commands[near], CancelTask | CancelChild):
        return False
    attempt = (record.step, record.attempt)
    failures = (
        command for command in commands[:at] if isinstance(command, Record) and command.event == "attempt_failed"
    )
    return all((failure.step, failure.attempt) != attempt for failure in failures)
