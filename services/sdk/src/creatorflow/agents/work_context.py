"""The work context of a handler: progress, cancellation, cost."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from creatorflow_contracts.v1.work import AgentTask, ResultMetadata
from structlog.typing import FilteringBoundLogger

from creatorflow.logs import get_logger

MAX_NOTE = 500


class Work:
    """One task during the work of its handler. Its methods may be called from any thread."""

    def __init__(self, task: AgentTask) -> None:
        self.task = task
        self._progress: float | None = None
        self._note = ""
        self._cancelled = False
        self._metadata: dict[str, Any] = {}

    @cached_property
    def log(self) -> FilteringBoundLogger:
        """A logger that adds the task's ids to every line."""
        task = self.task
        return get_logger("creatorflow.agents.handler").bind(
            agent=task.agent, correlation_id=str(task.correlation_id), step=task.step, attempt=task.attempt
        )

    def progress(self, fraction: float, note: str = "") -> None:
        """Report the progress of the work (0 to 1); it is sent with the next heartbeat."""
        self._progress = min(max(float(fraction), 0.0), 1.0)
        self._note = note[:MAX_NOTE]

    @property
    def cancelled(self) -> bool:
        """True if the result is no longer needed. Plain functions should check it; async ones are cancelled."""
        return self._cancelled

    def record(
        self,
        *,
        prompt_tokens: int = 0,
        completion_tokens: int = 0,
        cost_usd: float | None = None,
        model: str | None = None,
        engine: str | None = None,
        capabilities: tuple[str, ...] = (),
    ) -> None:
        """Record cost and method of the work. Tokens, US dollars and capabilities add up over several calls."""
        have = self._metadata
        have["prompt_tokens"] = have.get("prompt_tokens", 0) + prompt_tokens
        have["completion_tokens"] = have.get("completion_tokens", 0) + completion_tokens
        if cost_usd is not None:
            have["cost_usd"] = have.get("cost_usd", 0.0) + cost_usd
        have["capabilities"] = tuple(dict.fromkeys((*have.get("capabilities", ()), *capabilities)))
        have.update({key: value for key, value in (("model", model), ("engine", engine)) if value is not None})

    # -- for the runtime --------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Set `cancelled`."""
        self._cancelled = True

    @property
    def last_progress(self) -> tuple[float | None, str]:
        """The progress and note reported last."""
        return self._progress, self._note

    @property
    def metadata(self) -> ResultMetadata:
        """Return what was recorded. Raises ValidationError if the handler recorded invalid values."""
        return ResultMetadata(**self._metadata)
