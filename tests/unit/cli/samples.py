"""Events and results as an orchestrator sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from creatorflow.cli.views.run_state import RunState, fold
from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.output import (
    Answered,
    CombinedDeployment,
    CombinedFile,
    CombinedItem,
    CombinedOutput,
    CombinedTest,
    Completeness,
    Conflict,
    ExecutionSummary,
    Position,
    Recovery,
    Source,
    StepSummary,
    Suggestion,
    SynthesizedResult,
)

SAGA = UUID("3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11")
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("database", "database-specialist", ()),
    ("orders", "order-workflow-specialist", ("database",)),
    ("shipping", "shipping-automation-specialist", ("database",)),
    ("testing", "integration-testing-specialist", ("orders", "shipping")),
)
ORDERS = Source(agent="order-workflow-specialist", step="orders")
DATABASE = Source(agent="database-specialist", step="database")


def event(name: str, step: str | None = None, seq: int = 1, at: float = 0.0, **fields: Any) -> SagaEvent:
    """Return an event `at` seconds after the start; fields that an event lacks become its data."""
    own = {key: fields.pop(key) for key in ("agent", "attempt", "message") if key in fields}
    return SagaEvent(seq=seq, at=START + timedelta(seconds=at), event=name, step=step, data=fields, **own)


def planned(**analysis: Any) -> SagaEvent:
    """Return the event that announces the plan of the samples."""
    steps = [{"id": name, "agent": agent, "depends_on": list(needs)} for name, agent, needs in PLAN]
    return event("planned", seq=2, pattern="sequential", analysis=analysis, steps=steps)


def board(*events: SagaEvent) -> RunState:
    """Return the state of the view after the plan and then `events`."""
    reported = RunState(str(SAGA), request="Build orders and shipping")
    for happened in (event("accepted"), planned(complexity="high"), *events):
        reported = fold(reported, happened)
    return reported


def steps() -> tuple[StepSummary, ...]:
    """Return the steps of the samples: one needed a second attempt, one an alternative."""
    again = Recovery(failure="timeout", decision="retry", reason="1 of at most 3 retries", attempt=1)
    went: dict[str, dict[str, Any]] = {
        "orders": {"attempts": 2, "recoveries": (again,)},
        "shipping": {"alternative_used": "order-workflow-specialist"},
    }
    return tuple(
        StepSummary(
            step=name,
            agent=agent,
            type="supporting",
            status="succeeded",
            **{"attempts": 1, "duration_ms": 1500, **went.get(name, {})},
        )
        for name, agent, _ in PLAN
    )


def output(files: tuple[tuple[str, str], ...] = (("orders/state.py", "STATES = ()\n"),)) -> CombinedOutput:
    """Return an output with an item in every section."""
    return CombinedOutput(
        technical_specifications=(
            CombinedItem(text="Orders have seven states.", sources=(ORDERS, DATABASE), answers=(0,)),
        ),
        implementation_steps=(CombinedItem(text="Create the table `orders`.", sources=(DATABASE,)),),
        code_examples=tuple(
            CombinedFile(text=text, sources=(ORDERS,), path=path, language="python") for path, text in files
        ),
        testing_requirements=(CombinedTest(text="A paid order can be shipped.", sources=(ORDERS,), subject="orders"),),
        deployment_considerations=(
            CombinedDeployment(text="Run the migration first.", sources=(DATABASE,), environment="production"),
        ),
    )


def result(**fields: Any) -> SynthesizedResult:
    """Return a result with every part filled."""
    ran = ExecutionSummary(
        pattern="sequential",
        started_at=START,
        finished_at=START + timedelta(seconds=5),
        duration_ms=5000,
        steps=steps(),
        path=("database", "orders", "shipping", "testing"),
        critical_path=("database", "orders", "testing"),
        critical_path_ms=4500,
    )
    conflict = Conflict(
        key="id_type",
        positions=(Position(value="uuid", source=DATABASE), Position(value="bigint", source=ORDERS)),
        resolution="uuid",
        resolved_by="database-specialist",
    )
    reported: dict[str, Any] = {
        "correlation_id": SAGA,
        "request": "Build orders and shipping",
        "status": "completed",
        "overall_success": True,
        "combined_output": output(),
        "execution_summary": ran,
        "recommendations": (Suggestion(text="Watch the retries of orders.", follows_from="recovery of orders"),),
        "next_steps": (Suggestion(text="Find somebody for the drone fleet.", follows_from="gap"),),
        "completeness": Completeness(
            complete=False,
            requirements=(Answered(requirement="Order sync", answered_by=(ORDERS,)), Answered(requirement="Drones")),
            unanswered=("Drones",),
        ),
        "conflicts": (conflict,),
        "decisions": {"id_type": "uuid"},
    }
    return SynthesizedResult(**{**reported, **fields})


def answered(summary: str, data: dict[str, Any], **fields: Any) -> SynthesizedResult:
    """Return a result whose step `orders` has a summary and data of its own."""
    whole = result(**fields)
    reported = tuple(
        step.model_copy(update={"summary": summary}) if step.step == "orders" else step
        for step in whole.execution_summary.steps
    )
    ran = whole.execution_summary.model_copy(update={"steps": reported})
    combined = whole.combined_output.model_copy(update={"data": {"orders": data}})
    return whole.model_copy(update={"execution_summary": ran, "combined_output": combined})


def ended_badly() -> SynthesizedResult:
    """Return the result of a failed request: orders failed, shipping was skipped, succeeded steps were compensated."""
    given_up = Recovery(failure="timeout", decision="give_up", reason="No viable alternatives found", attempt=2)
    database, orders, shipping, testing = steps()
    went = (
        database,
        orders.model_copy(update={"status": "failed", "reason": "too slow", "recoveries": (given_up,)}),
        shipping.model_copy(
            update={
                "status": "skipped",
                "alternative_used": None,
                "attempts": 0,
                "reason": "its guard does not hold: x > 1",
            }
        ),
        testing.model_copy(update={"status": "not_reached", "attempts": 0}),
        _undo(database, "succeeded", ""),
        _undo(orders, "failed", "the carrier is closed"),
    )
    whole = result(status="failed", overall_success=False, reason="step orders failed: too slow")
    ran = whole.execution_summary.model_copy(update={"steps": went})
    return whole.model_copy(update={"execution_summary": ran})


def _undo(done: StepSummary, status: str, reason: str) -> StepSummary:
    return done.model_copy(
        update={
            "step": f"undo-{done.step}",
            "type": "compensation",
            "status": status,
            "reason": reason,
            "depends_on": (done.step,),
            "recoveries": (),
        }
    )
