"""Logs committed batches: the requests that ended, and the recoveries that were decided.

Reasons are not logged: they may contain text of an agent or a person. The history has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from creatorflow.logs import get_logger, trace_of

from creatorflow_orchestrator.core.state.commands import Command, Conclude, Record
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch

log = get_logger(__name__)


def log_batch(batch: CommittedBatch) -> None:
    """Log the commands of a committed batch."""
    for saga_id, commands in batch.state.commands.items():
        if saga_id not in batch.lost:
            for command, headers in zip(commands, batch.state.traces[saga_id], strict=True):
                _log_command(saga_id, command, headers)


def _log_command(saga_id: UUID, command: Command, headers: Mapping[str, str]) -> None:
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
