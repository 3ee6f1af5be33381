"""Quarantined messages as they are shown to operators, made safe: their texts came from outside."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from creatorflow_contracts.v1 import operate

from creatorflow_orchestrator.shell.store import QuarantineEntry, QuarantineGroup

MAX_TEXT = 4096
MAX_HEADERS = 100
MAX_HEADER = 1000

_COPIED = ("kind", "code", "message", "where", "hint", "agent", "contract", "correlation_id", "exchange", "routing_key")


def to_item(
    entry: QuarantineEntry, body: bytes | None = None, headers: Mapping[str, object] | None = None
) -> operate.QuarantineItem:
    """Make the view of a message; a list has it without `body` and `headers`."""
    texts: dict[str, Any] = {name: _safe(getattr(entry, name)) for name in _COPIED}
    return operate.QuarantineItem(
        **texts,
        id=entry.id,
        at=entry.at,
        times=entry.times,
        last_at=entry.last_at,
        size=entry.size,
        state=entry.settled or "resting",
        settled_at=entry.settled_at,
        body=None if body is None else base64.b64encode(body).decode(),
        headers=_headers(headers or {}),
    )


def to_group(group: QuarantineGroup) -> operate.QuarantineGroup:
    """Make the view of a group."""
    texts: dict[str, Any] = {name: _safe(getattr(group, name)) for name in ("code", "agent", "contract")}
    return operate.QuarantineGroup(
        **texts, count=group.count, times=group.times, oldest=group.oldest, newest=group.newest
    )


def _headers(headers: Mapping[str, object]) -> dict[str, Any]:
    """Make the headers flat, few and short: they are read by people, not sent."""
    return {
        str(_safe(key))[:MAX_HEADER]: value if isinstance(value, bool) else str(_safe(str(value)))[:MAX_HEADER]
        for key, value in list(headers.items())[:MAX_HEADERS]
    }


def _safe(text: str | None) -> str | None:
    """Replace characters that receivers refuse: U+0000 and lone surrogates."""
    return None if text is None else text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:MAX_TEXT]
