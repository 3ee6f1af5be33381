from typing import Any

from creatorflow.cli.actions.ask_state import stopped
from creatorflow_contracts.v1.event import SagaState, StepState

from tests.unit.cli.samples import SAGA, START


def state(status: Any, *steps: StepState) -> SagaState:
    return SagaState(
        correlation_id=SAGA,
        status=status,
        request="Build",
        pattern="sequential",
        seq=9,
        submitted_at=START,
        updated_at=START,
        deadline=START,
        steps=steps,
    )


def step(name: str, status: str, attempt: int = 1, kind: str = "supporting") -> StepState:
    return StepState(step=name, agent="database-specialist", type=kind, status=status, attempt=attempt)


def test_a_cancellation_reports_each_steps_outcome() -> None:
    reported = state(
        "compensating",
        step("database", "succeeded"),
        step("orders", "cancelled"),
        step("shipping", "cancelled", attempt=0),
        step("undo-database", "open", kind="compensation"),
    )
    assert list(stopped(reported)) == [
        f"{SAGA} is cancelled; its finished steps are being compensated",
        "  stopped:         orders (database-specialist)",
        "  never started:   shipping (database-specialist)",
        "  kept:            database (database-specialist)",
        "  compensated by:  undo-database (database-specialist)",
    ]


def test_a_request_that_ended_before_is_not_reported_as_cancelled() -> None:
    assert list(stopped(state("completed", step("database", "succeeded")))) == [
        f"{SAGA} is not cancelled: it is completed"
    ]
