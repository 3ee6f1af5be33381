"""What committed batches have done to requests, in the log: how each ended, and what was decided for what failed.

No reasons are told here: they may hold what an agent or a person has written. The history has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from creatorflow.logs import get_logger, trace_of

from creatorflow_orchestrator.core.state.commands import Command, Conclude, Record
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch

log = get_logger(__name__)


def log_batch(done: CommittedBatch) -> None:
    """A batch is committed."""
    for saga_id, commands in done.work.commands.items():
        if saga_id not in done.lost:
            for command, headers in zip(commands, done.work.traces[saga_id], strict=True):
                _note(saga_id, command, headers)


def _note(saga_id: UUID, command: Command, headers: Mapping[str, str]) -> None:
    match command:
        case Conclude():
            log.info("request_ended", correlation_id=str(saga_id), status=command.status.value, **trace_of(headers))
        case Record(event="recovery_decided"):
            log.info(
                "recovery_decided",
                correlation_id=str(saga_id),
                step=command.step,
                agent=command.agent,
                attempt=command.attempt,
                failure=command.data["failure"],
                decision=command.data["decision"],
                **trace_of(headers),
            )
        case _:
            pass  # not logged
