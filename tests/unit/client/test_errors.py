"""Problems of the orchestrator as exceptions that a program can distinguish without reading text."""

import pytest
from creatorflow.client import Overloaded, Refused, RequestRefused, StepRefused, UnknownRequest
from creatorflow.client.errors import refusal_of_question, refusal_of_request
from creatorflow_contracts.problem import Problem


def problem(code: str, retry_after_ms: int | None = None) -> Problem:
    return Problem(code=code, message="m", where="w", hint="h", retry_after_ms=retry_after_ms)


def test_a_temporary_refusal_carries_the_retry_delay() -> None:
    error = refusal_of_request(problem("OVERLOADED", 12_000))
    assert isinstance(error, Overloaded) and error.retry_after == 12
    assert type(refusal_of_request(problem("NO_AGENT_MATCHES"))) is RequestRefused


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNKNOWN_SAGA", UnknownRequest),
        ("STEP_UNKNOWN", StepRefused),
        ("STEP_SETTLED", StepRefused),
        ("QUARANTINE_UNKNOWN", Refused),
        ("A_CODE_OF_TOMORROW", Refused),
    ],
)
def test_a_refused_query_raises_the_matching_error(code: str, kind: type[Refused]) -> None:
    assert type(refusal_of_question(problem(code))) is kind
