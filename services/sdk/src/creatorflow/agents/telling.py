"""What an instance says of a task in work: that it is claimed, and how far it is."""

from __future__ import annotations

from creatorflow_contracts.topology import RESULTS, claim_key
from creatorflow_contracts.v1.work import AgentTask, TaskClaimed, TaskProgress

from creatorflow.bus import Incoming, Outgoing
from creatorflow.tracecontext import extract, inject

from .workshop import Run


def claim_of(task: AgentTask, instance: str, incoming: Incoming) -> Outgoing:
    """That this instance works on the task; in the trace that its delivery came with."""
    claim = TaskClaimed(
        task_id=task.id,
        correlation_id=task.correlation_id,
        agent=task.agent,
        instance=instance,
        attempt=task.attempt,
    )
    headers = inject(extract(incoming.delivery.headers))
    return Outgoing(RESULTS, claim_key(task.agent), claim.to_json(), claim.contract, str(task.correlation_id), headers)


def progress_of(run: Run) -> TaskProgress:
    """How far the work is, as its handler has told."""
    progress, note = run.work.told
    return TaskProgress(
        task_id=run.task.id,
        correlation_id=run.task.correlation_id,
        attempt=run.task.attempt,
        progress=progress,
        note=note,
    )
