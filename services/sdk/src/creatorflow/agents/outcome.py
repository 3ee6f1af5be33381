"""The AgentResult of an attempt, made from a handler's return value or exception.

Rules for this file: no bus, no clock but the one that measures the work, and no content of a task or an output in any
error message. Every result is checked by the ingress here: an output that receivers would refuse is reported at once as
this agent's failure.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_contracts.v1.work import AgentError, AgentResult, AgentTask, ErrorType, ResultMetadata
from pydantic import ValidationError

from creatorflow.fault_injection import fault
from creatorflow.logs import get_logger

from .agent import Agent
from .errors import DependencyMissing, GiveUp, HandlerError, OutputInvalid, RetryLater
from .exception_report import MAX_MESSAGE, decisive, described, place_of
from .work_context import Work

MAJOR = 1
SECTIONS = frozenset(SpecialistOutput.model_fields)

log = get_logger(__name__)


async def perform_async(agent: Agent, task: AgentTask, work: Work, instance: str) -> AgentResult:
    """Run an async handler to its result. Raises nothing but the cancellation of the work."""
    begun = time.monotonic()
    try:
        output = await agent.call(task, work)
        fault("after_work")
        return succeeded(task, work, instance, output, begun)
    except asyncio.CancelledError as error:
        if work.cancelled:
            raise
        return failed(agent, task, work, instance, error, begun)
    except BaseException as error:
        return failed(agent, task, work, instance, error, begun)


def perform_plain(agent: Agent, task: AgentTask, work: Work, instance: str) -> AgentResult:
    """Run a plain handler to its result, in this thread."""
    begun = time.monotonic()
    try:
        output = agent.call(task, work)
        fault("after_work")
        return succeeded(task, work, instance, output, begun)
    except BaseException as error:  # a handler's sys.exit() ends its work, not the process
        return failed(agent, task, work, instance, error, begun)


def succeeded(task: AgentTask, work: Work, instance: str, output: Any, begun: float) -> AgentResult:
    """Return the result with this output. Raises OutputInvalid if the output is not valid."""
    result = AgentResult(
        task_id=task.id,
        correlation_id=task.correlation_id,
        agent=task.agent,
        instance=instance,
        attempt=task.attempt,
        success=True,
        output=as_output(output),
        execution_time_ms=_since(begun),
        metadata=work.metadata,
    )
    try:
        json.dumps(
            result.output, allow_nan=False, default=str
        )  # pydantic would write null for a number that is not finite
        answer = admit(Delivery(body=result.to_json()))
    except (ValueError, TypeError, RecursionError) as error:
        raise OutputInvalid("the output cannot be written as JSON") from error
    if isinstance(answer, Problem):
        raise OutputInvalid(f"the output would be refused: {answer.code} at {answer.where}: {answer.message}")
    return result


def as_output(output: Any) -> dict[str, Any]:
    """Convert a handler's return value to the `output` of a result. Raises OutputInvalid."""
    if isinstance(output, SpecialistOutput):
        return output.model_dump(mode="json", exclude_defaults=True)
    if not isinstance(output, Mapping) or not all(isinstance(key, str) for key in output):
        raise OutputInvalid(f"a handler returns a SpecialistOutput or a mapping, not {type(output).__name__}")
    if not SECTIONS.intersection(output):
        return {"data": dict(output)}
    if unknown := sorted(set(output) - SECTIONS):
        names = ", ".join(name[:64] for name in unknown[:5])
        raise OutputInvalid(f"no such section of an output: {names}; put values of your own under `data`")
    try:
        sections = SpecialistOutput.model_validate(output, strict=False)
    except ValidationError as error:
        raise OutputInvalid(f"the output does not fit: {_places(error)}") from error
    return sections.model_dump(mode="json", exclude_defaults=True)


def failed(agent: Agent, task: AgentTask, work: Work, instance: str, error: BaseException, begun: float) -> AgentResult:
    """Return the result for this exception, which is logged: an unexpected one with its traceback."""
    reason, message = decisive(error), described(error, agent.handler)
    match reason:
        case RetryLater():
            failure = _error("retryable", message, retry_after_ms=reason.after_ms)
        case GiveUp():
            failure = _error("permanent", message)
        case DependencyMissing():
            failure = _error("dependency_missing", message, missing=reason.missing)
        case OutputInvalid():
            failure = _error("validation_error", message)
        case _:
            failure = _error("unknown", message)
    place = place_of(error, agent.handler) if isinstance(reason, HandlerError) else None
    _log_failure(task, failure, error, place)
    return failed_result(task, instance, failure, _since(begun), _metadata(work))


def _log_failure(task: AgentTask, failure: AgentError, error: BaseException, place: str | None) -> None:
    """Log a warning with the `place` where a `HandlerError` was raised, an error with its traceback for any other.

    The text of a `HandlerError` is the agent's word about the request, and is in no log.
    """
    names = {"agent": task.agent, "step": task.step, "attempt": task.attempt, "task_id": str(task.id)}
    names |= {"correlation_id": str(task.correlation_id), "error": failure.type}
    if place is not None:
        log.warning("handler_failed", **names, raised_at=place)
        return
    try:
        log.error("handler_failed", **names, exc_info=error)
    except Exception as unwritable:  # an exception that cannot be formatted must not prevent the answer
        log.error("handler_failed", **names, reason=type(unwritable).__name__)


def failed_result(
    task: AgentTask, instance: str, error: AgentError, took_ms: int = 0, metadata: ResultMetadata | None = None
) -> AgentResult:
    """Return the result of a task without an output."""
    return AgentResult(
        task_id=task.id,
        correlation_id=task.correlation_id,
        agent=task.agent,
        instance=instance,
        attempt=task.attempt,
        success=False,
        error=error,
        execution_time_ms=took_ms,
        metadata=metadata or ResultMetadata(),
    )


def timed_out(task: AgentTask, instance: str, took_ms: int) -> AgentResult:
    """Return the result of a task that took longer than its `timeout_ms`."""
    return failed_result(task, instance, _error("timeout", f"not finished within {task.timeout_ms} ms"), took_ms)


def released(task: AgentTask, instance: str, took_ms: int) -> AgentResult:
    """Return the result of claimed work that its instance returns because it stops."""
    return failed_result(task, instance, _error("released", "the instance stops"), took_ms)


def unsupported_version(task: AgentTask, instance: str) -> AgentResult | None:
    """Return the result for a task whose sender does not read our major version of results; None if it does."""
    if MAJOR in task.accepts:
        return None
    return failed_result(task, instance, _error("permanent", f"this agent answers in version {MAJOR} only"))


def _error(
    kind: ErrorType, message: str, *, retry_after_ms: int | None = None, missing: str | None = None
) -> AgentError:
    return AgentError(type=kind, message=message[:MAX_MESSAGE], retry_after_ms=retry_after_ms, missing=missing)


def _metadata(work: Work) -> ResultMetadata:
    try:
        return work.metadata
    except ValidationError:
        return ResultMetadata()


def _places(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, item['loc']))[:200]}: {item['msg'][:200]}" for item in error.errors()[:5])


def _since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
