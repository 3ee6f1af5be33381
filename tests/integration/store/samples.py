"""Rows with values in every field that a careless store would change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from creatorflow_orchestrator.shell.store import HistoryRow, OutboxRow, QuarantineRow, SagaRow

NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, UTC)


def saga(saga_id: UUID | None = None, **changed: Any) -> SagaRow:
    fields: dict[str, Any] = {
        "id": saga_id or uuid4(),
        "status": "running",
        "state": '{"é": "\u2028 \\u0000", "n": 1.0}',
        "seq": 1,
        "wake_at": NOW,
        "digest": "d" * 64,
        "created_at": NOW,
        "updated_at": NOW,
        "parent_id": uuid4(),
    }
    return SagaRow(**(fields | changed))


def event(saga_id: UUID, seq: int, name: str = "accepted", data: str = "{}") -> HistoryRow:
    return HistoryRow(saga_id, seq, NOW, name, data)


def message(saga_id: UUID | None = None, **changed: Any) -> OutboxRow:
    fields: dict[str, Any] = {
        "saga_id": saga_id,
        "exchange": "creatorflow.tasks",
        "routing_key": "task.database-specialist.v1",
        "type": "agent-task.v1",
        "body": b'{"a": "\xc3\xa9"}\x00\xff',
        "created_at": NOW,
        "headers": {"traceparent": "00-1-2-01"},
        "expires_at": NOW,
    }
    return OutboxRow(**(fields | changed))


def quarantined_row(**changed: Any) -> QuarantineRow:
    fields: dict[str, Any] = {
        "at": NOW,
        "kind": "message",
        "code": "NOT_JSON",
        "message": "The body is not JSON.",
        "where": "body",
        "hint": "Send JSON.",
        "body": bytes(range(256)),
        "routing_key": str(uuid4()),  # every call gives another message
    }
    return QuarantineRow(**(fields | changed))
