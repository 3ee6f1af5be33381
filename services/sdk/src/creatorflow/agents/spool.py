"""Storage of finished results until the broker has confirmed them: in a state directory, else in memory.

A file is complete or absent (written under another name, synced, renamed), so that a crash leaves no partial result.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from creatorflow.logs import get_logger
from creatorflow.tracecontext import Headers

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SpooledResult:
    """A result to be published: `body` is the AgentResult, `headers` are stored to carry its trace."""

    task_id: UUID
    correlation_id: UUID
    agent: str
    body: bytes
    headers: Headers = field(default_factory=dict)


class MemorySpool:
    """Keeps results in memory; after a crash redelivery, or the silence after a claim, recovers the task."""

    def __init__(self) -> None:
        self._items: dict[UUID, SpooledResult] = {}

    def put(self, item: SpooledResult) -> None:
        self._items[item.task_id] = item

    def remove(self, task_id: UUID) -> None:
        self._items.pop(task_id, None)

    def __iter__(self) -> Iterator[SpooledResult]:
        yield from tuple(self._items.values())


class FileSpool:
    """Keeps one file per result in `directory`/results, created if missing. Raises OSError if it cannot write."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "results"
        self._directory.mkdir(parents=True, exist_ok=True)

    def put(self, item: SpooledResult) -> None:
        path = self._path(item.task_id)
        aside = path.with_suffix(f".{os.getpid()}.tmp")
        head = {"agent": item.agent, "correlation_id": str(item.correlation_id), "headers": dict(item.headers)}
        with aside.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + item.body)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def remove(self, task_id: UUID) -> None:
        self._path(task_id).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[SpooledResult]:
        for path in sorted(self._directory.glob("*.result")):
            try:
                yield _read(path)
            except (OSError, ValueError, KeyError) as error:
                log.error("spooled_result_unreadable", file=path.name, reason=type(error).__name__)

    def _path(self, task_id: UUID) -> Path:
        return self._directory / f"{task_id}.result"


Spool = MemorySpool | FileSpool


def open_spool(state_dir: Path | None) -> Spool:
    """Open the spool of a process. Raises OSError if the directory cannot be written."""
    return MemorySpool() if state_dir is None else FileSpool(state_dir)


def _read(path: Path) -> SpooledResult:
    head, _, body = path.read_bytes().partition(b"\n")
    fields = json.loads(head)
    return SpooledResult(
        UUID(path.stem), UUID(fields["correlation_id"]), fields["agent"], body, dict(fields["headers"])
    )
