"""Errors of the client; their tree is drawn in the package's docstring. Each carries a `Problem`."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from creatorflow_contracts.codes import CODES
from creatorflow_contracts.problem import Problem, ProblemCode


class ClientError(Exception):
    """Root of the client's errors. `problem` says what happened, to what, and what to do next."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.message} ({problem.where}): {problem.hint}")
        self.problem = problem


class _Local(ClientError):
    """An error that the client itself noticed."""

    code: ClassVar[ProblemCode]
    retry_after_ms: ClassVar[int | None] = None

    def __init__(self, message: str, where: str, correlation_id: UUID | None = None) -> None:
        hint = CODES[self.code].hint
        super().__init__(
            Problem(
                code=self.code,
                message=message[:4096],
                where=where[:1024],
                correlation_id=str(correlation_id) if correlation_id else None,
                hint=hint.replace(" ID`", f" {correlation_id}`") if correlation_id else hint,
                retry_after_ms=self.retry_after_ms,
            )
        )


class BrokerUnavailable(_Local):
    """The broker cannot be reached, or was lost and did not come back in time."""

    code = ProblemCode.BROKER_UNAVAILABLE
    retry_after_ms = 5_000


class BrokerConfiguration(_Local):
    """The broker turned us away for good: credentials, virtual host, permissions or its version."""

    code = ProblemCode.BROKER_REFUSED


class NoOrchestrator(_Local):
    """No queue takes requests at this broker: no orchestrator has ever run there."""

    code = ProblemCode.NO_ORCHESTRATOR


class OrchestratorBusy(_Local):
    """The queue of requests is full; the request was not accepted."""

    code = ProblemCode.ORCHESTRATOR_BUSY
    retry_after_ms = 5_000


class NoAnswer(_Local):
    """The orchestrator did not answer a question in time."""

    code = ProblemCode.NO_ANSWER
    retry_after_ms = 5_000


class NotFinished(_Local):
    """The result is not there yet. Nothing is lost: the request goes on, and its result can be asked for by its id."""

    code = ProblemCode.NOT_FINISHED

    def __init__(self, message: str, correlation_id: UUID) -> None:
        super().__init__(message, str(correlation_id), correlation_id)


class Refused(ClientError):
    """The orchestrator answered with a problem."""


class RequestRefused(Refused):
    """The request was not accepted, and nothing was started."""


class Overloaded(RequestRefused):
    """So many requests are open that this one was not accepted; the same id may be sent again later."""

    @property
    def retry_after(self) -> float:
        """Seconds after which trying again makes sense."""
        return (self.problem.retry_after_ms or 5_000) / 1000


class UnknownRequest(Refused):
    """There is no request of that id."""


class StepRefused(Refused):
    """The step cannot be told so: there is none of that name, or it does not rest."""


_OF_QUESTIONS: dict[str, type[Refused]] = {
    ProblemCode.UNKNOWN_SAGA: UnknownRequest,
    ProblemCode.STEP_UNKNOWN: StepRefused,
    ProblemCode.STEP_SETTLED: StepRefused,
}


def refusal_of_request(problem: Problem) -> RequestRefused:
    """The error for a request whose answer is a problem."""
    return (Overloaded if problem.code == ProblemCode.OVERLOADED else RequestRefused)(problem)


def refusal_of_question(problem: Problem) -> Refused:
    """The error for a question's answer that is a problem."""
    return _OF_QUESTIONS.get(problem.code, Refused)(problem)
