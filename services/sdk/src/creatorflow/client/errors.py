"""The errors of the client; their tree is in the package's docstring. Each carries a `Problem`."""

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
    """An error that the client itself detected."""

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
    """The broker refuses the connection for good: credentials, virtual host, permissions or its version."""

    code = ProblemCode.BROKER_REFUSED


class NoOrchestrator(_Local):
    """There is no queue for requests at this broker: no orchestrator has ever run there."""

    code = ProblemCode.NO_ORCHESTRATOR


class OrchestratorBusy(_Local):
    """The queue of requests is full; the request was not accepted."""

    code = ProblemCode.ORCHESTRATOR_BUSY
    retry_after_ms = 5_000


class NoAnswer(_Local):
    """The orchestrator did not answer a query or command in time."""

    code = ProblemCode.NO_ANSWER
    retry_after_ms = 5_000


class NotFinished(_Local):
    """There is no result yet. Nothing is lost: the request goes on, and its result can be queried by its id."""

    code = ProblemCode.NOT_FINISHED

    def __init__(self, message: str, correlation_id: UUID) -> None:
        super().__init__(message, str(correlation_id), correlation_id)


class Refused(ClientError):
    """The orchestrator answered with a problem."""


class RequestRefused(Refused):
    """The request was not accepted, and nothing was started."""


class Overloaded(RequestRefused):
    """The request was not accepted because too many are open; the same id may be submitted again later."""

    @property
    def retry_after(self) -> float:
        """Seconds to wait before trying again."""
        return (self.problem.retry_after_ms or 5_000) / 1000


class UnknownRequest(Refused):
    """There is no request of that id."""


class StepRefused(Refused):
    """The step command is refused: there is no such step, or it is not parked."""


_OF_QUESTIONS: dict[str, type[Refused]] = {
    ProblemCode.UNKNOWN_SAGA: UnknownRequest,
    ProblemCode.STEP_UNKNOWN: StepRefused,
    ProblemCode.STEP_SETTLED: StepRefused,
}


def refusal_of_request(problem: Problem) -> RequestRefused:
    """Make the error for a request whose reply is a problem."""
    return (Overloaded if problem.code == ProblemCode.OVERLOADED else RequestRefused)(problem)


def refusal_of_question(problem: Problem) -> Refused:
    """Make the error for a query or command whose reply is a problem."""
    return _OF_QUESTIONS.get(problem.code, Refused)(problem)
